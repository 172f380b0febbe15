"""Decrypts a claimed text before it is sent."""

from schedules.database.encryption import KeysMissingError, unseal
from schedules.outbox.outcomes import ClaimedMessage, Settlement

# The number and body of a text; or why it is not sent.
Decrypted = tuple[str, str] | Settlement


def decrypt(message: ClaimedMessage) -> Decrypted:
    """Return what a claimed text says and to whom, or its settlement if that cannot be read."""
    if message.sealed_to is None:
        return Settlement(message.id, message.attempts, "suppressed", reason="erased")
    try:
        return unseal(message.sealed_to), unseal(message.sealed_body)
    except KeysMissingError:  # one damaged row must not block everybody else's
        return Settlement(message.id, message.attempts, "suppressed", reason="unreadable")

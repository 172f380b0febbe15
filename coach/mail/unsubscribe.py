"""How often a coach gets the digest, and the link in each digest that ends it without a sign-in (RFC 8058)."""

from hmac import compare_digest

from sqlalchemy import Connection, update

from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import CoachAccount

DIGESTS = ("off", "weekly", "daily")


def unsubscribe_url(public_url: str, keys: InstallationKeys, coach_id: int) -> str:
    """Return the unsubscribe link, which only mail to this account contains."""
    return f"{public_url}/mail/unsubscribe/{coach_id}/{keys.token('unsubscribe', coach_id)}"


def is_unsubscribe_token(keys: InstallationKeys, coach_id: int, token: str) -> bool:
    """Whether the token of a link is valid."""
    return compare_digest(keys.token("unsubscribe", coach_id).encode(), token.encode())


def set_digest(connection: Connection, coach_id: int, digest: str) -> None:
    """Set the frequency, in the caller's transaction. Raises ValueError for anything but off, weekly or daily."""
    if digest not in DIGESTS:
        raise ValueError(f"'{digest}' is not one of {', '.join(DIGESTS)}")
    connection.execute(update(CoachAccount).where(CoachAccount.id == coach_id).values(digest=digest))

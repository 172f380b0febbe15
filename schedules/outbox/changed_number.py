"""Texts that may have left for a number that has just been corrected. Callers hold the transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, case, update

from schedules.database.tables.messages import OutboxMessage

NUMBER_CHANGED = "number_changed"


def set_texts_under_way_aside(connection: Connection, enrolment_id: int, now: datetime) -> None:
    """Mark a person's claimed texts and those in doubt as stuck.

    The provider would be asked about the new number, know nothing, and get the text a second time. Queued texts are
    locked but not changed: on PostgreSQL this waits for a worker that is claiming one with the old number.
    """
    queued = OutboxMessage.state == "queued"
    connection.execute(
        update(OutboxMessage)
        .where(OutboxMessage.enrolment_id == enrolment_id, OutboxMessage.state.in_(("queued", "sending", "unknown")))
        .values(
            state=case((queued, OutboxMessage.state), else_="stuck"),
            reason=case((queued, OutboxMessage.reason), else_=NUMBER_CHANGED),
            settled_at=case((queued, OutboxMessage.settled_at), else_=now),
        )
    )


def set_pages_aside(connection: Connection, coach_id: int, code_text: str, now: datetime) -> None:
    """Mark what a coach is still to get as stuck: their number is changed, and the new one not confirmed yet.

    Codes (with this text) for confirming the number before are dropped.
    """
    codes = OutboxMessage.text_id == code_text
    connection.execute(
        update(OutboxMessage)
        .where(OutboxMessage.coach_id == coach_id, OutboxMessage.state.in_(("queued", "sending", "unknown")))
        .values(state=case((codes, "expired"), else_="stuck"), reason=NUMBER_CHANGED, settled_at=now)
    )


def queue_pages_again(connection: Connection, coach_id: int, tokens: Collection[str], now: datetime) -> None:
    """Queue those of a coach's pages that were set aside until the new number was confirmed."""
    waiting = (OutboxMessage.state == "stuck", OutboxMessage.reason == NUMBER_CHANGED, OutboxMessage.expires_at > now)
    anew = {"state": "queued", "reason": None, "due_at": now, "settled_at": None, "doubted_at": None}
    connection.execute(
        update(OutboxMessage)
        .where(OutboxMessage.coach_id == coach_id, OutboxMessage.token.in_(tokens), *waiting)
        .values(**anew, claimed_by=None, lease_until_at=None)
    )

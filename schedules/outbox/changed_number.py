"""Texts that may have left for a number that has just been corrected. Callers hold the transaction."""

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

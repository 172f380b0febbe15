"""Reopen replies whose answer by a coach did not arrive.

Answering closes a reply, but the answer may still fail: it expired while sending was down, the phone was unreachable,
or the person opted out.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select, text, update

from coach.audit import WORKER, record
from coach.database.tables import InboundReply
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant
from schedules.outbox.states import NEVER_ARRIVED

# Longer than an answer waits to be sent plus the carrier's time to report.
LOOKS_BACK = timedelta(days=7)
# Literal SQL, as in the partial index over coaches' texts.
BY_COACH = text("outbox_message.kind IN ('answer', 'coach')")
# A reply closed after its answer failed was closed on purpose, so it stays closed.
UNSENT = (
    select(InboundReply.id, InboundReply.participant_id, Participant.clinic_id)
    .join(OutboxMessage, OutboxMessage.id == InboundReply.answered_by_id)
    .join(Participant, Participant.id == InboundReply.participant_id)
    .where(BY_COACH, OutboxMessage.state.in_(NEVER_ARRIVED), InboundReply.closed_at <= OutboxMessage.settled_at)
    .order_by(InboundReply.id)
)


def give_back_unsent(engine: Engine, now: datetime) -> int:
    """Reopen replies whose answers did not arrive. Returns how many."""
    lately = UNSENT.where(OutboxMessage.created_at > now - LOOKS_BACK)
    with read_transaction(engine) as connection:
        if connection.execute(lately.limit(1)).first() is None:
            return 0
    with write_transaction(engine) as connection:
        rows = connection.execute(lately.with_for_update(of=InboundReply, skip_locked=True)).all()
        for row in rows:
            _open_again(connection, row.id)
            record(connection, WORKER, "reopened", f"participant {row.participant_id}", now, row.clinic_id)
    return len(rows)


def _open_again(connection: Connection, reply_id: int) -> None:
    connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(closed_at=None, for_coach=True))

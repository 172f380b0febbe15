"""A coach's answer that did not arrive: what it answered waits in the inbox again, and says why.

An answer closes what it answers when it is written. It may still come to nothing: the line was shut until its hour had
passed, the phone could not be reached, they have opted out.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select, text, update

from coach.audit import WORKER, record
from coach.database.tables import InboundReply
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant
from schedules.outbox.states import NEVER_ARRIVED

# Longer than an answer waits to leave and a carrier to speak.
LOOKS_BACK = timedelta(days=7)
# In the words of the index over what coaches write.
BY_COACH = text("outbox_message.kind IN ('answer', 'coach')")
# Whoever closes it again afterwards has decided: only what was closed before its answer came to nothing is opened.
UNSENT = (
    select(InboundReply.id, InboundReply.participant_id, Participant.clinic_id)
    .join(OutboxMessage, OutboxMessage.id == InboundReply.answered_by_id)
    .join(Participant, Participant.id == InboundReply.participant_id)
    .where(BY_COACH, OutboxMessage.state.in_(NEVER_ARRIVED), InboundReply.closed_at <= OutboxMessage.settled_at)
    .order_by(InboundReply.id)
)


def give_back_unsent(engine: Engine, now: datetime) -> int:
    """Open again what was answered by texts that did not arrive. Returns how many."""
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

"""A coach's words for a participant, from another system: the same consent and hours as on their page."""

import secrets

from sqlalchemy import Connection, select

from coach.api.desk import Desk
from coach.api.problems import Problem, no_such, wrong_field
from coach.api.repeats import Repeatable
from coach.api.shapes import SentMessage
from coach.inbox.answer import LONGEST_ANSWER, AnswerError, write
from content.segments import normalise
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.enrolment.roster_cells import strip_invisible


def send(desk: Desk, participant_id: int, body: str, key: str | None) -> tuple[SentMessage, bool]:
    """Queue a text, and return it and whether this was the first time. Raises Problem."""
    body = strip_invisible(body)
    if not 0 < len(normalise(" ".join(body.split()))) <= LONGEST_ANSWER:
        raise wrong_field("body", f"write between 1 and {LONGEST_ANSWER} characters")
    with write_transaction(desk.engine) as connection:
        repeat = Repeatable(connection, desk, key, repr((participant_id, body)))
        before = repeat.begin(desk.now)
        if before is not None:
            return SentMessage.model_validate(before), False
        sent = _send(connection, desk, participant_id, body)
        repeat.end(participant_id, sent.model_dump(mode="json"))
        return sent, True


def _send(connection: Connection, desk: Desk, participant_id: int, body: str) -> SentMessage:
    once = secrets.token_hex(8)
    try:
        write(connection, desk.keys, participant_id, body, once, desk.acts_as, desk.now)
    except LookupError:
        raise no_such("participant", participant_id) from None
    except AnswerError as error:
        raise Problem(409, str(error)) from None
    token = desk.keys.token("coach", participant_id, once)
    columns = (OutboxMessage.id, OutboxMessage.state, OutboxMessage.due_at)
    row = connection.execute(select(*columns).where(OutboxMessage.token == token)).one()
    return SentMessage(id=row.id, participant_id=participant_id, state=row.state, due_at=row.due_at)

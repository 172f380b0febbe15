"""Asks for consent again on a participant's new number: whoever has it must answer YES before an evening text comes.

The history stays. Callers hold the transaction.
"""

from datetime import datetime
from secrets import token_hex

from sqlalchemy import Connection, exists, insert, select, update

from content.catalogue import Catalogue, render
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment
from schedules.enrolment.lifecycle import WELCOME_VALID_FOR, EnrolmentFacts
from schedules.outbox.queue import NewMessage, enqueue
from schedules.timing.quiet_hours import next_daytime


def ask_for_consent_again(
    connection: Connection, enrolment: EnrolmentFacts, clinic: str, source: str, catalogue: Catalogue, now: datetime
) -> None:
    """Invite a participant again; `source` says who told us the number. A welcome that still waits is not doubled.

    Nothing has come from the new number yet, so a coach's words that still wait are not sent to it.
    """
    given = {"participant_id": enrolment.participant_id, "kind": "given", "source": source, "at": now}
    # No event: they were enrolled before.
    connection.execute(insert(ConsentEvent).values(**given, recorded_at=now))
    invited = {"status": "invited", "heard_at": None, "next_due_at": None, "next_due_on": None, "next_slot": None}
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment.id).values(**invited))
    waiting = exists().where(
        OutboxMessage.enrolment_id == enrolment.id, OutboxMessage.kind == "welcome", OutboxMessage.state == "queued"
    )
    if connection.execute(select(waiting)).scalar():
        return
    text = catalogue.texts_for("welcome", enrolment.language)[0]
    window = next_daytime(now, enrolment.timing.bedtime_at, enrolment.timing.time_zone, enrolment.timing.quiet)
    welcome = NewMessage(
        enrolment_id=enrolment.id,
        kind="welcome",
        body=render(text, clinic=clinic),
        text_id=text.id,
        text_version=text.version,
        token=token_hex(16),
        due_at=max(now, window.opens_at) if window else now,  # without a window it waits for other hours
        expires_at=now + WELCOME_VALID_FOR,
        created_at=now,
    )
    enqueue(connection, welcome)

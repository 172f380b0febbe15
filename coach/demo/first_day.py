"""What a first day with the demo has to do: unread replies, one undelivered text, and a crisis that was dealt with.

The medical question is part of the story of `coach.demo.cohort`.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from coach.accounts.sign_ins import find_account
from coach.accounts.signed_in import SignedIn
from coach.adherence.standings import load_standings, store_standings
from coach.demo.cohort import COACH_EMAIL
from coach.inbox.closing import close
from coach.inbox.flags import acknowledge_flag
from coach.inbox.ready_answers import save_ready_answer
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import Flag

CONTACT, KEYWORD = "Harbor Sleep Clinic at 207-555-0100", "HARBOR"
RUTH, LEILANI, GEORGE, WALTER = "+13035550106", "+18085550110", "+12125550102", "+13125550104"
CRISIS = "Some nights I don't want to live like this anymore"
CRISIS_BEFORE, SEEN_AFTER = timedelta(days=3, hours=4), timedelta(minutes=11)
DONE = (
    "Called George right away. He was worn out after three bad nights and has no plan to hurt himself; his daughter is "
    "with him. Gave him 988. He sees Dr. Shah tomorrow, and I call again on Friday."
)
# Who writes what, and how long before now.
ARRIVING = (
    (RUTH, timedelta(hours=3), "Is it ok to do the stretches in the morning instead?"),
    (LEILANI, timedelta(minutes=95), "are you a real person?"),
    (LEILANI, timedelta(minutes=80), "can my sister get these texts too?"),
    (LEILANI, timedelta(minutes=66), "and what time do you close?"),
    (GEORGE, CRISIS_BEFORE, CRISIS),
)
UNREACHABLE = 30003
READY = {
    "Call the clinic": {
        "en": "Hi {first_name}, that is a question for your clinician. Please call {contact}.",
        "es": "Hola {first_name}, esa pregunta es para su médico. Por favor llame a {contact}.",
    },
    "Thanks for telling us": {
        "en": "Thank you for telling us, {first_name}. I have noted it and will look at it with the team at {clinic}.",
        "es": "Gracias por contarlo, {first_name}. Lo he anotado y lo veré con el equipo de {clinic}.",
    },
}


def furnish(runtime: Runtime, lead: str) -> None:
    """Give the clinic its contact and a few ready-made answers."""
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).values(contact=CONTACT, keyword=KEYWORD))
        account = find_account(connection, lead)
        by = SignedIn(account.id, account.email, account.role, account.clinic_id)
        for name, bodies in READY.items():
            save_ready_answer(connection, name, bodies, by, runtime.now())


def acknowledge_crisis(runtime: Runtime, now: datetime) -> None:
    """The coach has called, and writes down what was done."""
    with write_transaction(runtime.engine) as connection:
        account = find_account(connection, COACH_EMAIL)
        coach = SignedIn(account.id, account.email, account.role, account.clinic_id)
        for flag in connection.execute(select(Flag.id, Flag.reply_id).where(Flag.kind == "crisis")).all():
            acknowledge_flag(connection, flag.id, coach, now, DONE)
            close(connection, flag.reply_id, coach, now)


def lose_a_text(runtime: Runtime) -> None:
    """Walter's last text did not arrive. The simulated carrier delivers everything, so it is written here."""
    last = (
        select(OutboxMessage.id, Enrolment.participant_id)
        .join(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Participant.number_hash == runtime.keys.number_hash(WALTER), OutboxMessage.accepted_at.is_not(None))
        .order_by(OutboxMessage.accepted_at.desc())
    )
    with write_transaction(runtime.engine) as connection:
        row = connection.execute(last.limit(1)).first()
        if row is None:
            return
        lost = {"state": "undelivered", "error_code": UNREACHABLE}
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == row.id).values(lost))
        stands = load_standings(connection, [row.participant_id], runtime.now())
        store_standings(connection, stands.values(), runtime.now())

"""Six weeks of history, made by the real engine: the planner, the dispatcher and the reading of replies, on a clock
that is moved through them. Seeded: the same start gives the same history.
"""

import csv
import heapq
import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy import Connection, select, update

from coach.accounts.sign_ins import add_account, ensure_clinic, hash_password, set_export_right
from coach.audit import COMMAND_LINE
from coach.conversation.receive import InboundText
from coach.conversation.unapplied import receive
from coach.demo.clock import MovableClock
from coach.demo.cohort import CLINIC, COACH_EMAIL, COHORT, OTHERS, REPLIES, WEEKS, Character
from coach.participants.roster import import_roster
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.dispatch.dispatch import Dispatcher

SEED = 20261122
COLUMNS = (
    *("phone", "first_name", "time_zone", "evening_time", "bedtime", "language", "exclude"),
    *("coach", "consent_source", "consent_at"),
)
AFTER = {"pauses": ("pause 5", timedelta(days=39)), "stops": ("please stop texting me", timedelta(days=38))}
ASKS = "6 yes, should I stop my iron pills?"


@dataclass(order=True, frozen=True)
class Said:
    """Something a character will say."""

    at: datetime
    number: int
    phone: str = field(compare=False)
    body: str = field(compare=False)


@dataclass
class History:
    """The story being played. `clock` is the runtime's own."""

    runtime: Runtime
    clock: MovableClock
    begins_at: datetime
    ends_at: datetime
    random: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311  (a story, not a secret)
    to_say: list[Said] = field(default_factory=list)
    legs: dict[str, float] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=count)

    def play(self, password: str) -> None:
        """From the first enrolment to now."""
        self._enrol(password)
        with self.runtime.dispatcher() as dispatcher:
            while self.clock() < self.ends_at:
                self._step(dispatcher)
        self._invite_the_last()

    def _enrol(self, password: str) -> None:
        people = [character for character in COHORT if character.story != "new"]
        hashed = hash_password(password)  # before the turn to write: it takes a quarter of a second
        with write_transaction(self.runtime.engine) as connection:
            clinic_id, _ = ensure_clinic(connection, CLINIC, self.clock())
            connection.execute(update(Clinic).values(time_zone="America/New_York"))
            add_account(connection, COACH_EMAIL, "coach", clinic_id, hashed, self.clock())
            for role in OTHERS:
                add_account(connection, f"{role}@demo.example", role, clinic_id, hashed, self.clock())
            for role in ("lead", "researcher"):
                set_export_right(connection, f"{role}@demo.example", True, COMMAND_LINE, self.clock())
            self._import(connection, clinic_id, people)
        for character in people:
            self._later(character, timedelta(hours=self.random.uniform(4, 9)), "YES")
            if character.story in AFTER:
                body, after = AFTER[character.story]
                self._later(character, after, body)

    def _import(self, connection: Connection, clinic_id: int, people: list[Character]) -> None:
        done = import_roster(
            connection,
            roster(people, self.clock()),
            clinic_id,
            self.runtime.catalogue,
            self.runtime.keys,
            self.clock(),
        )
        if done.errors:
            raise ValueError("; ".join(map(str, done.errors)))

    def _invite_the_last(self) -> None:
        with write_transaction(self.runtime.engine) as connection:
            clinic_id, _ = ensure_clinic(connection, CLINIC, self.clock())
            self._import(connection, clinic_id, [character for character in COHORT if character.story == "new"])

    def _step(self, dispatcher: Dispatcher) -> None:
        """Move to whatever comes next: something due, or something said."""
        due_at = next_event(self.runtime) or self.ends_at
        if self.to_say and self.to_say[0].at <= due_at:
            said = heapq.heappop(self.to_say)
            if said.at < self.ends_at:
                self.clock.set(said.at)
                text = InboundText(f"SMdemo{said.number:026d}", said.phone, said.body)
                receive(self.runtime.reception, text, self.clock())
            return
        self.clock.set(min(self.ends_at, due_at))
        if due_at < self.ends_at:
            self.runtime.tick(dispatcher)
            self._hear_of_questions()

    def _hear_of_questions(self) -> None:
        with read_transaction(self.runtime.engine) as connection:
            asked = connection.execute(
                select(Participant.phone, CheckIn.step_decision_id, CheckIn.asked_on)
                .join(Enrolment, Enrolment.participant_id == Participant.id)
                .join(CheckIn, CheckIn.enrolment_id == Enrolment.id)
                .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
                .where(OutboxMessage.accepted_at == self.clock())
            ).all()
        for phone, step, _ in asked:
            character = next(one for one in COHORT if one.phone == phone)
            self._answer(character, asks_step=step is not None)

    def _answer(self, character: Character, *, asks_step: bool) -> None:
        """Say a score, and whether the step was done, in this character's way, or nothing."""
        score = self._next_legs(character)
        days_left = (self.ends_at - self.clock()) / timedelta(days=1)
        if self.random.random() > character.answers or (character.story == "silent" and days_left < 6):
            return
        if character.story == "asks" and days_left < 1:
            self._later(character, timedelta(minutes=20), ASKS)
            return
        did = (self.random.random() < character.does) if asks_step else None
        body = self.random.choice(REPLIES[character.language, did]).format(n=score)
        self._later(character, timedelta(minutes=self.random.choice((2, 4, 9, 25, 70, 300))), body)

    def _next_legs(self, character: Character) -> int:
        """A leg score that drifts: AR(1) around the character's usual, up by three in a worsening last week."""
        usual = character.legs
        if character.story == "worse" and self.ends_at - self.clock() < timedelta(days=8):
            usual += 4
        last = self.legs.get(character.phone, usual)
        now = usual + 0.4 * (last - usual) + self.random.gauss(0, 0.9)
        self.legs[character.phone] = now
        return max(0, min(10, round(now)))

    def _later(self, character: Character, after: timedelta, body: str) -> None:
        heapq.heappush(self.to_say, Said(self.clock() + after, next(self.numbers), character.phone, body))


def next_event(runtime: Runtime) -> datetime | None:
    """The next instant at which the engine has something to do."""
    with read_transaction(runtime.engine) as connection:
        instants = [
            connection.execute(
                select(Enrolment.next_due_at).where(Enrolment.next_due_at.is_not(None)).order_by(Enrolment.next_due_at)
            ).scalar(),
            connection.execute(
                select(OutboxMessage.due_at).where(OutboxMessage.state == "queued").order_by(OutboxMessage.due_at)
            ).scalar(),
        ]
    return min((instant for instant in instants if instant), default=None)


def roster(people: list[Character], now: datetime) -> bytes:
    """The characters as the CSV file a clinic would import."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in people:
        person = (one.phone, one.first_name, one.time_zone, one.evening_time, one.bedtime, one.language, one.exclude)
        writer.writerow((*person, COACH_EMAIL, "paper form, made up", now.isoformat()))
    return out.getvalue().encode()


def first_instant(now: datetime) -> datetime:
    """Six weeks before now, in the morning of the Americas."""
    return (now - timedelta(weeks=WEEKS)).replace(hour=16, minute=0, second=0, microsecond=0)

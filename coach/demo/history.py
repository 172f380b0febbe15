"""Make six weeks of history with the real planner, dispatcher and reply handling, on a clock that is moved along.

The history is seeded: the same start gives the same history.
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
from coach.accounts.staff.names import set_name
from coach.audit import COMMAND_LINE
from coach.conversation.receive import InboundText
from coach.conversation.unapplied import receive
from coach.demo.clock import MovableClock
from coach.demo.cohort import CLINIC, COACH_EMAIL, COHORT, NAMES, OTHER_ROLES, REPLIES, WEEKS, Character
from coach.demo.first_day import ARRIVING, CRISIS, SEEN_AFTER, acknowledge_crisis, furnish, lose_a_text
from coach.jobs import recurring_jobs
from coach.participants.roster import import_roster
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.dispatch.dispatch import Dispatcher
from schedules.worker.clock import run_once

SEED = 20261122
COLUMNS = (
    *("phone", "first_name", "time_zone", "evening_time", "bedtime", "language", "exclude"),
    *("coach", "consent_source", "consent_at"),
)
AFTER = {"pauses": ("pause 5", timedelta(days=39)), "stops": ("please stop texting me", timedelta(days=38))}
# An evening needs two jobs of a worker. The others run once a day, but for the effects, which the demo's own worker
# computes as soon as it runs: the history is made in a third of the time.
EVENING_JOBS, DAILY, NOT_IN_HISTORY = ("plan", "send"), timedelta(days=1), ("effects",)
ASKS = "6 yes, should I stop my iron pills?"


@dataclass(order=True, frozen=True)
class ScheduledReply:
    """A text that a character will send."""

    at: datetime
    number: int
    phone: str = field(compare=False)
    body: str = field(compare=False)


@dataclass
class History:
    """Plays the characters' stories. `clock` is the runtime's own clock."""

    runtime: Runtime
    clock: MovableClock
    begins_at: datetime
    ends_at: datetime
    random: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311  (a simulation, not a secret)
    replies: list[ScheduledReply] = field(default_factory=list)
    legs: dict[str, float] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=count)
    all_jobs_at: datetime | None = None

    def play(self, password: str) -> None:
        """Play from the first enrollment to now."""
        self._enrol(password)
        with self.runtime.dispatcher() as dispatcher:
            while self.clock() < self.ends_at:
                self._step(dispatcher)
        self._invite_new()
        lose_a_text(self.runtime)

    def _enrol(self, password: str) -> None:
        people = [character for character in COHORT if character.story != "new"]
        hashed = hash_password(password)  # before the transaction: hashing takes a quarter of a second
        with write_transaction(self.runtime.engine) as connection:
            clinic_id, _ = ensure_clinic(connection, CLINIC, self.clock())
            connection.execute(update(Clinic).values(time_zone="America/New_York"))
            for role in ("coach", *OTHER_ROLES):
                account = add_account(connection, f"{role}@demo.example", role, clinic_id, hashed, self.clock())
                set_name(connection, COMMAND_LINE, account.id, NAMES.get(role, ""), self.clock())
            for role in ("lead", "researcher"):
                set_export_right(connection, f"{role}@demo.example", True, COMMAND_LINE, self.clock())
            self._import(connection, clinic_id, people)
        furnish(self.runtime, f"{OTHER_ROLES[0]}@demo.example")
        self._schedule_first_day()
        for character in people:
            self._schedule_reply(character, timedelta(hours=self.random.uniform(4, 9)), "YES")
            if character.story in AFTER:
                body, after = AFTER[character.story]
                self._schedule_reply(character, after, body)

    def _schedule_first_day(self) -> None:
        for phone, before, body in ARRIVING:
            if self.ends_at - before > self.clock() + timedelta(days=1):
                heapq.heappush(self.replies, ScheduledReply(self.ends_at - before, next(self.numbers), phone, body))

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

    def _invite_new(self) -> None:
        with write_transaction(self.runtime.engine) as connection:
            clinic_id, _ = ensure_clinic(connection, CLINIC, self.clock())
            self._import(connection, clinic_id, [character for character in COHORT if character.story == "new"])

    def _step(self, dispatcher: Dispatcher) -> None:
        """Move to whatever comes next: something due, or something reply."""
        due_at = next_event(self.runtime) or self.ends_at
        if self.replies and self.replies[0].at <= due_at:
            reply = heapq.heappop(self.replies)
            if reply.at < self.ends_at:
                self.clock.set(reply.at)
                text = InboundText(f"SMdemo{reply.number:026d}", reply.phone, reply.body)
                receive(self.runtime.reception, text, self.clock())
                if reply.body == CRISIS:
                    self.clock.set(reply.at + SEEN_AFTER)
                    acknowledge_crisis(self.runtime, self.clock())
            return
        self.clock.set(min(self.ends_at, due_at))
        if due_at < self.ends_at:
            self._work(dispatcher)
            self._answer_questions()

    def _work(self, dispatcher: Dispatcher) -> None:
        jobs = recurring_jobs(self.runtime, dispatcher)
        if self.all_jobs_at is None or self.clock() >= self.all_jobs_at:
            self.all_jobs_at = self.clock() + DAILY
            run_once(job for job in jobs if job.name not in NOT_IN_HISTORY)
        else:
            run_once(job for job in jobs if job.name in EVENING_JOBS)

    def _answer_questions(self) -> None:
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
        """Schedule this character's reply to a question, if they answer at all."""
        score = self._next_legs(character)
        days_left = (self.ends_at - self.clock()) / timedelta(days=1)
        if self.random.random() > character.answers or (character.story == "silent" and days_left < 6):
            return
        if character.story == "asks" and days_left < 1:
            self._schedule_reply(character, timedelta(minutes=20), ASKS)
            return
        did = (self.random.random() < character.does) if asks_step else None
        body = self.random.choice(REPLIES[character.language, did]).format(n=score)
        self._schedule_reply(character, timedelta(minutes=self.random.choice((2, 4, 9, 25, 70, 300))), body)

    def _next_legs(self, character: Character) -> int:
        """Return the next score: AR(1) around the character's usual, four points higher in a worsening last week."""
        usual = character.legs
        if character.story == "worse" and self.ends_at - self.clock() < timedelta(days=8):
            usual += 4
        last = self.legs.get(character.phone, usual)
        now = usual + 0.4 * (last - usual) + self.random.gauss(0, 0.9)
        self.legs[character.phone] = now
        return max(0, min(10, round(now)))

    def _schedule_reply(self, character: Character, after: timedelta, body: str) -> None:
        heapq.heappush(self.replies, ScheduledReply(self.clock() + after, next(self.numbers), character.phone, body))


def next_event(runtime: Runtime) -> datetime | None:
    """Return the next instant at which the engine has something to do."""
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
    """Return the characters as the CSV file that a clinic would import."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in people:
        person = (one.phone, one.first_name, one.time_zone, one.evening_time, one.bedtime, one.language, one.exclude)
        writer.writerow((*person, COACH_EMAIL, "paper form, made up", now.isoformat()))
    return out.getvalue().encode()


def first_instant(now: datetime) -> datetime:
    """Return the start of the history: six weeks ago, in the morning of the Americas."""
    return (now - timedelta(weeks=WEEKS)).replace(hour=16, minute=0, second=0, microsecond=0)

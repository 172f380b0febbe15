"""The daily cap of a clinic's planned texts: stops runaway sending and alerts somebody.

A claim counts its texts at once, so that no number of workers exceeds the cap together; texts that were not sent are
given back. Answers to participants and pages to coaches are neither counted nor held back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, func, or_, select, update

from schedules.database.tables.limits import ClinicDay
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.upsert import add_or_insert
from schedules.outbox.outcomes import ClaimedMessage, ClinicSender
from schedules.outbox.states import NEVER_CAPPED
from schedules.timing.local_time import local_date_of

# Defaults. Typical use is one text per evening, with an occasional welcome, weekly reflection or coach message.
TEXTS_PER_PERSON = 3
MINIMUM_CAP = 50


def is_counted(message: ClaimedMessage) -> bool:
    """Return whether a text counts towards its clinic's day."""
    return message.sender is not None and message.facts.kind not in NEVER_CAPPED


def count_claimed(connection: Connection, claimed: Sequence[ClaimedMessage], now: datetime) -> list[ClaimedMessage]:
    """Count the claimed texts. Returns them, with those beyond their clinic's cap marked `over_cap`."""
    of_clinic: dict[ClinicSender, list[int]] = defaultdict(list)
    for index, message in enumerate(claimed):
        if message.sender and is_counted(message):
            of_clinic[message.sender].append(index)
    marked = list(claimed)
    for sender in sorted(of_clinic, key=lambda one: one.clinic_id):  # in a fixed order, to prevent deadlocks
        indices = of_clinic[sender]
        before = _count_texts(connection, sender, len(indices), now) - len(indices)
        over = _count_over_cap(connection, sender, before, len(indices))
        for index in indices[len(indices) - over :]:
            marked[index] = replace(marked[index], facts=replace(marked[index].facts, over_cap=True))
    return marked


def give_back(connection: Connection, not_sent: Iterable[ClaimedMessage], now: datetime) -> None:
    """Uncount what was claimed but not sent, and record how much of it the cap held back."""
    back: Counter[ClinicSender] = Counter()
    held: Counter[ClinicSender] = Counter()
    for message in not_sent:
        if message.sender and is_counted(message):
            back[message.sender] += 1
            held[message.sender] += message.facts.over_cap
    for sender in sorted(back, key=lambda one: one.clinic_id):
        connection.execute(
            update(ClinicDay)
            .where(ClinicDay.clinic_id == sender.clinic_id, ClinicDay.local_on == _clinic_date(sender, now))
            .values(texts=ClinicDay.texts - back[sender], held=ClinicDay.held + held[sender])
        )


def _clinic_date(sender: ClinicSender, now: datetime) -> date:
    return local_date_of(now, sender.time_zone)


def _count_texts(connection: Connection, sender: ClinicSender, count: int, now: datetime) -> int:
    day = {"clinic_id": sender.clinic_id, "local_on": _clinic_date(sender, now), "texts": count, "held": 0}
    return add_or_insert(connection, ClinicDay, day, key=("clinic_id", "local_on"), counter="texts")


def _count_over_cap(connection: Connection, sender: ClinicSender, before: int, count: int) -> int:
    """Return how many of `count` texts, after `before` earlier ones today, exceed the clinic's cap."""
    if sender.daily_texts is not None:
        return max(0, min(count, before + count - sender.daily_texts))
    if before + count <= MINIMUM_CAP:
        return 0
    return max(
        0, min(count, before + count - max(MINIMUM_CAP, TEXTS_PER_PERSON * _count_people(connection, sender.clinic_id)))
    )


def _count_people(connection: Connection, clinic_id: int) -> int:
    texted = or_(Enrolment.status == "active", Enrolment.status == "invited")
    people = select(func.count()).select_from(Enrolment).join(Participant, Participant.id == Enrolment.participant_id)
    return connection.execute(people.where(Participant.clinic_id == clinic_id, texted)).scalar_one()

"""Two simultaneous texts from one phone in two processes: the second is read after the first is applied."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import open_engine, read_transaction, write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from tests.support import TestClock, enrol, person, say, tick

BOTH, APART = "+14155550001", "+14155550002"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@contextmanager
def nobody_gets_on(engine: Engine) -> Iterator[Callable[[int], None]]:
    """Every enrolment is locked until the block ends; what is given waits until so many others wait for it."""
    if engine.dialect.name == "sqlite":  # whoever writes waits for its turn, and there is nothing to look at
        with write_transaction(engine):
            yield lambda _number: None
        return

    def until(number: int) -> None:
        for _ in range(2000):
            with read_transaction(watching) as connection:
                if connection.execute(text(WAITING)).scalar_one() >= number:
                    return
            threading.Event().wait(0.005)
        raise AssertionError("nobody waits")

    watching = open_engine(engine.url.render_as_string(hide_password=False))
    with write_transaction(engine) as connection:
        connection.execute(select(Enrolment.id).with_for_update())
        yield until
    watching.dispose()


def say_both(runtime: Runtime, bodies: tuple[str, str]) -> list[str | None]:
    """One text through each of two processes, which have nothing but the database in common."""
    address = runtime.engine.url.render_as_string(hide_password=False)
    engines = [open_engine(address), open_engine(address)]
    answers: dict[int, str | None] = {}

    def hear(number: int) -> None:
        answers[number] = say(replace(runtime, engine=engines[number]), BOTH, bodies[number])

    threads = [threading.Thread(target=hear, args=(number,)) for number in (0, 1)]
    with nobody_gets_on(runtime.engine) as until:
        for number, thread in enumerate(threads, start=1):
            thread.start()
            until(number)
    for thread in threads:
        thread.join(30)
    for engine in engines:
        engine.dispose()
    return [answers[0], answers[1]]


def what_came_of(runtime: Runtime, phone: str) -> list[Any]:
    """Everything two texts change, in every clinic of their number."""
    number = runtime.keys.number_hash(phone)
    mine = select(Participant.id).where(Participant.number_hash == number)
    enrolments = select(Enrolment.id).where(Enrolment.participant_id.in_(mine))
    with read_transaction(runtime.engine) as connection:
        return [
            connection.execute(query).all()
            for query in (
                select(CheckIn.score, CheckIn.habit).where(CheckIn.enrolment_id.in_(enrolments)).order_by(CheckIn.id),
                select(Enrolment.status, Enrolment.held_for).where(Enrolment.id.in_(enrolments)).order_by(Enrolment.id),
                select(ConsentEvent.kind).where(ConsentEvent.participant_id.in_(mine)).order_by(ConsentEvent.id),
                select(InboundReply.body, InboundReply.intent, InboundReply.used_as)
                .where(InboundReply.number_hash == number)
                .order_by(InboundReply.id),
            )
        ]


@pytest.mark.parametrize("clinics", [("Clinic",), ("Clinic", "Other")], ids=["one", "two"])
@pytest.mark.parametrize(
    "bodies",
    [
        ("4", "6"),
        ("3 y", "3 y"),
        ("STOP please", "4 y"),
        ("please stop texting me", "please stop texting me"),
        ("I want to kill myself", "4"),
        ("YES", "YES"),
    ],
)
def test_two_at_once_come_to_what_one_after_the_other_comes_to(
    runtime: Runtime, clock: TestClock, bodies: tuple[str, str], clinics: tuple[str, ...]
) -> None:
    for clinic in clinics:
        enrol(runtime, person(1), person(2), clinic=clinic, confirmed=bodies[0] != "YES")
    clock.forward(hours=10)
    tick(runtime)
    clock.forward(minutes=5)
    answers = say_both(runtime, bodies)
    assert [answer is None for answer in answers] == [say(runtime, APART, body) is None for body in bodies] or (
        runtime.engine.dialect.name == "sqlite"  # there either may have been the first
    )
    both, apart = what_came_of(runtime, BOTH), what_came_of(runtime, APART)
    if runtime.engine.dialect.name == "sqlite" and both[3][0].body != bodies[0]:
        return  # the second had its turn first, and that is another story
    assert both == apart

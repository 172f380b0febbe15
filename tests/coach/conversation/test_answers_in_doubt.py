"""While tonight's text is in doubt, an answer belongs to the last check-in that may have been read."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from tests.schedules.sending import EVENING, Vanishing
from tests.support import TestClock, enrol, person, rows, say, tick

PHONE = "+14155550001"
FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)


def scores(runtime: Runtime) -> dict[date, int | None]:
    return {one.asked_on: one.score for one in rows(runtime.engine, CheckIn)}


def second_evening_in_doubt(runtime: Runtime, clock: TestClock) -> Runtime:
    """One question arrived; the next one's request was lost."""
    gateway = Vanishing(clock)
    gateway.lose = 0
    doubtful = replace(runtime, gateway=gateway)
    enrol(doubtful, person(1))
    clock.shows = EVENING
    tick(doubtful)
    clock.shows = EVENING + timedelta(days=1)
    gateway.lose = 1
    tick(doubtful)
    clock.forward(seconds=20)
    return doubtful


@pytest.mark.parametrize("state", ["unknown", "sending"])
def test_an_answer_while_tonights_text_is_in_doubt_is_yesterdays(
    runtime: Runtime, clock: TestClock, state: str
) -> None:
    doubtful = second_evening_in_doubt(runtime, clock)
    with write_transaction(doubtful.engine) as connection:
        connection.execute(update(OutboxMessage).where(OutboxMessage.local_on == SECOND).values(state=state))
    say(doubtful, PHONE, "7")
    assert scores(doubtful) == {FIRST: 7, SECOND: None}


def test_once_it_has_arrived_the_next_answer_is_tonights(runtime: Runtime, clock: TestClock) -> None:
    doubtful = second_evening_in_doubt(runtime, clock)
    say(doubtful, PHONE, "7")
    for _ in range(8):
        clock.forward(seconds=15)
        tick(doubtful)
    clock.forward(minutes=5)
    say(doubtful, PHONE, "2 n")
    assert scores(doubtful) == {FIRST: 7, SECOND: 2}
    assert [one.used_as for one in rows(doubtful.engine, InboundReply)] == ["answer", "answer"]


def test_a_second_answer_meanwhile_corrects_nothing_and_reaches_a_coach(runtime: Runtime, clock: TestClock) -> None:
    doubtful = second_evening_in_doubt(runtime, clock)
    say(doubtful, PHONE, "7")
    say(doubtful, PHONE, "2")
    assert scores(doubtful) == {FIRST: 7, SECOND: None}
    assert [one.for_coach for one in rows(doubtful.engine, InboundReply)] == [False, True]

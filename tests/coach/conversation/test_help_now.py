"""Help with the legs at once, at any hour: one thing to do, another each time, and no answer to any check-in."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

ASKING = ["2am and my legs won't stop", "LEGS", "PIERNAS"]


def test_whoever_asks_at_night_gets_something_to_do_at_once_three_times_differently(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    clock.forward(hours=6)
    answers = [said(client, words) for words in ASKING]
    assert all(answer.startswith("That sounds rough.") for answer in answers)
    assert len(set(answers)) == 3
    assert "sorry they won't let up" in said(client, "LEGS")
    assert last_check_in(evening).score is None
    kept = rows(evening.engine, InboundReply)
    assert [(one.used_as, one.for_coach) for one in kept] == [("night_help", True)] * 4


def test_the_next_night_begins_anew(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    for _ in range(4):
        said(client, "LEGS")
    clock.forward(hours=24)
    assert said(client, "LEGS").startswith("That sounds rough.")


@pytest.mark.parametrize("day", range(5))
def test_nobody_is_sent_to_walk_in_the_dark_who_might_fall(
    client: FlaskClient, evening: Runtime, clock: TestClock, day: int
) -> None:
    with write_transaction(evening.engine) as connection:
        connection.execute(update(Enrolment).values(exclude=["fall_risk", "neuropathy"]))
    clock.shows += timedelta(days=day)
    answers = [said(client, "LEGS") for _ in range(3)]
    assert len(set(answers)) == 3
    assert not any("walk slowly" in answer or "calves" in answer for answer in answers)


def test_a_score_with_it_is_an_answer(client: FlaskClient, evening: Runtime) -> None:
    said(client, "8 no, my legs won't stop right now")
    assert last_check_in(evening).score == 8


def test_danger_comes_first(client: FlaskClient, evening: Runtime) -> None:
    assert "988" in said(client, "2am, my legs won't stop and I want to kill myself")

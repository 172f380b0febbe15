"""A second answer corrects the first on the same day, or when it says so; later it changes no night."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture


def answered(runtime: Runtime) -> tuple[int | None, bool | None]:
    check_in = last_check_in(runtime)
    return check_in.score, check_in.habit


@pytest.mark.parametrize("words", ["8", "8 no"])
def test_a_score_on_a_later_day_is_kept_for_the_coach_and_changes_no_night(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "3 yes")
    clock.forward(hours=12)
    assert "for your coach to see" in said(client, words)
    assert answered(evening) == (3, True)
    reply = rows(evening.engine, InboundReply)[-1]
    assert (reply.used_as, reply.for_coach) == ("volunteered", True)


@pytest.mark.parametrize("words", ["didn't do the step", "legs 8 last night"])
def test_the_step_or_another_night_told_on_a_later_day_changes_none_and_reaches_a_coach(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "3 yes")
    clock.forward(hours=12)
    assert "We have not changed any score" in said(client, words)
    assert answered(evening) == (3, True)
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_what_is_still_missing_may_be_answered_on_a_later_day(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "3")
    clock.forward(hours=12)
    said(client, "no")
    assert answered(evening) == (3, False)


@pytest.mark.parametrize("hours", [0, 12])
def test_a_text_that_corrects_is_a_correction_whenever_it_comes(
    client: FlaskClient, evening: Runtime, clock: TestClock, hours: int
) -> None:
    said(client, "3 yes")
    clock.forward(hours=hours)
    said(client, "oops meant 7")
    assert answered(evening) == (7, True)


@pytest.mark.parametrize("words", ["6 no", "6, didnt do it"])
def test_a_second_answer_on_the_same_day_replaces_the_first(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "3 yes")
    clock.forward(minutes=30)
    said(client, words)
    assert answered(evening) == (6, False)


def test_a_correction_of_the_score_changes_no_yes_or_no(client: FlaskClient, evening: Runtime) -> None:
    said(client, "3 yes")
    said(client, "didnt break anything tho. meant 7")
    assert answered(evening) == (7, True)


def test_a_correction_of_the_yes_or_no_changes_no_score(client: FlaskClient, evening: Runtime) -> None:
    said(client, "3 no")
    said(client, "I meant yes not no")
    assert answered(evening) == (3, True)


@pytest.mark.parametrize("danger", ["I want to kill myself", "crushing chest pain and i cant breathe"])
def test_a_later_score_under_a_hold_changes_no_night_either(
    client: FlaskClient, evening: Runtime, clock: TestClock, danger: str
) -> None:
    said(client, "3 yes")
    said(client, danger)
    clock.forward(hours=12)
    said(client, "8 no")
    assert answered(evening) == (3, True)
    assert rows(evening.engine, InboundReply)[-1].used_as == "volunteered"

"""An answer counts until the end of the day after its question; later it is a note for the coach."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, enrol, person, rows, tick

__all__ = ["evening"]  # a fixture

LATE = ["2 yes", "8", "legs 6", "6 si", "about a 4, did em", "4, no", "7!", "cuatro", "5 hecho", "nine, skipped it"]


@pytest.mark.parametrize("words", LATE)
def test_an_answer_after_the_next_day_is_a_note_and_recorded_on_no_night(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    clock.forward(days=2)
    assert "for your coach to see" in said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)
    reply = rows(evening.engine, InboundReply)[-1]
    assert (reply.used_as, reply.check_in_id, reply.for_coach) == ("volunteered", None, True)


@pytest.mark.parametrize("words", ["8 si", "oops meant 7", "change that to 3"])
def test_a_late_answer_overwrites_nothing(client: FlaskClient, evening: Runtime, clock: TestClock, words: str) -> None:
    said(client, "6 yes")
    clock.forward(days=19)
    said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (6, True)


def test_a_yes_or_no_after_the_next_day_is_shown_to_a_coach(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "6")
    clock.forward(days=2)
    assert "Your coach will see this" in said(client, "i did the step")
    assert last_check_in(evening).habit is None
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize("hours", [1, 11, 26])
def test_until_the_end_of_the_next_day_an_answer_counts(
    client: FlaskClient, evening: Runtime, clock: TestClock, hours: int
) -> None:
    clock.forward(hours=hours)
    said(client, "2 yes")
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (2, True)


def test_what_is_unclear_is_not_asked_again_after_the_question_has_lapsed(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    clock.forward(days=3)
    assert "0 to 10" not in said(client, "so so i guess")


@pytest.mark.parametrize("danger", ["I want to kill myself", "crushing chest pain and i cant breathe"])
def test_answers_while_danger_is_open_are_notes(client: FlaskClient, evening: Runtime, danger: str) -> None:
    said(client, danger)
    said(client, "5 yes")
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)
    reply = rows(evening.engine, InboundReply)[-1]
    assert (reply.used_as, reply.for_coach) == ("volunteered", True)


def test_the_question_is_said_to_come_only_if_it_does(client: FlaskClient, signed: Runtime, clock: TestClock) -> None:
    enrol(signed, person(1))
    assert "still to come" in said(client, "legs 7")
    clock.forward(hours=10)
    tick(signed)
    said(client, "3 yes")
    clock.forward(hours=20)
    assert "still to come" in said(client, "legs 7"), "today's question follows in the evening"
    said(client, "pause 3")
    assert "still to come" not in said(client, "legs 6")


@pytest.mark.parametrize("before", ["weekends only", "I want to kill myself", "too many texts"])
def test_no_question_is_said_to_come_off_the_cadence_or_under_a_hold(
    client: FlaskClient, signed: Runtime, clock: TestClock, before: str
) -> None:
    enrol(signed, person(1))
    said(client, before)
    assert "still to come" not in said(client, "legs 7")

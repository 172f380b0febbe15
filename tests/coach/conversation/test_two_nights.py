"""A score of another night never replaces the one we have; an answer ends the question about a stop."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture


@pytest.mark.parametrize(
    "words",
    [
        *("it was a two last night and a nine the night before", "3 last night, 9 the night before"),
        *("no wait last night was the nine", "wait no scratch that, last night was the nine"),
    ],
)
def test_the_next_day_such_words_change_no_score_and_reach_a_coach(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "1 yes")
    clock.forward(hours=20)
    assert "not changed" in said(client, words)
    assert last_check_in(evening).score == 1
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_on_the_evening_asked_the_score_of_that_night_is_recorded_and_a_coach_sees_both(
    client: FlaskClient, evening: Runtime
) -> None:
    said(client, "3 last night, 9 the night before")
    assert last_check_in(evening).score == 3
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_on_the_same_evening_a_correction_still_counts(client: FlaskClient, evening: Runtime) -> None:
    said(client, "1 yes")
    said(client, "no wait last night was a 9")
    assert last_check_in(evening).score == 9


@pytest.mark.parametrize(("words", "score"), [("cero", 0), ("5 yes", 5), ("3", 3)])
def test_an_answer_ends_the_question_about_a_stop(
    client: FlaskClient, evening: Runtime, words: str, score: int
) -> None:
    assert "STOP or NO" in said(client, "too many texts")
    assert "go on as before" in said(client, words)
    assert rows(evening.engine, Enrolment)[0].held_for is None
    assert last_check_in(evening).score == score


@pytest.mark.parametrize("words", ["yes 5", "5 stop", "5 was for my husband"])
def test_what_may_be_a_yes_or_is_no_answer_of_theirs_does_not(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "too many texts")
    assert "go on as before" not in said(client, words)


def test_an_offered_time_is_taken_by_a_sure_that_is_no_word_on_the_step(client: FlaskClient, evening: Runtime) -> None:
    assert "YES" in said(client, "text me at 11:45pm").upper() or rows(evening.engine, InboundReply)
    said(client, "sure that works")
    assert last_check_in(evening).habit is None


@pytest.mark.parametrize("words", ["yesterday was a 6", "ayer fue un 6"])
def test_yesterday_said_after_a_score_changes_nothing_and_reaches_a_coach(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "4 no")
    assert "not changed" in said(client, words) or "No hemos cambiado" in said(client, words)
    assert last_check_in(evening).score == 4
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_yesterday_said_first_answers_the_question(client: FlaskClient, evening: Runtime) -> None:
    said(client, "yesterday was a 6")
    assert last_check_in(evening).score == 6

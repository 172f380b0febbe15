"""Ordinary people over two months: medicines of others, losses, times, nights, and help with the legs, by text."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, enrol, person, rows, tick

__all__ = ["evening"]  # a fixture


def kinds(runtime: Runtime) -> list[str]:
    return [flag.kind for flag in rows(runtime.engine, Flag)]


def time_set(runtime: Runtime) -> str:
    return f"{rows(runtime.engine, Enrolment)[0].evening_at:%H:%M}"


def test_pills_of_somebody_else_are_not_praised(client: FlaskClient, evening: Runtime) -> None:
    answer = said(client, "neighbor gave me one of her pills, slept like a baby. 0 yes")
    assert "medical advice" in answer
    assert kinds(evening) == ["medical"]


def test_a_protest_against_the_lines_is_no_new_crisis(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "I want to kill myself")
    clock.forward(hours=3)
    assert "988" not in said(client, "stop sending me the suicide number!!")
    assert kinds(evening) == ["crisis"]


def test_a_loss_of_long_ago_beside_a_score_holds_nothing(client: FlaskClient, evening: Runtime) -> None:
    assert "sorry for your loss" in said(client, "too quiet here since she died. 6")
    assert last_check_in(evening).score == 6
    assert rows(evening.engine, Enrolment)[0].held_for is None


def test_a_widow_is_not_invited_back(client: FlaskClient, evening: Runtime) -> None:
    said(client, "Hi this is Betty. Maria passed Tuesday in her sleep")
    answer = said(client, "please take her off your list")
    assert "so sorry" in answer
    assert "START" not in answer
    assert rows(evening.engine, Suppression)


def test_a_make_it_answers_which_time(client: FlaskClient, evening: Runtime) -> None:
    assert "time" in said(client, "anyway can you text earlier? 8 is my show")
    said(client, "make it 7")
    assert time_set(evening) == "19:00"
    said(client, "6:30 on second thoughts")
    assert last_check_in(evening).score is None


def test_six_in_the_afternoon_is_taken_as_it_is_said(client: FlaskClient, evening: Runtime) -> None:
    said(client, "más temprano por favor")
    said(client, "a las 6 de la tarde")
    assert time_set(evening) == "18:00"


def test_a_night_told_the_morning_after_leaves_the_one_before(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    clock.forward(hours=12)
    said(client, "4 yes")
    said(client, "last night was awful, 9, didnt sleep")
    assert last_check_in(evening).score == 4
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize("words", ["legs again its 2am what do i do", "legs legs legs!!", "otra vez las piernas"])
def test_legs_in_other_words_are_helped(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "4 yes")
    assert "No reply needed" in said(client, words) or rows(evening.engine, InboundReply)[-1].used_as == "night_help"


def test_a_range_is_asked_about_in_whole_numbers(client: FlaskClient, evening: Runtime) -> None:
    said(client, "5 or 6")
    assert "One whole number" in said(client, "between 4 and 5")


@pytest.mark.parametrize("words", ["YES I already told you people to stop calling my mother", "Yes please remove me"])
def test_an_invited_person_who_says_yes_and_stop_is_not_welcomed(
    client: FlaskClient, signed: Runtime, clock: TestClock, words: str
) -> None:
    enrol(signed, person(1), confirmed=False)
    clock.forward(hours=6)
    tick(signed)
    answer = said(client, words)
    assert "Glad" not in answer
    assert "STOP or NO" in answer

"""What holds texts, which holds a participant can end, and the replies during a hold."""

import pytest
from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_every_state import PHONE, active, asked_whether_to_stop, invited, texted
from tests.support import TestClock, rows, say, tick


def test_whoever_got_the_help_lines_is_held_until_a_coach_has_seen_it(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    assert "988" in (say(runtime, PHONE, "9 no. I took all the pills in a row on the table and looked at them") or "")
    before = texted(runtime)

    clock.forward(days=1)
    tick(runtime)
    assert texted(runtime) == before
    assert "coach will see" in (say(runtime, PHONE, "4 yes") or "")

    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Flag).values(acknowledged_at=clock()))
    clock.forward(days=1)
    tick(runtime)
    assert texted(runtime) == before + 1


def test_no_ends_the_question_whether_to_stop_and_leaves_a_pause(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "pause 5")
    [before] = rows(runtime.engine, Enrolment)
    say(runtime, PHONE, "too many texts")
    say(runtime, PHONE, "no")

    [after] = rows(runtime.engine, Enrolment)
    assert (after.held_for, after.paused_until_on) == (None, before.paused_until_on)


def test_whether_to_stop_is_asked_once_and_said_again_it_is_a_stop(runtime: Runtime, clock: TestClock) -> None:
    asked_whether_to_stop(runtime, clock)

    assert "stopped" in (say(runtime, PHONE, "too many texts, really") or "")
    assert [one.status for one in rows(runtime.engine, Enrolment)] == ["stopped"]


def test_a_wish_to_go_on_another_day_is_not_done_today(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "pause 5")
    say(runtime, PHONE, "resume tomorrow")

    assert all(one.paused_until_on is not None for one in rows(runtime.engine, Enrolment))


@pytest.mark.parametrize("words", ["she is so quiet in there now", "tell coach bye from me", "the blue stuff is open"])
def test_after_danger_and_a_stop_nobody_is_met_with_silence(runtime: Runtime, clock: TestClock, words: str) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "I want to kill myself")
    say(runtime, PHONE, "STOP")

    answer = say(runtime, PHONE, words) or ""
    assert "988" in answer or "911" in answer or "emergency" in answer


def test_something_medical_after_a_stop_is_answered_and_flagged(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "STOP")

    assert "emergency" in (say(runtime, PHONE, "my pramipexole ran out on Tuesday") or "")
    assert [flag.kind for flag in rows(runtime.engine, Flag)] == ["medical"]


def test_what_may_be_a_stop_in_an_open_crisis_gets_the_help_lines_again(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "I want to kill myself")

    assert "988" in (say(runtime, PHONE, "too many texts") or "")


def test_before_the_welcome_is_confirmed_no_answers_the_question_and_yes_then_begins(
    runtime: Runtime, clock: TestClock
) -> None:
    invited(runtime, clock)
    say(runtime, PHONE, "too many texts")
    assert "STOP" in (say(runtime, PHONE, "yes") or "")  # it may be meant for either question
    assert "won't start" in (say(runtime, PHONE, "NO") or "")
    assert rows(runtime.engine, Enrolment)[0].held_for is None

    say(runtime, PHONE, "YES")
    assert rows(runtime.engine, Enrolment)[0].status == "active"


def test_while_somebody_else_may_have_the_phone_help_and_start_are_answered(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "wrong number")
    assert say(runtime, PHONE, "4 yes") is None
    assert "habit texts" in (say(runtime, PHONE, "who is this") or "")
    assert "will read this" in (say(runtime, PHONE, "START") or "")
    assert rows(runtime.engine, Enrolment)[0].held_for == "someone_else"

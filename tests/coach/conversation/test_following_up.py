"""A short answer to an open question completes the command; it never becomes a score."""

import pytest

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment
from tests.support import TestClock, enrol, person, rows, say, tick
from tests.worlds import Worlds

MARIA = "+14155550001"


def to_the_second_evening(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    clock.forward(hours=10)
    tick(runtime)
    clock.forward(days=1)
    tick(runtime)


@pytest.fixture
def evening(runtime: Runtime, clock: TestClock, worlds: Worlds) -> Runtime:
    """Maria's second evening: legs and step have just been asked about."""
    return worlds.begin(to_the_second_evening, runtime, clock)


def state_after(runtime: Runtime, *texts: str) -> tuple[Enrolment, CheckIn]:
    for text in texts:
        say(runtime, MARIA, text)
    return rows(runtime.engine, Enrolment)[0], rows(runtime.engine, CheckIn)[-1]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("pause", "3", {"paused_until_on": "2026-03-07"}),
        ("pause", "until sunday", {"paused_until_on": "2026-03-08"}),
        ("pausa", "una semana", {"paused_until_on": "2026-03-11"}),
        ("earlier please", "7", {"evening_at": "19:00:00"}),
        ("can you text me later", "8:30pm", {"evening_at": "20:30:00"}),
        ("más tarde por favor", "a las 20:15", {"evening_at": "20:15:00"}),
        ("time 11pm", "7:30", {"evening_at": "19:30:00"}),
        ("change my bedtime", "11", {"bedtime_at": "23:00:00"}),
        ("less often", "4", {"cadence": "four-a-week"}),
        ("menos mensajes", "4", {"cadence": "four-a-week"}),
        ("how often do you text", "weekends", {"cadence": "weekends"}),
    ],
)
def test_what_was_asked_back_is_completed(evening: Runtime, first: str, second: str, expected: dict[str, str]) -> None:
    enrolment, check_in = state_after(evening, first, second)

    assert {name: str(getattr(enrolment, name)) for name in expected} == expected
    assert (check_in.score, check_in.habit) == (None, None)


@pytest.mark.parametrize("first", ["pause", "earlier please", "time 8:30pm"])
def test_a_whole_answer_stays_an_answer(evening: Runtime, first: str) -> None:
    _, check_in = state_after(evening, first, "4 yes")

    assert (check_in.score, check_in.habit) == (4, True)


def test_a_number_after_something_done_is_a_score(evening: Runtime) -> None:
    enrolment, check_in = state_after(evening, "time 8:15pm", "7")

    assert (str(enrolment.evening_at), check_in.score) == ("20:15:00", 7)


def test_a_number_after_our_question_has_lapsed_is_a_score(evening: Runtime, clock: TestClock) -> None:
    say(evening, MARIA, "what time")
    say(evening, MARIA, "change the time")
    clock.forward(hours=12, minutes=1)
    enrolment, check_in = state_after(evening, "3")

    assert (str(enrolment.evening_at), check_in.score) == ("20:00:00", 3)


def test_a_yes_to_another_step_is_no_answer_to_the_check_in(evening: Runtime) -> None:
    _, check_in = state_after(evening, "another step", "yes")
    assert check_in.habit is None

    _, check_in = state_after(evening, "another step", "4 yes")
    assert (check_in.score, check_in.habit) == (4, True)


@pytest.mark.parametrize(
    ("words", "status"), [("yes", "stopped"), ("sí", "stopped"), ("no", "active"), ("no thanks", "active")]
)
def test_do_you_want_us_to_stop_is_answered_by_yes_or_no(evening: Runtime, words: str, status: str) -> None:
    enrolment, check_in = state_after(evening, "no more", words)

    assert (enrolment.status, enrolment.held_for) == (status, None)
    assert check_in.habit is None


def test_what_tells_of_the_step_is_no_word_on_stopping(evening: Runtime) -> None:
    enrolment, check_in = state_after(evening, "no more", "did it")

    assert (enrolment.status, enrolment.held_for, check_in.habit) == ("active", "stop_or_not", True)


def test_after_a_crisis_nobody_is_asked_about_legs_and_answers_are_notes_for_a_coach(evening: Runtime) -> None:
    say(evening, MARIA, "i want to die")
    answer = say(evening, MARIA, "sorry i didnt mean it")

    assert answer is not None
    assert "0" not in answer.replace("24/7", "")
    _, check_in = state_after(evening, "4 yes")
    assert (check_in.score, check_in.habit) == (None, None)
    assert all(one.for_coach for one in rows(evening.engine, InboundReply))


def test_a_score_is_corrected_after_everything_was_answered(evening: Runtime) -> None:
    enrolment, check_in = state_after(evening, "5 yes", "make it 6 pls")

    assert (check_in.score, str(enrolment.evening_at)) == (6, "20:00:00")


@pytest.mark.parametrize("words", ["these legs are killing me", "this is torture", "las piernas no paran"])
def test_a_hard_night_is_met_with_a_kind_word_and_a_coach_sees_it(evening: Runtime, words: str) -> None:
    say(evening, MARIA, "5 yes")
    answer = say(evening, MARIA, words)

    assert answer in {text.body for text in evening.catalogue.texts_for("hard_night", "en")}
    assert rows(evening.engine, InboundReply)[-1].for_coach

"""Clock times after an offer, scores of another night or person, and wishes beside an answer."""

from datetime import date, time

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, rows, tick

__all__ = ["evening"]  # a fixture

OFFER = "That's late, 8:30?"


def evening_at(runtime: Runtime) -> time:
    at: time = rows(runtime.engine, Enrolment)[0].evening_at
    return at


@pytest.mark.parametrize("words", ["8:30 yes", "yes 8:30", "ok 8:30 works", "8:30", "8:30pm please"])
def test_a_clock_time_after_an_offer_is_the_time(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, OFFER)
    assert "8:30pm" in said(client, words)
    assert evening_at(evening) == time(20, 30)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)


@pytest.mark.parametrize("opening", [OFFER, "can we change the time", "time 11:30pm"])
@pytest.mark.parametrize("words", ["8 yes", "yes 8", "no, 8"])
def test_a_number_and_a_yes_that_may_be_either_is_asked_about(
    client: FlaskClient, evening: Runtime, opening: str, words: str
) -> None:
    said(client, opening)
    assert "or your legs" in said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)
    assert evening_at(evening) == time(20)


@pytest.mark.parametrize(("words", "score", "at"), [("legs 8", 8, time(20)), ("time 8:15pm", None, time(20, 15))])
def test_the_answer_to_that_question_settles_it(
    client: FlaskClient, evening: Runtime, words: str, score: int | None, at: time
) -> None:
    said(client, OFFER)
    said(client, "8 yes")
    said(client, words)
    assert (last_check_in(evening).score, evening_at(evening)) == (score, at)


def test_once_tonight_is_answered_a_number_and_a_yes_is_the_time(client: FlaskClient, evening: Runtime) -> None:
    said(client, "4 yes")
    said(client, "can we change the time")
    assert "8:00pm" in said(client, "yes 8")
    assert last_check_in(evening).score == 4


def test_an_answer_that_is_no_evening_hour_is_still_an_answer(client: FlaskClient, evening: Runtime) -> None:
    said(client, OFFER)
    said(client, "4 yes")
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (4, True)


ANOTHER = [
    *("that 3 was for my husband", "yesterday was a 6 not 4", "the 4 was for yesterday", "tuesday was a 7"),
    *("ese 3 era de mi marido", "ayer fue un 6 no 4", "my 5 last week should be a 7", "sorry the 3 was my wife's"),
]


@pytest.mark.parametrize("words", ANOTHER)
@pytest.mark.parametrize("first", [None, "2 yes"])
def test_a_score_of_another_night_or_person_reaches_a_coach_and_is_not_recorded(
    client: FlaskClient, evening: Runtime, first: str | None, words: str
) -> None:
    if first:
        said(client, first)
    answer = said(client, words)
    assert "coach" in answer
    assert last_check_in(evening).score == (2 if first else None)
    reply = rows(evening.engine, InboundReply)[-1]
    assert (reply.for_coach, reply.used_as) == (True, None)


@pytest.mark.parametrize("words", ["tuesday was 7, last night 3", "oops meant 3 not 8", "ayer 3"])
def test_a_score_of_the_night_we_asked_about_is_recorded(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert last_check_in(evening).score == 3


WISHES = [
    *("5 no, take me off stretching", "5 no. stop sending me the bath one", "5 no, call me tomorrow"),
    "5 no. more yoga please",
    *("5 no and please no more massage tips", "5 no, can my wife get these too", "5 no, quítame los estiramientos"),
]


@pytest.mark.parametrize("words", WISHES)
def test_a_wish_beside_an_answer_is_shown_to_a_coach_and_acknowledged(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    answer = said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (5, False)
    left_out = any(step in words for step in ("the bath one", "massage tips", "quítame los estiramientos"))
    assert ("we leave this one out" if left_out else "Your coach will see what you asked for") in answer
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert rows(evening.engine, Suppression) == []
    clock.forward(days=1)
    assert tick(evening)["sent"] == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("4 yes pause 3", {"paused_until_on": date(2026, 3, 7)}),
        ("4 yes, text me at 8:30pm", {"evening_at": time(20, 30)}),
        ("4 yes weekends only please", {"cadence": "weekends"}),
    ],
)
def test_a_plain_command_beside_an_answer_is_carried_out_with_its_own_details(
    client: FlaskClient, evening: Runtime, words: str, expected: dict[str, object]
) -> None:
    said(client, words)
    [enrolment] = rows(evening.engine, Enrolment)
    assert {name: getattr(enrolment, name) for name in expected} == expected
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (4, True)


@pytest.mark.parametrize("words", ["4 yes, can you text me earlier", "3 sí, pueden escribirme más temprano"])
def test_a_score_is_never_the_hour_of_a_wish_beside_it(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "time 8:30pm" in said(client, words)
    assert evening_at(evening) == time(20)
    assert last_check_in(evening).habit is True


def test_a_doubtful_stop_beside_an_answer_keeps_the_answer(client: FlaskClient, evening: Runtime) -> None:
    assert "STOP or NO" in said(client, "4 yes, too many texts")
    assert rows(evening.engine, Enrolment)[0].held_for == "stop_or_not"
    assert rows(evening.engine, CheckIn)[-1].score == 4


@pytest.mark.parametrize(
    ("words", "score", "done"),
    [
        *(("dad's in the hospital, 4 yes", 4, True), ("mom is in the icu. 6 no", 6, False)),
        *(("4 yes. husband had surgery today", 4, True), ("papá sigue internado. 3 no", 3, False)),
    ],
)
def test_a_relatives_hospital_is_read_by_a_coach_and_the_answer_counts(
    client: FlaskClient, evening: Runtime, words: str, score: int, done: bool
) -> None:
    answer = said(client, words)
    assert str(score) in answer
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (score, done)
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert rows(evening.engine, Flag) == []

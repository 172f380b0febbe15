"""Conversations through the signed webhook: answers, commands, provider modes, loops."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.posting import PHONE, post, text
from tests.support import TestClock, enrol, person, rows, tick
from tests.worlds import Worlds

_sids = iter(range(10**6))


def said(client: FlaskClient, body: str, **more: str) -> str:
    """Send a text from this person and return the reply."""
    status, answer = post(client, "/sms/inbound", text(body, f"SM{next(_sids):032x}", **more))
    assert status == 200
    return answer.partition("<Message>")[2].partition("</Message>")[0]


def to_the_second_evening(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    clock.forward(hours=10)
    tick(runtime)
    clock.forward(days=1)
    tick(runtime)


@pytest.fixture
def evening(signed: Runtime, clock: TestClock, worlds: Worlds) -> Runtime:
    """Maria's second evening: the step of the first and last night's legs have just been asked about."""
    return worlds.begin(to_the_second_evening, signed, clock)


def last_check_in(runtime: Runtime) -> CheckIn:
    found: CheckIn = rows(runtime.engine, CheckIn)[-1]
    return found


def test_an_answer_is_echoed_with_the_week_so_far(client: FlaskClient, evening: Runtime) -> None:
    answer = said(client, "about a 4, did em")
    assert "4" in answer
    assert "1 of 1" in answer
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (4, True)


def test_an_answer_in_two_texts_is_merged_and_asked_for_once(client: FlaskClient, evening: Runtime) -> None:
    assert "?" in said(client, "4")
    said(client, "yes")
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (4, True)


def test_what_is_unclear_is_asked_once_and_then_goes_to_a_coach(client: FlaskClient, evening: Runtime) -> None:
    first, second = said(client, "3 or 4"), said(client, "somewhere in between")
    assert "0" in first
    assert "coach" in second
    assert [reply.for_coach for reply in rows(evening.engine, InboundReply)] == [False, True]
    assert last_check_in(evening).score is None


@pytest.mark.parametrize("second", ["oops meant 3 not 8", "3"])
def test_a_second_answer_to_the_same_question_corrects_the_first_and_is_echoed(
    client: FlaskClient, evening: Runtime, second: str
) -> None:
    said(client, "8 yes")
    assert "3" in said(client, second)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (3, True)
    assert rows(evening.engine, InboundReply)[-1].used_as == "answer"


def test_the_same_answer_again_is_met_with_silence(client: FlaskClient, evening: Runtime) -> None:
    said(client, "8 yes")
    assert said(client, "8 yes") == ""


def test_a_score_before_any_question_is_noted_and_counted_nowhere(
    client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    enrol(signed, person(1))
    assert "7" in said(client, "legs 7")
    [reply] = rows(signed.engine, InboundReply)
    assert (reply.used_as, reply.night_on) == ("volunteered", date(2026, 3, 1)), "ten in the morning: the night before"
    assert rows(signed.engine, CheckIn) == []


def test_a_late_answer_belongs_to_its_own_question_until_the_next_is_asked(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    clock.forward(hours=23)
    said(client, "5 no")
    assert (last_check_in(evening).asked_on, last_check_in(evening).score) == (date(2026, 3, 3), 5)
    clock.forward(hours=1)
    tick(evening)
    said(client, "2 yes")
    assert (last_check_in(evening).asked_on, last_check_in(evening).score) == (date(2026, 3, 4), 2)


@pytest.mark.parametrize("body", ["thanks", "ok thank you", "gracias"])
def test_an_acknowledgement_is_not_answered(client: FlaskClient, evening: Runtime, body: str) -> None:
    assert said(client, body) == ""


def test_an_autoresponder_is_not_answered(client: FlaskClient, evening: Runtime) -> None:
    assert said(client, "I'm driving right now - Sent from My Car. I will reply in 5 min") == ""
    assert last_check_in(evening).score is None


def test_a_loop_ends_in_silence_and_a_flag(client: FlaskClient, evening: Runtime) -> None:
    answers = [said(client, "lorem ipsum") for _ in range(8)]
    assert answers[-1] == answers[-2] == ""
    assert {flag.kind for flag in rows(evening.engine, Flag)} == {"read"}


@pytest.mark.parametrize(
    ("body", "expected", "says"),
    [
        ("pause 3", {"paused_until_on": date(2026, 3, 7)}, "Saturday 7 Mar"),
        ("pause until sunday", {"paused_until_on": date(2026, 3, 8)}, "Sunday 8 Mar"),
        ("time 8:45pm", {"evening_at": time(20, 45)}, "New York"),
        ("can you text at 8:30 instead", {"evening_at": time(20, 30)}, "8:30pm"),
        ("bedtime 11pm", {"bedtime_at": time(23)}, "11:00pm"),
        ("weekends only", {"cadence": "weekends"}, "weekend"),
        ("4 a week", {"cadence": "four-a-week"}, "4"),
        ("my week", {}, "steps"),
        ("help", {}, "STOP"),
        ("time 11:30pm", {"evening_at": time(20)}, "late"),
        ("time 5am", {"evening_at": time(20)}, "early"),
        ("delete my data", {}, "coach"),
    ],
)
def test_a_command_in_plain_words_is_done_and_echoed(
    client: FlaskClient, evening: Runtime, body: str, expected: dict[str, object], says: str
) -> None:
    answer = said(client, body)
    assert says in answer
    [enrolment] = rows(evening.engine, Enrolment)
    assert {name: getattr(enrolment, name) for name in expected} == expected


def test_a_pause_skips_and_resume_ends_it(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "pause 2")
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0
    said(client, "resume")
    clock.forward(days=1)
    assert tick(evening)["sent"] == 1


def test_another_language_is_spoken_from_then_on(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "español por favor")
    assert rows(evening.engine, Participant)[0].language == "es"
    clock.forward(days=1)
    tick(evening)
    assert (
        "Piernas" in rows(evening.engine, OutboxMessage)[-1].body
        or "piernas" in rows(evening.engine, OutboxMessage)[-1].body
    )


def test_a_medical_question_keeps_its_answer_and_is_not_advised(client: FlaskClient, evening: Runtime) -> None:
    answer = said(client, "6 yes, should I stop my iron pills?")
    assert "clinician" in answer
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (6, True)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["medical"]


def test_a_question_beside_an_answer_is_recorded_and_goes_to_the_coach(client: FlaskClient, evening: Runtime) -> None:
    answer = said(client, "about a 4, did it. why do my legs do this every night?")
    assert "4" in answer
    assert "coach" in answer.lower() or "who will get back to you" in answer
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (4, True)
    assert rows(evening.engine, InboundReply)[-1].for_coach


MODES = [
    ("default", "STOP", {}, False),
    ("default", "stop texting me pls", {}, True),
    ("advanced", "STOP", {"OptOutType": "STOP"}, False),
    ("advanced", "basta ya", {"OptOutType": "STOP"}, False),
    ("advanced", "take me off your list", {}, True),
    ("self", "STOP", {}, True),
    ("self", "no more messages please", {}, True),
]


@pytest.mark.parametrize(("mode", "body", "form", "confirmed_by_us"), MODES)
def test_a_stop_is_recorded_in_every_mode_and_confirmed_once_by_one_of_us(
    evening: Runtime, clock: TestClock, mode: str, body: str, form: dict[str, str], confirmed_by_us: bool
) -> None:
    there = replace(evening, settings=evening.settings.model_copy(update={"twilio_opt_out_mode": mode}))
    client = create_app(there).test_client()
    assert bool(said(client, body, **form)) == confirmed_by_us
    assert rows(evening.engine, Enrolment)[0].status == "stopped"
    assert said(client, "stop") == said(client, "hello?") == ""
    clock.forward(days=2)
    assert tick(there)["sent"] == 0
    said(client, "START", **({"OptOutType": "START"} if mode == "advanced" else {}))
    assert rows(evening.engine, Enrolment)[0].status == "active"
    assert rows(evening.engine, Suppression) == []
    clock.forward(days=1)
    assert tick(there)["sent"] == 1


def test_yes_after_a_stop_is_not_a_return_and_is_told_how(client: FlaskClient, evening: Runtime) -> None:
    said(client, "stop")
    assert "START" in said(client, "yes")
    assert rows(evening.engine, Enrolment)[0].status == "stopped"


def test_a_doubtful_stop_holds_and_asks_once_and_no_goes_on(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    assert "STOP or NO" in said(client, "too many texts")
    assert rows(evening.engine, Enrolment)[0].held_for == "stop_or_not"
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0
    said(client, "no")
    assert rows(evening.engine, Enrolment)[0].held_for is None
    clock.forward(days=1)
    assert tick(evening)["sent"] == 1


@pytest.mark.parametrize("wish", ["pause 3", "text me at 8pm from now on"])
def test_a_break_or_another_time_answers_whether_to_stop_and_a_later_yes_stops_nothing(
    client: FlaskClient, evening: Runtime, clock: TestClock, wish: str
) -> None:
    said(client, "too many texts")
    said(client, wish)
    assert rows(evening.engine, Enrolment)[0].held_for is None
    said(client, "yes")
    assert rows(evening.engine, Enrolment)[0].status == "active"
    clock.forward(days=4)
    assert tick(evening)["sent"] == 1


def test_an_unknown_number_gets_one_polite_answer_a_day(client: FlaskClient, signed: Runtime, clock: TestClock) -> None:
    assert "clinic" in said(client, "who is this")
    assert said(client, "hello??") == ""
    clock.forward(days=1, hours=1)
    assert "clinic" in said(client, "hello??")
    assert all(reply.participant_id is None for reply in rows(signed.engine, InboundReply))


def test_a_stop_holds_for_the_same_number_in_another_clinic(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "stop")
    enrol(evening, person(1, phone="(415) 555-0001"), clinic="Second")
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0
    assert len(rows(evening.engine, Participant)) == 1


def test_texts_out_of_order_and_twice_come_to_the_same_night(client: FlaskClient, evening: Runtime) -> None:
    habit, score = text("yes", "SMb"), text("4", "SMa")
    first = post(client, "/sms/inbound", habit)
    post(client, "/sms/inbound", score)
    assert post(client, "/sms/inbound", habit) == first
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (4, True)


def test_the_evening_time_moved_to_the_past_still_brings_a_text_tonight(
    client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    enrol(signed, person(1))
    clock.forward(hours=9, minutes=30)  # 19:30 in New York
    said(client, "time 7pm")
    clock.forward(minutes=30)
    assert tick(signed)["sent"] == 1
    [enrolment] = rows(signed.engine, Enrolment)
    assert enrolment.next_due_at - clock.shows == timedelta(hours=23)


def test_wrong_number_is_never_texted_again(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    assert said(client, "sorry wrong number") != ""
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0
    assert PHONE not in str(rows(evening.engine, Suppression))

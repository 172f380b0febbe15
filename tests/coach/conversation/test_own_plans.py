"""One's own plan, through signed webhooks and a week of evenings: asked for, kept, recalled, changed, ended."""

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, OwnPlan
from schedules.database.tables.safety import Flag
from schedules.decisions.replay import replay
from schedules.dispatch.dispatch import dispatch_due
from schedules.planning.decision_log import logged_from
from schedules.planning.planner import plan_due
from tests.coach.conversation.test_conversations import said
from tests.support import TestClock, enrol, person, rows

PLAN = "After I brush my teeth I will stretch my calves"
SUNDAY, WEDNESDAY = 7, 3


@pytest.fixture
def home(signed: Runtime, clock: TestClock) -> Runtime:
    """Somebody whose first evening is a Saturday's, still to come."""
    clock.forward(days=5)
    enrol(signed, person(1))
    return signed


def next_evening(runtime: Runtime, clock: TestClock) -> tuple[date, str]:
    """Live to the next evening text; its date and words."""
    before = len(rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "nudge"))
    sent: list[Any] = []
    while len(sent) <= before:
        [one] = rows(runtime.engine, Enrolment)
        clock.shows = one.next_due_at
        plan_due(runtime.engine, runtime.catalogue, runtime.keys, runtime.now())
        with runtime.dispatcher() as dispatcher:
            dispatch_due(dispatcher)
        sent = rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "nudge")
    clock.forward(minutes=5)
    return sent[-1].local_on, str(sent[-1].body)


def evening_of(runtime: Runtime, clock: TestClock, weekday: int) -> str:
    on, body = next_evening(runtime, clock)
    while on.isoweekday() != weekday:
        on, body = next_evening(runtime, clock)
    return body


def evening_with(runtime: Runtime, clock: TestClock, step: str) -> str:
    """Live to the next evening, on which a coach's choice brings this step."""
    [one] = rows(runtime.engine, Enrolment)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(chosen_step=step, chosen_on=one.next_due_on))
    return next_evening(runtime, clock)[1]


def kept(runtime: Runtime) -> list[tuple[str, str | None]]:
    return [(one.words, one.step) for one in rows(runtime.engine, OwnPlan)]


def last_reply(runtime: Runtime) -> InboundReply:
    found: InboundReply = rows(runtime.engine, InboundReply)[-1]
    return found


def use_of_plan(runtime: Runtime) -> str | None:
    found: str | None = rows(runtime.engine, Decision)[-1].facts.get("own_plan")
    return found


def test_a_plan_written_on_sunday_is_recalled_word_for_word_on_its_evening_and_never_in_the_first_line(
    client: FlaskClient, home: Runtime, clock: TestClock
) -> None:
    assert "On Sundays" in said(client, "PLAN")
    assert "text one like" in evening_of(home, clock, SUNDAY)
    assert use_of_plan(home) == "asked"
    assert unescape(said(client, f"4 yes. {PLAN}")).endswith(f"\n{PLAN}")
    assert kept(home) == [(PLAN, "stretching")]
    assert (rows(home.engine, CheckIn)[-1].score, last_reply(home).for_coach) == (4, False)
    assert PLAN not in evening_with(home, clock, "evening-walk")
    first, *lines = evening_with(home, clock, "stretching").splitlines()
    assert PLAN in lines
    assert PLAN not in first
    assert len(first) > 40
    assert use_of_plan(home) == "recalled"
    assert "stretch" in evening_with(home, clock, "gentle-yoga").lower(), "whether it was done is asked as ever"


def test_who_asked_for_neutral_texts_is_only_told_that_it_is_the_evening(
    client: FlaskClient, home: Runtime, clock: TestClock
) -> None:
    said(client, "plan")
    said(client, PLAN)
    assert "won't show" in unescape(said(client, "neutral texts please"))
    body = evening_with(home, clock, "stretching")
    assert PLAN not in body
    assert "your own plan" in body
    assert use_of_plan(home) == "pointed"
    first, *lines = unescape(said(client, "plan")).splitlines()
    assert (PLAN in lines, PLAN in first) == (True, False)


def test_nobody_is_asked_who_has_not_asked_for_it(home: Runtime, clock: TestClock) -> None:
    for _ in range(2):
        assert "plan of" not in next_evening(home, clock)[1]
        assert use_of_plan(home) is None


def test_it_is_asked_for_once_a_week_and_after_a_sunday_without_a_text_with_the_next(
    client: FlaskClient, home: Runtime, clock: TestClock
) -> None:
    said(client, "my own plan")
    said(client, "pause 2")
    evenings = [next_evening(home, clock) for _ in range(7)]
    first_of_week = {on - timedelta(days=on.isoweekday() % SUNDAY): on for on, _ in reversed(evenings)}
    assert [on for on, body in evenings if "text one like" in body] == sorted(first_of_week.values())
    assert len(first_of_week) > 1


def test_a_plan_in_spanish_is_recalled_in_spanish(client: FlaskClient, signed: Runtime, clock: TestClock) -> None:
    enrol(signed, person(1, language="es"))
    assert "domingos" in said(client, "mi plan")
    said(client, "Después de cenar voy a caminar un rato")
    body = evening_with(signed, clock, "evening-walk")
    first, *lines = body.splitlines()
    assert "Después de cenar voy a caminar un rato" in lines
    assert "cenar" not in first


def test_a_plan_without_a_step_is_recalled_once_a_week_on_the_day_agreed(
    client: FlaskClient, home: Runtime, clock: TestClock
) -> None:
    words = "When the house is quiet I will put my feet up"
    said(client, "plan")
    assert "Which step" in said(client, words)
    assert "Tuesday" in said(client, "Tuesdays work, or Tuesday")
    recalled = [on for on, body in (next_evening(home, clock) for _ in range(5)) if words in body]
    assert [on.isoweekday() for on in recalled] == [2]
    assert rows(home.engine, OwnPlan)[0].recall_on == recalled[0] + timedelta(days=7)


def test_which_step_a_plan_is_for_is_asked_once_and_answered_by_its_name(client: FlaskClient, home: Runtime) -> None:
    said(client, "plan")
    said(client, "When the house is quiet I will do my thing")
    assert "Massage" in said(client, "massage")
    assert kept(home) == [("When the house is quiet I will do my thing", "massage")]
    said(client, "yoga")
    assert kept(home)[0][1] == "massage", "it is asked once"


@pytest.mark.parametrize(
    "words",
    [
        "After dinner I will end it",
        "When everyone is asleep I will go to sleep forever",
        "Después de cenar me voy a tomar todas las pastillas",
    ],
)
def test_danger_in_a_plan_is_a_crisis_and_no_plan(client: FlaskClient, home: Runtime, words: str) -> None:
    said(client, "plan")
    assert "988" in said(client, words)
    assert [one.kind for one in rows(home.engine, Flag)] == ["crisis"]
    assert not kept(home)


def test_a_plan_about_a_medicine_is_answered_as_medicine_is(client: FlaskClient, home: Runtime) -> None:
    said(client, "plan")
    said(client, "After I brush my teeth I will take my pramipexole")
    assert [one.kind for one in rows(home.engine, Flag)] == ["medical"]
    assert not kept(home)


def test_a_stop_is_a_stop_while_a_plan_is_asked_for(client: FlaskClient, home: Runtime) -> None:
    said(client, "plan")
    assert "no more texts" in said(client, "stop texting me")


@pytest.mark.parametrize(
    ("words", "flagged"),
    [
        ("After dinner I will take two ibuprofen", False),
        ("After dinner I will look at www.example.com", False),
        ("After dinner I will call +1 415 555 0123", False),
        ("After dinner I will walk " + "around the block and " * 5 + "home", False),
        ("After dinner I will finish it", True),
    ],
)
def test_what_may_not_stand_in_a_text_goes_to_a_coach_and_they_are_told_kindly(
    client: FlaskClient, home: Runtime, words: str, flagged: bool
) -> None:
    said(client, "plan")
    assert said(client, words).startswith("Thank you.")
    assert last_reply(home).for_coach
    assert not kept(home)
    assert [one.kind for one in rows(home.engine, Flag)] == (["read"] if flagged else [])
    said(client, PLAN)
    assert bool(kept(home)) is not flagged, "the question stays open, but not beside a flag"


def test_a_plan_is_changed_and_ended_by_text(client: FlaskClient, home: Runtime, clock: TestClock) -> None:
    said(client, "plan")
    said(client, PLAN)
    assert "one sentence" in said(client, "change my plan")
    said(client, "Before bed I'll take a warm bath")
    assert kept(home) == [("Before bed I'll take a warm bath", "warm-bath")]
    assert "no more plans" in said(client, "No more plans, please")
    assert kept(home) == []
    [one] = rows(home.engine, Enrolment)
    assert (one.plans, one.plan_due_on, one.status, one.held_for) == (None, None, "active", None)
    for _ in range(2):
        assert "text one like" not in next_evening(home, clock)[1]


def test_a_sentence_like_a_plan_is_none_unless_one_was_asked_for(
    client: FlaskClient, home: Runtime, clock: TestClock
) -> None:
    said(client, "plan")
    clock.forward(hours=21)
    said(client, PLAN)
    assert not kept(home)


def test_my_plan_in_a_crisis_is_no_request_for_one(client: FlaskClient, home: Runtime) -> None:
    said(client, "I want to kill myself")
    said(client, "my own plan")
    assert rows(home.engine, Enrolment)[0].plans is None


@pytest.mark.parametrize("wish", ["my own plan", "mi plan"])
def test_asking_for_a_plan_beside_other_texts_alarms_nobody(client: FlaskClient, home: Runtime, wish: str) -> None:
    said(client, "4")
    said(client, wish)
    said(client, "pause 2")
    assert not rows(home.engine, Flag)
    assert rows(home.engine, Enrolment)[0].plans == "on"


def test_a_plan_changes_no_draw(client: FlaskClient, home: Runtime, clock: TestClock) -> None:
    said(client, "plan")
    said(client, PLAN)
    next_evening(home, clock)
    [decided] = rows(home.engine, Decision)
    assert decided.draw == home.keys.draw(decided.enrolment_id, decided.slot, decided.local_on, "strategy")
    assert replay(logged_from(decided)).agrees


@pytest.mark.parametrize(
    "words", ["What's my plan?", "show me my plan please", "¿Cuál es mi plan?", "recuérdame mi plan"]
)
def test_who_asks_for_a_plan_that_is_not_there_learns_how_to_make_one(
    client: FlaskClient, home: Runtime, words: str
) -> None:
    assert "text: plan" in said(client, words)
    assert rows(home.engine, Enrolment)[0].plans is None
    said(client, "plan")
    said(client, PLAN)
    assert PLAN in said(client, words)

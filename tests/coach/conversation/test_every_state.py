"""An emergency in every state of a number, explored exhaustively, and invariants that must always hold."""

import pytest
from sqlalchemy import update

from coach.conversation.receive import InboundText
from coach.conversation.unapplied import receive
from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from schedules.gateway.protocol import MemoryGateway
from tests.support import TestClock, enrol, person, rows, say, staff, tick
from tests.worlds import Story, Worlds

PHONE = "+14155550001"
DANGERS = {
    "crisis": ("I want to kill myself", "988"),
    "in Spanish": ("me quiero morir", "988"),
    "by ear": ("i swallowed 30 pills an hour ago", "988"),
    "somebody else": ("my husband says he will kill me tonight", "988"),
    "urgent": ("crushing chest pain and i cant breathe", "911"),
}
KIND = {"urgent": "urgent"}


def invited(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), confirmed=False)
    clock.forward(hours=6)
    tick(runtime)


def active(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    clock.forward(hours=10)
    tick(runtime)
    clock.forward(minutes=5)


def answered(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "4 yes")


def paused(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "pause 3")


def stopped(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "STOP")


def asked_whether_to_stop(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "too many texts")


def held_for_somebody_else(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "sorry wrong number")


def flooding(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    for word in ("asdf", "qwer", "zxcv", "uiop", "hjkl", "bnm", "tyui"):
        say(runtime, PHONE, word)


def ended(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(status="ended", next_due_at=None, next_due_on=None))


def in_two_clinics(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), clinic="Other")
    active(runtime, clock)


def after_another_step(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "another step")


def after_a_time_was_offered(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "That's late, 8:30?")


STATES: dict[str, Story] = {
    one.__name__: one
    for one in (
        *(invited, active, answered, paused, stopped, asked_whether_to_stop, held_for_somebody_else, flooding, ended),
        *(in_two_clinics, after_another_step, after_a_time_was_offered),
    )
}


def texted(runtime: Runtime) -> int:
    assert isinstance(runtime.gateway, MemoryGateway)
    return sum(text.to == PHONE for text in runtime.gateway.taken)


@pytest.mark.parametrize("danger", DANGERS)
@pytest.mark.parametrize("state", STATES)
def test_danger_is_answered_flagged_and_holds_in_every_state(
    runtime: Runtime, clock: TestClock, worlds: Worlds, state: str, danger: str
) -> None:
    worlds.begin(STATES[state], runtime, clock)
    words, line = DANGERS[danger]

    answer = say(runtime, PHONE, words)

    assert answer is not None
    assert line in answer
    assert "number 0-10" not in answer
    kinds = [flag.kind for flag in rows(runtime.engine, Flag) if flag.acknowledged_at is None]
    assert KIND.get(danger, "crisis") in kinds
    assert rows(runtime.engine, InboundReply)[-1].for_coach
    before = texted(runtime)
    for word in ("resume", "STOP", "START", "resume", "yes"):
        say(runtime, PHONE, word)
    clock.forward(days=1)
    tick(runtime)
    assert texted(runtime) == before, "nothing of our own accord until somebody has acknowledged it"


@pytest.mark.parametrize("danger", DANGERS)
def test_a_stranger_in_danger_gets_the_lines_and_a_flag_but_no_word_of_a_coach(runtime: Runtime, danger: str) -> None:
    words, line = DANGERS[danger]
    answer = say(runtime, "+14155550999", words)
    assert answer is not None
    assert line in answer
    assert "coach" not in answer
    [flag] = rows(runtime.engine, Flag)
    assert (flag.kind, flag.participant_id) == (KIND.get(danger, "crisis"), None)


@pytest.mark.parametrize("danger", DANGERS)
def test_a_coach_in_danger_is_helped_like_anyone_and_others_are_told(
    runtime: Runtime, clock: TestClock, danger: str
) -> None:
    staff(runtime, coach="+14155557001", lead="+14155557002")
    words, line = DANGERS[danger]
    assert line in (say(runtime, "+14155557001", words) or "")
    tick(runtime)
    assert isinstance(runtime.gateway, MemoryGateway)
    assert [text.to for text in runtime.gateway.taken] == ["+14155557002"], "whoever leads is paged"


def test_only_acknowledging_lets_the_texts_go_on(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "I want to kill myself")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Flag).values(acknowledged_at=clock()))
    before = texted(runtime)
    clock.forward(days=1)
    tick(runtime)
    assert texted(runtime) == before + 1


def test_a_swollen_leg_bars_what_it_speaks_against_until_a_coach_says_otherwise(
    runtime: Runtime, clock: TestClock
) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "one leg is swollen red and hot")
    assert "leg_swelling" in rows(runtime.engine, Enrolment)[0].exclude


def test_a_second_cry_for_help_within_the_hour_pages_nobody_twice_and_a_later_one_does(
    runtime: Runtime, clock: TestClock
) -> None:
    active(runtime, clock)
    for _ in range(5):
        assert "988" in (say(runtime, PHONE, "I want to kill myself") or "")
    assert len(rows(runtime.engine, Flag)) == 1
    clock.forward(hours=2)
    say(runtime, PHONE, "I want to kill myself")
    assert len(rows(runtime.engine, Flag)) == 2


def test_answers_that_bring_nothing_end_and_a_coach_is_told(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    answers = []
    for number in range(8):
        answers.append(say(runtime, PHONE, f"blorp {'x' * number} frum"))
        clock.forward(minutes=7)
    assert [answer is None for answer in answers] == [False] * 3 + [True] * 5
    assert [flag.kind for flag in rows(runtime.engine, Flag)] == ["read"]
    clock.forward(hours=2)
    assert "OK" in (say(runtime, PHONE, "STOP") or "OK")


def test_a_picture_is_told_of_and_answered(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    answer = receive(runtime.reception, InboundText("SMpicture", PHONE, "", None, 1), runtime.now())
    assert "picture" in (answer or "")
    [reply] = rows(runtime.engine, InboundReply)
    assert (reply.media, reply.for_coach) == (1, True)
    receive(runtime.reception, InboundText("SMpicture2", PHONE, "4 yes", None, 1), runtime.now())
    assert rows(runtime.engine, InboundReply)[-1].for_coach
    assert rows(runtime.engine, CheckIn)[0].score == 4


def test_a_short_code_is_never_answered(runtime: Runtime) -> None:
    assert say(runtime, "72345", "hello there, who is this?") is None
    assert say(runtime, "ACME", "Your code is 1234") is None


def test_an_answer_while_tonights_question_is_in_doubt_belongs_to_last_nights(
    runtime: Runtime, clock: TestClock
) -> None:
    active(runtime, clock)
    clock.forward(days=1)
    tick(runtime)
    with write_transaction(runtime.engine) as connection:
        newest = rows(runtime.engine, CheckIn)[-1]
        connection.execute(
            update(OutboxMessage).where(OutboxMessage.id == newest.outbox_message_id).values(state="unknown")
        )
    say(runtime, PHONE, "7 yes")
    first, second = rows(runtime.engine, CheckIn)
    assert (first.score, second.score) == (7, None)


def test_pause_stop_and_start_concern_every_enrolment_of_the_phone(runtime: Runtime, clock: TestClock) -> None:
    in_two_clinics(runtime, clock)
    say(runtime, PHONE, "pause 3")
    assert all(one.paused_until_on is not None for one in rows(runtime.engine, Enrolment))
    say(runtime, PHONE, "resume")
    assert all(one.paused_until_on is None for one in rows(runtime.engine, Enrolment))
    say(runtime, PHONE, "stop")
    assert {one.status for one in rows(runtime.engine, Enrolment)} == {"stopped"}
    answer = say(runtime, PHONE, "START")
    assert {one.status for one in rows(runtime.engine, Enrolment)} == {"active"}
    assert answer is None or "Clinic" in answer


@pytest.mark.parametrize("words", ["I'm back to no sleep", "my job interview, sent my resume today!"])
def test_while_we_ask_whether_to_stop_only_no_or_start_lets_the_texts_go_on(
    runtime: Runtime, clock: TestClock, words: str
) -> None:
    asked_whether_to_stop(runtime, clock)

    say(runtime, PHONE, words)
    assert [one.held_for for one in rows(runtime.engine, Enrolment)] == ["stop_or_not"]

    say(runtime, PHONE, "START")
    assert [one.held_for for one in rows(runtime.engine, Enrolment)] == [None]

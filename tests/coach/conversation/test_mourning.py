"""A death told by a relative, somebody who says the phone is theirs, and the hours after grave news."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.coach.conversation.test_every_state import PHONE, STATES
from tests.support import TestClock, rows, say

__all__ = ["evening"]  # a fixture

DEATHS = [
    *("Hi this is his wife. John passed away on Sunday", "this is her daughter, mom died this morning"),
    *("soy su hija, mi mamá murió ayer", "my husband died, this was his phone", "my brother died. stop texting him"),
]


@pytest.mark.parametrize("words", DEATHS)
@pytest.mark.parametrize("first", [None, "sorry wrong number", "I want to kill myself", "4 yes"])
def test_a_death_told_by_a_relative_gets_one_condolence_and_then_silence(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str | None, words: str
) -> None:
    if first:
        said(client, first)
    assert "We are so sorry. We have paused" in said(client, words)
    assert rows(evening.engine, Enrolment)[0].held_for == "someone_else"
    for later in (words, "it was very sudden", "thank you", "the flowers were from the neighbors"):
        clock.forward(minutes=20)
        assert said(client, later) == ""
    assert all(reply.for_coach for reply in rows(evening.engine, InboundReply) if reply.body == words)


@pytest.mark.parametrize("state", [state for state in STATES if state != "stopped"])
def test_in_every_state_a_death_gets_the_condolence(runtime: Runtime, clock: TestClock, state: str) -> None:
    STATES[state](runtime, clock)
    assert "so sorry" in (say(runtime, PHONE, DEATHS[0]) or "")
    assert say(runtime, PHONE, DEATHS[0]) is None


@pytest.mark.parametrize(
    "words", ["it's me", "soy yo", "its me again, it wasnt wrong number", "keep sending them", "resume"]
)
def test_who_says_the_phone_is_theirs_is_told_once_an_hour_that_a_coach_will_read_it(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "sorry wrong number")
    assert "Your coach will read this" in said(client, words)
    assert said(client, words) == ""
    clock.forward(hours=2)
    assert "Your coach will read this" in said(client, words)
    assert rows(evening.engine, Enrolment)[0].held_for == "someone_else"


def test_it_is_me_from_somebody_not_held_holds_nothing(client: FlaskClient, evening: Runtime) -> None:
    assert "paused" not in said(client, "soy yo")
    assert rows(evening.engine, Enrolment)[0].held_for is None


def test_after_news_of_a_death_an_unclear_text_is_met_without_a_question(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "4 yes")
    assert "sorry for your loss" in said(client, "my dad died")
    assert "Your coach will read this" in said(client, "the service is blorp frum")
    clock.forward(hours=1)
    assert said(client, "mmm blorp") == ""
    assert rows(evening.engine, InboundReply)[-1].for_coach
    clock.forward(hours=12)
    assert "coach" in said(client, "mmm blorp")


def test_an_answer_after_news_of_a_death_is_recorded(client: FlaskClient, evening: Runtime) -> None:
    said(client, "my dad died")
    said(client, "4 yes")
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (4, True)

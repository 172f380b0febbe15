"""Somebody looks on, found the phone or tracks it: nothing is named. After silence, a plea and a STOP are heard."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

LOOKED_ON = [
    *("he's looking over my shoulder so yes 4 all good", "delete this after you read it", "not safe to talk"),
    *("forget what I said, he found the phone", "he's put a tracker on this phone", "no es seguro hablar"),
    "please only write about legs from now on. not the other thing",
]


@pytest.mark.parametrize("words", LOOKED_ON)
@pytest.mark.parametrize("first", ["I want to kill myself", ""])
def test_a_phone_that_somebody_looks_at_is_named_nothing_and_not_to_be_called(
    client: FlaskClient, evening: Runtime, words: str, first: str
) -> None:
    if first:
        said(client, first)
    answer = said(client, words)
    assert answer
    assert not [word for word in ("988", "suicid", "leg") if word in answer.lower()]
    assert "Do not call" in rows(evening.engine, InboundReply)[-1].reading["why"]


def test_a_time_asked_for_because_the_phone_angers_somebody_is_changed_and_shown(
    client: FlaskClient, evening: Runtime
) -> None:
    assert "8:00pm" in said(client, "text me at 8pm instead, he goes mad when the phone buzzes")
    assert f"{rows(evening.engine, Enrolment)[0].evening_at:%H:%M}" == "20:00"
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    assert "Do not call" in rows(evening.engine, InboundReply)[-1].reading["why"]


@pytest.mark.parametrize("words", ["are you there", "it's Ruth. he's gone to work. can someone ring the clinic for me"])
def test_a_plea_after_silence_is_answered_neutrally_and_flagged_anew(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "my husband reads these. please dont reply")
    clock.forward(days=3)
    answer = said(client, words)
    assert "911" in answer
    assert not [word for word in ("suicid", "violence", "leg", "clinic") if word in answer.lower()]
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read", "crisis"]


def test_whatever_else_comes_after_silence_is_shown_as_new(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "my husband reads these. please dont reply")
    clock.forward(days=3)
    assert said(client, "what now") == ""
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read", "read"]


def test_a_bare_stop_after_silence_is_confirmed_and_shown(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "my husband reads these. please dont reply")
    clock.forward(days=3)
    assert "stopped" in said(client, "STOP")
    assert len(rows(evening.engine, Suppression)) == 1
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read", "read"]


def test_silence_nobody_asked_for_is_not_called_a_request(client: FlaskClient, evening: Runtime) -> None:
    said(client, "My husband reads these. Please be careful what you send")
    assert said(client, "who is this") == ""
    why = rows(evening.engine, InboundReply)[-1].reading["why"]
    assert "They asked us not to write back" not in why
    assert "We do not write back" in why

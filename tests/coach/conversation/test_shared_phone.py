"""Where somebody else may read along, no answer says what was written, and coaches are told not to call."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply, MailMessage
from coach.runtime import Runtime
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows, staff, tick

__all__ = ["evening"]  # a fixture

TELLING = ("violence", "domestic", "suicid", "leg", "pills", "hurt", "violencia", "morir", "piernas")
SHARED = [
    "my husband says he will kill me tonight",
    "I want to kill myself. my wife reads my texts",
    "mi pareja tiene una pistola y me quiere matar, no me llamen",
    "he has a gun. don't call me",
]


@pytest.mark.parametrize("words", SHARED)
def test_the_answer_names_the_emergency_number_and_nothing_else(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    answer = said(client, words)
    assert "911" in answer
    assert not [word for word in TELLING if word in answer.lower()]
    later = said(client, "are you there")
    assert "911" in later
    assert not [word for word in TELLING if word in later.lower()]
    assert "988" not in later


@pytest.mark.parametrize("words", SHARED)
@pytest.mark.parametrize("stop", [False, True])
def test_the_page_says_not_to_call(client: FlaskClient, evening: Runtime, words: str, stop: bool) -> None:
    staff(evening, coach="+14155557001", lead="+14155557002")
    said(client, words)
    if stop:
        said(client, "STOP")
    tick(evening)
    paged = [one.body for one in rows(evening.engine, OutboxMessage) if one.kind == "page"]
    mails = [one.body for one in rows(evening.engine, MailMessage) if one.kind == "page"]
    assert paged
    for body in (*paged, *mails):
        assert "Do not call" in body
        assert "Call them" not in body


def test_that_somebody_reads_along_is_told_to_a_coach_and_later_danger_is_answered_neutrally(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    answer = said(client, "4 yes. my husband reads my texts")
    assert not [word for word in TELLING if word in answer.lower()]
    assert rows(evening.engine, CheckIn)[-1].score == 4
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    assert "Do not call" in rows(evening.engine, InboundReply)[-1].reading["why"]
    clock.forward(days=2)
    answer = said(client, "I want to kill myself")
    assert "911" in answer
    assert not [word for word in TELLING if word in answer.lower()]

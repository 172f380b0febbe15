""" "Stop, he's here": nothing more is texted to this phone, and coaches are paged anew in a violence crisis."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows, tick

__all__ = ["evening"]  # a fixture

COME = ["stop, he's here", "para, ya llegó", "stop he is back", "not now he just got home", "ya no, está aquí"]


@pytest.mark.parametrize("words", COME)
def test_in_a_violence_crisis_it_pages_anew_and_texts_nothing(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "my husband says he will kill me tonight")
    clock.forward(minutes=5)
    assert said(client, words) == ""
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "crisis"]
    reply = rows(evening.engine, InboundReply)[-1]
    assert reply.for_coach
    assert "Do not call" in reply.reading["why"]
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0


@pytest.mark.parametrize("words", COME)
def test_without_a_crisis_it_is_met_with_silence_and_shown_today(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    assert said(client, words) == ""
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0


def test_a_stop_beside_it_is_carried_out(client: FlaskClient, evening: Runtime) -> None:
    said(client, "stop, he's here")
    assert len(rows(evening.engine, Suppression)) == 1


@pytest.mark.parametrize("words", ["STOP", "stop, the plumber is here"])
def test_any_other_stop_is_confirmed(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "START" in said(client, words)
    assert rows(evening.engine, Flag) == []

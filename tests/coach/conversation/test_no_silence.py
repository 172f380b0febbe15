"""What was met with silence or "I didn't catch that" gets one fitting line, and a coach sees it."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, enrol, person, rows, tick

__all__ = ["evening"]  # a fixture

TOLD = {
    "tell the coach to call me": "what you asked for",
    "diganle al coach que me llame": "what you asked for",
    "no quiero lo de la respiración": "we leave this one out",
    "dont stop sending em theyre all ive got": "go on as before",
    "no dejen de escribirme por favor": "go on as before",
    "is this a robot or a person": "coach",
    "mañana no puedo contestar porque trabajo de noche": "Your coach will see this",
    "quit the coffee stuff": "what you asked for",
    "Stop. Kidding!": "go on as before",
}


@pytest.mark.parametrize("words", TOLD)
def test_a_wish_or_news_gets_one_line_and_reaches_a_coach(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert TOLD[words] in said(client, words)
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert rows(evening.engine, Enrolment)[0].held_for is None


@pytest.mark.parametrize("words", ["YES", "I want back in", "quiero volver", "yes please"])
def test_after_a_stop_whoever_wants_back_is_told_how(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "stop texting me")
    assert "START" in said(client, words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("yes but i don't want texts on sundays", "Reply YES alone"),
        ("si pero no los domingos", "Responde solo con SÍ"),
    ],
)
def test_a_yes_with_a_wish_before_the_start_is_not_lost(
    client: FlaskClient, signed: Runtime, clock: TestClock, words: str, says: str
) -> None:
    enrol(signed, person(1), confirmed=False)
    clock.forward(hours=6)
    tick(signed)
    assert says in said(client, words)
    assert [one.status for one in rows(signed.engine, Enrolment)] == ["invited"]
    assert rows(signed.engine, InboundReply)[-1].for_coach


def test_a_time_that_is_too_late_changes_nothing(client: FlaskClient, evening: Runtime) -> None:
    assert "What time" in said(client, "wait, 8:45 is too late, other way around, before supper")
    assert str(rows(evening.engine, Enrolment)[0].evening_at) == "20:00:00"

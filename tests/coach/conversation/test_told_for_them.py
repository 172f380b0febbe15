"""Good news, and answers told by somebody who helps: no condolence, no "wrong number", nothing counted."""

import pytest
from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture


def held(runtime: Runtime) -> str | None:
    found: str | None = rows(runtime.engine, Enrolment)[0].held_for
    return found


def test_good_news_is_noted_without_a_condolence(client: FlaskClient, evening: Runtime) -> None:
    assert "sorry" not in (answer := said(client, "Mom passed the swallow test! coming home friday"))
    assert "Your coach will see this" in answer
    assert (held(evening), rows(evening.engine, Flag)) == (None, [])


def test_a_planned_surgery_told_by_a_relative_pauses_the_texts_without_a_condolence(
    client: FlaskClient, evening: Runtime
) -> None:
    answer = said(client, "Maria is in the hospital getting her knee done, this is her daughter Beth. please hold")
    assert "We have paused texts" in answer
    assert "so sorry" not in answer
    assert held(evening) == "someone_else"
    assert "Your coach will see this" in said(client, "she is fine, surgery went well!!")


RELAYED = [
    *("Hola, soy el esposo de Maria, ella esta durmiendo ya. Me dijo que un 4", "Maria's aide here, she says 6"),
    "this is Maria's son Luis. she can't see the screen well so I type for her. legs 5, did it",
    "This is Maria's daughter, she wants me to tell you 3 and yes",
]
TAKEN_OVER = ["this is her husband, who is this", "Maria's daughter here. wrong number", "soy el esposo de Maria"]


@pytest.mark.parametrize("words", RELAYED)
def test_an_answer_told_by_a_helper_is_noted_for_the_coach_and_the_texts_go_on(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "Your coach will see this" in said(client, words).replace("Su coach verá esto", "Your coach will see this")
    assert (held(evening), last_check_in(evening).score) == (None, None)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    said(client, "Soy Maria, perdon mi marido contesto por mi. Quiero seguir. Un 4")
    assert (held(evening), last_check_in(evening).score) == (None, 4)


@pytest.mark.parametrize("words", TAKEN_OVER)
def test_somebody_else_who_tells_no_answer_holds_the_texts(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert held(evening) == "someone_else"
    said(client, "Soy Maria, perdon mi marido contesto por mi. Quiero seguir. Un 4")
    assert (held(evening), last_check_in(evening).score) == ("someone_else", None)

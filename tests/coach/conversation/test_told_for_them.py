"""Good news, and answers told by somebody who helps: no condolence, no "wrong number", nothing counted."""

from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
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

"""A step left out by text comes back by text; one that a coach has barred does not."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture


def left_out(runtime: Runtime) -> list[str]:
    found: list[str] = rows(runtime.engine, Enrolment)[0].exclude
    return found


@pytest.mark.parametrize(
    "words", ["bring back the yoga", "I'd like the yoga ones again please", "mándenme otra vez lo del yoga"]
)
def test_who_left_a_step_out_has_it_back_for_the_asking(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "stop sending me the yoga ones")
    assert left_out(evening) == ["gentle-yoga"]
    assert "back among your ideas" in said(client, words)
    assert left_out(evening) == []
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_an_answer_beside_it_counts(client: FlaskClient, evening: Runtime) -> None:
    said(client, "no more yoga")
    said(client, "4 yes. please bring back the yoga")
    assert (left_out(evening), last_check_in(evening).score) == ([], 4)


def test_what_a_coach_has_barred_is_for_the_coach(client: FlaskClient, evening: Runtime) -> None:
    with write_transaction(evening.engine) as connection:
        connection.execute(update(Enrolment).values(exclude=["gentle-yoga"]))
    assert "Your coach will see" in said(client, "bring back the yoga")
    assert left_out(evening) == ["gentle-yoga"]


def test_more_of_this_goes_to_a_coach(client: FlaskClient, evening: Runtime) -> None:
    assert "Your coach will see" in said(client, "More of this please")
    assert rows(evening.engine, InboundReply)[-1].for_coach

"""That somebody walked is a yes about a walk, and about no other step; a step of another day is no answer."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import Decision
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture


def asked_about(runtime: Runtime, strategy: str) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Decision).values(action=strategy))


@pytest.mark.parametrize(
    ("step", "words", "done"),
    [
        ("massage", "legs were 5, we walked the beach", None),
        ("mindfulness", "walked the dog with my neighbor. legs 6", None),
        ("evening-walk", "walked the dog with my neighbor. legs 6", True),
        ("daytime-activity", "legs were 5, we walked the beach", True),
        ("massage", "5 yes walked a bit", True),
        ("massage", "walked and did it. 5", True),
    ],
)
def test_walking_counts_for_a_walk(
    client: FlaskClient, evening: Runtime, step: str, words: str, done: bool | None
) -> None:
    asked_about(evening, step)
    said(client, words)
    assert last_check_in(evening).score in (5, 6)
    assert last_check_in(evening).habit is done


@pytest.mark.parametrize(
    ("words", "score"),
    [
        *(("did the stretching on Sunday", None), ("yes did it on Friday", None), ("did my stretches saturday, 4", 4)),
        *(("did it the other night", None), ("didn't do it on sunday", None), ("hice el paso antier. 5", 5)),
        *(("hice los estiramientos el domingo", None), ("did the step last week, legs 6", 6)),
    ],
)
def test_a_step_of_another_day_is_recorded_on_no_night_and_seen_by_a_coach(
    client: FlaskClient, evening: Runtime, words: str, score: int | None
) -> None:
    said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (score, None)
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize(
    "words",
    [
        *(
            "did the stretching on Monday",
            "yes monday night",
            "did it last night and sunday too",
            "hice el paso el lunes",
        ),
        *("I walk every sunday, yes 3", "yes. going away sunday", "4 yes. see my doctor friday"),
    ],
)
def test_the_night_that_was_asked_about_may_be_named(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert last_check_in(evening).habit is True

"""That somebody walked is a yes about a walk, and about no other step."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import Decision
from tests.coach.conversation.test_conversations import evening, last_check_in, said

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

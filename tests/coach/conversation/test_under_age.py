"""A child on this phone: the texts are held, and a coach is told why, today."""

import pytest
from flask.testing import FlaskClient

from coach.adherence.standings import load_standings
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

CHILDREN = ["im 16 btw", "tengo 15 años", "i'm 17 years old", "i am not 18 yet", "acabo de cumplir 17"]


@pytest.mark.parametrize("words", CHILDREN)
def test_whoever_is_under_age_is_held_and_shown_with_a_reason_of_its_own(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, words)
    assert [one.held_for for one in rows(evening.engine, Enrolment)] == ["someone_else"]
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    ids = [one.id for one in rows(evening.engine, Participant)]
    with read_transaction(evening.engine) as connection:
        reasons = load_standings(connection, ids, clock())[ids[0]].judgement.reasons
    assert "under 18" in reasons[0]


@pytest.mark.parametrize("words", ["i am 66", "my grandson is 16", "i walked 16 minutes", "tengo 65 años"])
def test_an_age_that_is_no_childs_of_their_own_holds_nothing(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert [one.held_for for one in rows(evening.engine, Enrolment)] == [None]

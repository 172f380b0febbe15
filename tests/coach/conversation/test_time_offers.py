"""A yes after the offer of a time sets the time, and is no answer about a step."""

import pytest
from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture


@pytest.mark.parametrize("words", ["yes", "yes that's fine", "sí, está bien"])
def test_agreeing_to_an_offered_time_sets_it_and_records_no_step(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    before = rows(evening.engine, Enrolment)[0].evening_at
    offered = said(client, "can you text me at 11pm instead?")
    assert "Reply YES" in offered
    said(client, words)
    assert last_check_in(evening).habit is None
    assert rows(evening.engine, Enrolment)[0].evening_at != before


def test_a_deed_is_an_answer_whatever_was_offered(client: FlaskClient, evening: Runtime) -> None:
    said(client, "can you text me at 11pm instead?")
    said(client, "yes did it")
    assert last_check_in(evening).habit is True

"""A text in danger changes no record, unless it has the form our texts ask for."""

import pytest
from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture

WORRIES = ["make it stop. please. I cant do another night of this", "i cant do this anymore, i just cant"]


@pytest.mark.parametrize("words", WORRIES)
def test_a_cry_for_help_is_no_step_not_done(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "988" in said(client, words)
    assert [flag.holds or flag.kind == "crisis" for flag in rows(evening.engine, Flag)] == [True]
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)


def test_in_an_open_crisis_it_is_no_step_not_done_either(client: FlaskClient, evening: Runtime) -> None:
    said(client, "I want to kill myself")
    said(client, "i couldnt do it, my sister came")
    assert last_check_in(evening).habit is None


def test_a_score_and_a_plain_no_beside_a_worry_or_an_emergency_are_recorded(
    client: FlaskClient, evening: Runtime
) -> None:
    said(client, "9 no. crushing chest pain and i cant breathe")
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (9, False)


def test_a_crisis_records_nothing_even_beside_an_answer(client: FlaskClient, evening: Runtime) -> None:
    said(client, "9 no. I want to kill myself")
    assert [(one.score, one.habit) for one in rows(evening.engine, CheckIn)][-1] == (None, None)

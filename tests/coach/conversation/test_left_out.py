"""A step that somebody wants no more is offered no more, by their own words."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture

WISHES = {
    "I don't have a bathtub": ("warm-bath", "Warm"),
    "no more baths": ("warm-bath", "Warm"),
    "stop sending me the yoga ones": ("gentle-yoga", "yoga"),
    "please leave out the naps": ("short-naps", "nap"),
    "no yoga steps please": ("gentle-yoga", "yoga"),
    "ya no me manden lo de la siesta": ("short-naps", "nap"),
    "no tengo tina": ("warm-bath", "Warm"),
    "quítenme lo del café": ("caffeine", "caffeine"),
}
NO_WISHES = ["no bath last night", "no more coffee", "i had no bath", "did not walk", "no walk tonight, knee hurts"]


@pytest.mark.parametrize("words", WISHES)
def test_a_step_nobody_wants_is_left_out_and_the_phone_is_told(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    strategy, title = WISHES[words]
    answer = said(client, words)
    assert "leave this one out" in answer
    assert title in answer
    [one] = rows(evening.engine, Enrolment)
    assert strategy in one.exclude
    assert one.held_for is None
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert not rows(evening.engine, Suppression)
    assert last_check_in(evening).habit is None


def test_an_answer_beside_it_counts(client: FlaskClient, evening: Runtime) -> None:
    assert "leave this one out" in said(client, "i dont have a tub lol. 4 yes")
    assert last_check_in(evening).score == 4


@pytest.mark.parametrize("words", NO_WISHES)
def test_what_was_not_done_is_no_wish(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert rows(evening.engine, Enrolment)[0].exclude == []

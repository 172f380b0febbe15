"""The same answer once more: alone it changes nothing, with words beside it a person reads them."""

from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture
CHATTY = "hi there. long night here on the ward too. 5"


def test_a_story_beside_the_same_answer_reaches_a_coach(client: FlaskClient, evening: Runtime) -> None:
    said(client, "5 yes")
    assert "coach" in said(client, CHATTY)
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (5, True)


def test_the_same_answer_with_thanks_needs_nobody(client: FlaskClient, evening: Runtime) -> None:
    said(client, "5 yes")
    assert said(client, "5 yes, thank you") == ""
    assert not rows(evening.engine, InboundReply)[-1].for_coach


def test_another_night_by_its_date_goes_to_a_coach_and_changes_no_score(client: FlaskClient, evening: Runtime) -> None:
    said(client, "4 yes")
    said(client, "actually the 4th was worse than i said, that was a 9")
    assert last_check_in(evening).score == 4
    assert rows(evening.engine, InboundReply)[-1].for_coach

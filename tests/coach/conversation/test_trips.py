"""A break told ahead with its beginning and its end: skipped at once where it is near, shown to a coach where not."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture: Tuesday, 3 March

NEAR = {
    "I'm in Japan from Friday for 2 weeks": 20,
    "away 3 to 17 March": 17,
    "out of town march 4 - 9": 9,
    "we're away from the 5th to the 17th": 17,
    "gone from Thursday for 5 days": 10,
    "back on the 12th": 12,
    "estoy de viaje del 5 al 15 de marzo": 15,
    "de vacaciones desde el viernes por dos semanas": 20,
    "fuera del 4 al 10 de marzo": 10,
    "vuelvo el 12": 12,
}


@pytest.mark.parametrize("words", NEAR)
def test_a_break_that_begins_within_days_is_skipped_until_its_end(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "Mar" in said(client, words)
    assert rows(evening.engine, Enrolment)[0].paused_until_on == date(2026, 3, NEAR[words])
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)


@pytest.mark.parametrize(
    "words", ["away 20 to 30 March", "traveling March 30 to April 4", "fuera del 20 al 28 de marzo"]
)
def test_a_later_break_goes_to_a_coach_and_the_texts_go_on(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "coach" in said(client, words)
    assert rows(evening.engine, Enrolment)[0].paused_until_on is None
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize(
    "words",
    [
        *("4 to 5", "went from a 3 to a 7", "I'm in pain from 9 to 11 every night", "out for a walk from 5 to 6. yes"),
        *("pain from friday for 2 days, 6 no", "I was away from the 3rd grade play, 4 yes", "me dolió de 3 a 5"),
    ],
)
def test_other_numbers_and_days_pause_nothing(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert rows(evening.engine, Enrolment)[0].paused_until_on is None

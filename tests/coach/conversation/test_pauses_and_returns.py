"""Until when a pause lasts, and who comes back from it."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture; it is Tuesday evening, March 3rd

UNTIL = {
    "hold the texts till thursday": date(2026, 3, 5),
    "my sister's surgery is tuesday, can you hold the texts till thursday": date(2026, 3, 5),
    "unpause sunday": date(2026, 3, 8),
    "resume in april": date(2026, 4, 1),
    "don't text me tomorrow i have surgery": date(2026, 3, 5),
    "pause until march 20": date(2026, 3, 20),
}


def paused_until(runtime: Runtime) -> date | None:
    found: date | None = rows(runtime.engine, Enrolment)[0].paused_until_on
    return found


@pytest.mark.parametrize("words", UNTIL)
def test_a_pause_lasts_until_the_day_it_names(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert paused_until(evening) == UNTIL[words]


def test_a_pause_for_a_surgery_is_none_to_enjoy_and_reaches_a_coach(client: FlaskClient, evening: Runtime) -> None:
    assert "Enjoy" not in said(client, "don't text me tomorrow i have surgery")
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize(
    "words", ["Actually don't skip it", "unskip", "back please", "sí, sigan hoy", "pause 0", "resume"]
)
def test_whoever_wants_the_texts_back_gets_them(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "pause 3")
    assert "back" in said(client, words)
    assert paused_until(evening) is None
    assert last_check_in(evening).habit is None


def test_the_end_of_a_pause_can_be_put_right(client: FlaskClient, evening: Runtime) -> None:
    said(client, "pause until march 10")
    said(client, "i meant march 20th")
    assert paused_until(evening) == date(2026, 3, 20)


def test_pausing_for_ever_may_be_a_stop_and_for_no_day_is_none(client: FlaskClient, evening: Runtime) -> None:
    assert "go on as before" in said(client, "pause 0")
    assert paused_until(evening) is None
    assert "STOP or NO" in said(client, "pause forever")


def test_what_is_said_of_a_weekend_is_left_to_a_coach_before_friday(client: FlaskClient, evening: Runtime) -> None:
    assert "Your coach will see" in said(client, "este fin de semana no me escriban")
    assert paused_until(evening) is None


@pytest.mark.parametrize("words", ["pause this week, the house is quiet since Ana left", "pausa una semana, me operan"])
def test_a_pause_with_other_news_is_confirmed_without_cheer(client: FlaskClient, evening: Runtime, words: str) -> None:
    answer = said(client, words)

    assert "Enjoy" not in answer
    assert "descanses" not in answer
    assert paused_until(evening) is not None
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_a_plain_pause_is_confirmed_kindly_and_needs_nobody(client: FlaskClient, evening: Runtime) -> None:
    assert "Enjoy" in said(client, "pause 3")
    assert not rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize(
    "words",
    [
        "I've been giving my things away this week, feels good to have it sorted",
        "skip me this week, I won't be around, ever",
        "pause this week, my wife found me in the garage",
    ],
)
def test_a_warning_told_as_a_pause_gets_the_help_lines(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "988" in said(client, words)


def test_a_stroke_told_beside_a_stop_gets_911_and_the_stop(client: FlaskClient, evening: Runtime) -> None:
    assert "911" in said(client, "stop, my arm's gone numb and I can't speak right")
    assert rows(evening.engine, Enrolment)[0].status == "stopped"

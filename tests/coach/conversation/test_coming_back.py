"""A wish to go on from somebody who is active, paused or stopped."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture


def paused_until(runtime: Runtime) -> date | None:
    until: date | None = rows(runtime.engine, Enrolment)[0].paused_until_on
    return until


@pytest.mark.parametrize(
    ("words", "answer"),
    [("empieza de nuevo: 2 sí", (2, True)), ("start over: 5 no", (5, False)), ("resume 4 yes", (4, True))],
)
def test_from_somebody_active_an_answer_beside_it_is_recorded_and_echoed(
    client: FlaskClient, evening: Runtime, words: str, answer: tuple[int, bool]
) -> None:
    reply = said(client, words)
    assert "START" not in reply
    assert f"egs {answer[0]}" in reply
    assert (last_check_in(evening).score, last_check_in(evening).habit) == answer


def test_from_somebody_active_without_an_answer_nobody_is_told_to_reply_start(
    client: FlaskClient, evening: Runtime
) -> None:
    assert "START" not in said(client, "my job interview, sent my resume today!")


@pytest.mark.parametrize("answered", [False, True])
def test_while_paused_an_uncertain_return_resumes_and_the_answer_is_kept(
    client: FlaskClient, evening: Runtime, answered: bool
) -> None:
    if answered:
        said(client, "3 yes")
    said(client, "pause 3")
    assert "Good to have you back" in said(client, "actually im back, slept ok. 3")
    assert paused_until(evening) is None
    assert last_check_in(evening).score == 3


@pytest.mark.parametrize("words", ["make it another week", "make it 2 weeks", "not yet please"])
def test_while_paused_a_wish_for_longer_goes_to_a_coach_and_ends_nothing(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "pause 3")
    assert "Your coach will read this" in said(client, words)
    assert paused_until(evening) == date(2026, 3, 7)
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_a_pause_for_a_funeral_is_made_longer_and_not_cheerful(client: FlaskClient, evening: Runtime) -> None:
    said(client, "pause 3")
    answer = said(client, "keep it off till the funeral")
    assert "so sorry for your loss" in answer
    assert "Enjoy" not in answer
    assert (paused_until(evening) or date.min) > date(2026, 3, 7)
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_while_paused_another_week_is_added_to_the_pause(client: FlaskClient, evening: Runtime) -> None:
    said(client, "pause 3")
    said(client, "pause another week")
    assert paused_until(evening) == date(2026, 3, 14)


def test_while_paused_an_answer_is_an_answer_and_the_pause_stays(client: FlaskClient, evening: Runtime) -> None:
    said(client, "pause 3")
    said(client, "4 yes")
    assert (rows(evening.engine, CheckIn)[-1].score, paused_until(evening)) == (4, date(2026, 3, 7))


ASKS_BACK = [
    *("oh didnt mean stop the texts", "didnt want you to stop", "no quería parar los mensajes", "wait come back"),
    *("I miss the texts", "can you text me again", "i want my evening texts again", "why did you stop texting me"),
    *("Extraño los mensajes", "cambié de opinión, quiero seguir", "me pueden mandar mensajes otra vez", "yes"),
]


@pytest.mark.parametrize("words", ASKS_BACK)
def test_whoever_asks_back_after_a_stop_is_told_each_time_how_and_a_coach_sees_it(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "STOP")
    assert ["START" in said(client, words) for _ in range(4)] == [True, True, True, False]
    assert all(reply.for_coach for reply in rows(evening.engine, InboundReply)[1:])
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    assert rows(evening.engine, Enrolment)[0].status == "stopped"


@pytest.mark.parametrize(
    "words",
    ["STOP", "stop texting me", "ok thanks", "the cat is on the sofa", "I don't miss the texts", "ya no me escriban"],
)
def test_other_texts_after_a_stop_are_left_in_silence(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "STOP")
    assert said(client, words) == ""

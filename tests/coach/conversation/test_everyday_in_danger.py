"""Everyday texts while a danger is open: kept for the coach under the open flag, answered calmly, no new page."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

SELF_HARM, STROKE = "I want to kill myself", "crushing chest pain and i cant breathe"
EVERYDAY = [
    *(
        "legs 3 tonight, did my stretches 😀",
        "did my stretches",
        "walked 20 minutes after supper",
        "sí hice la caminata",
    ),
    *("good morning!", "thanks for the tip", "have a good weekend", "sounds good", "buenas noches", "hasta mañana"),
    *("bye for now", "i'm ready for bed", "im ok now", "ya me siento mejor, gracias", "me tomé un té de manzanilla"),
    *("we counted the birds at the feeder", "making soup, so many onions", "ya está lista la cena"),
    *("got a letter from my granddaughter", "what time is tomorrow's text", "it's over 90 degrees here lol"),
]
STILL_PAGES = [
    *("did it", "ya lo hice", "goodbye", "took them all, ready for bed", "have a good life", "bye everyone"),
    *("cuídense mucho", "i love you all", "so many of them", "counted them twice", "a letter for my daughter"),
    *("done with my stretches. goodbye", "good night, it's over", "I'm done"),
]
FULL_LINES = ("glad you said this", "Mereces apoyo", "don't have to get through this alone")


@pytest.mark.parametrize("words", EVERYDAY)
def test_an_everyday_text_in_an_open_crisis_gets_a_calm_answer_and_no_new_flag(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, SELF_HARM)
    clock.forward(hours=3)
    answer = said(client, words)
    assert answer
    assert not [line for line in FULL_LINES if line in answer]
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize("words", STILL_PAGES)
def test_what_may_be_the_deed_or_a_farewell_still_pages(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, SELF_HARM)
    clock.forward(hours=3)
    assert "988" in said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "crisis"]


@pytest.mark.parametrize(("danger", "number"), [(SELF_HARM, "988"), (STROKE, "911")])
def test_the_numbers_come_once_in_some_hours_and_a_chatty_day_opens_no_flag(
    client: FlaskClient, evening: Runtime, clock: TestClock, danger: str, number: str
) -> None:
    said(client, danger)
    clock.forward(hours=2)
    answers = []
    for place in range(12):
        answers.append(said(client, f"the cat is on sofa number {place}"))
        clock.forward(minutes=30)
    assert [place for place, answer in enumerate(answers) if number in answer] == [0, 9]
    assert len(rows(evening.engine, Flag)) == 1


def test_the_score_and_the_step_stay_with_the_text(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, SELF_HARM)
    clock.forward(hours=3)
    said(client, "legs 3 tonight, did my stretches 😀")
    kept = rows(evening.engine, InboundReply)[-1]
    assert (kept.score, kept.habit, kept.used_as) == (3, True, "volunteered")


@pytest.mark.parametrize("words", ["good morning!", "did my stretches", "talk to you tomorrow"])
def test_within_the_hour_everyday_words_get_no_lines_either(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, SELF_HARM)
    clock.forward(minutes=20)
    assert "Your coach will see this" in said(client, words)
    assert len(rows(evening.engine, Flag)) == 1

"""Danger that comes in several short texts is found by reading them together; ordinary chatter stays ordinary."""

import random

import pytest
from flask.testing import FlaskClient

from coach.conversation.joined_texts import EarlierText, is_danger, read_together
from coach.database.tables import InboundReply
from coach.runtime import Runtime
from coach.understanding import Asked, understand
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.conversation.test_every_state import PHONE, active, texted
from tests.coach.understanding.hands import replies
from tests.support import TestClock, rows, say, tick

__all__ = ["evening"]  # a fixture

PIECES = {
    "own pills": (("I took", "all of my pills", "goodbye everybody"), "988"),
    "a wish to die": (("4 yes", "i want to", "not be alive"), "988"),
    "an answer between": (("i swallowed", "4 yes", "the whole bottle of", "tylenol"), "911"),
    "a number between": (("i swallowed", "10", "sleeping pills"), "911"),
    "in Spanish": (("no quiero", "seguir", "viviendo"), "988"),
    "a stroke": (("one side of my", "face is all droopy"), "911"),
}


@pytest.mark.parametrize("pieces", PIECES)
def test_danger_in_several_texts_is_answered_paged_and_holds(
    client: FlaskClient, evening: Runtime, clock: TestClock, pieces: str
) -> None:
    texts, line = PIECES[pieces]
    answers = []
    for words in texts:
        answers.append(said(client, words))
        clock.forward(minutes=1)
    assert any(line in answer for answer in answers)
    assert {flag.kind for flag in rows(evening.engine, Flag)} & {"crisis", "urgent"}
    before = texted(evening)
    clock.forward(days=1)
    tick(evening)
    assert texted(evening) == before


def test_what_was_found_together_says_so_to_the_coach(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "I took")
    say(runtime, PHONE, "all of my pills")
    kept = rows(runtime.engine, InboundReply)[-1]
    assert (kept.intent, kept.for_coach) == ("crisis", True)
    assert "together" in kept.reading["why"]


def test_texts_further_apart_than_ten_minutes_are_not_joined(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "I took")
    clock.forward(minutes=11)
    say(runtime, PHONE, "all of my pills")
    assert "crisis" not in {flag.kind for flag in rows(runtime.engine, Flag)}


def test_texts_of_two_phones_are_not_joined(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, "+14155550999", "I took")
    say(runtime, PHONE, "all of my pills")
    assert "crisis" not in {flag.kind for flag in rows(runtime.engine, Flag)}


def test_an_unknown_number_in_pieces_is_helped_too(runtime: Runtime) -> None:
    say(runtime, "+14155550999", "I took")
    assert "911" in (say(runtime, "+14155550999", "all of my pills") or "")


def test_a_text_after_danger_is_not_joined_with_it(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, "I want to kill myself")
    say(runtime, PHONE, "the weather is fine")
    assert rows(runtime.engine, InboundReply)[-1].intent != "crisis"


def test_the_join_records_nothing_and_stops_nothing(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    for words in ("about", "a number", "please take me", "off the", "list"):
        say(runtime, PHONE, words)
    assert rows(runtime.engine, CheckIn)[0].score is None
    assert rows(runtime.engine, Suppression) == []


def test_the_same_text_again_is_not_joined_with_itself(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    first = say(runtime, PHONE, "all of my pills", "SMsame")
    assert say(runtime, PHONE, "all of my pills", "SMsame") == first
    assert len(rows(runtime.engine, InboundReply)) == 1


ORDINARY = ("checkin", "ack", "unclear", "question")


def test_ordinary_texts_in_a_row_page_nobody() -> None:
    """Six hundred seeded sequences of two to five texts that are each harmless."""
    texts = [one.text for one in replies() if one.everyday and one.intent in ORDINARY and len(one.text) <= 80]
    draw = random.Random(20261129)
    for _ in range(600):
        sequence = draw.sample(texts, draw.choice((2, 3, 4, 5)))
        readings = [understand(words, Asked.SCORE_AND_HABIT) for words in sequence]
        if any(is_danger(reading) for reading in readings):
            continue
        earlier = [
            EarlierText(words, reading.intent == "checkin" and reading.for_coach is None)
            for words, reading in zip(sequence[:-1], readings, strict=False)
        ]
        assert not is_danger(read_together(earlier, sequence[-1], readings[-1])), sequence


TOGETHER_NOTHING = [
    (
        "we buried my brother on Saturday. Legs about a five",
        "Can you hold off till after the 8th, family is staying with us",
        "actually no keep them coming, gives me something to do",
    ),
    ("we buried my brother today", "keep them coming"),
    ("my uncle's funeral was friday", "aloha its leilanis kid she went surfing can u text later"),
    ("hoy enterramos a mi hermano", "sí, sigan mandándolos, me ayudan"),
]


@pytest.mark.parametrize("texts", TOGETHER_NOTHING)
def test_texts_that_only_add_up_to_a_little_more_are_no_danger(
    client: FlaskClient, evening: Runtime, clock: TestClock, texts: tuple[str, ...]
) -> None:
    for words in texts:
        said(client, words)
        clock.forward(minutes=2)
    assert {flag.kind for flag in rows(evening.engine, Flag)} == {"read"}


def test_dangers_that_are_cut_in_two_are_found_together() -> None:
    """Every danger of the labeled replies whose halves by themselves are none."""
    draw = random.Random(7)
    dangers = dict.fromkeys(one.text for one in replies() if one.intent == "crisis" or one.urgent)
    cut = found = 0
    for words in (text.split() for text in dangers):
        if not 4 <= len(words) <= 25:
            continue
        at = draw.randint(2, len(words) - 2)
        first, last = " ".join(words[:at]), " ".join(words[at:])
        before, alone = understand(first, Asked.SCORE_AND_HABIT), understand(last, Asked.SCORE_AND_HABIT)
        if is_danger(before) or is_danger(alone):
            continue
        cut += 1
        answer = before.intent == "checkin" and before.for_coach is None
        found += is_danger(read_together([EarlierText(first, answer)], last, alone))
    assert found >= 0.98 * cut, (found, cut)

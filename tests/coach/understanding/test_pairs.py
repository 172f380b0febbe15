"""The form our texts ask for, "4 yes", answers both questions, whatever surrounds it."""

import pytest

from coach.understanding import Asked, Intent, understand

TOLD = [
    ("5 no. Was at my sister in law's funeral, 94 and ready she was", 5, False),
    ("10 no. Horrible. Walked the hall till the paper came", 10, False),
    ("just seeing this now. 5 and yes", 5, True),
    ("3 sí, andaba sin saldo", 3, True),
    ("8 y no porque llegué reventada", 8, False),
    ("7 no pero esta noche sí", 7, False),
]
NOT_A_PAIR = ["I have 2 and no one to help", "room 7 yes", "bought 4. yes we have bananas"]


@pytest.mark.parametrize("asked", [Asked.SCORE_AND_HABIT, Asked.NONE])
@pytest.mark.parametrize(("text", "score", "done"), TOLD)
def test_a_score_with_its_yes_or_no_counts_amid_other_words(text: str, score: int, done: bool, asked: Asked) -> None:
    reading = understand(text, asked)
    assert (reading.intent, reading.score, reading.habit) == (Intent.CHECKIN, score, done)


@pytest.mark.parametrize("text", NOT_A_PAIR)
def test_a_number_of_something_else_is_no_score(text: str) -> None:
    assert understand(text, Asked.NONE).score is None


def test_two_pairs_that_differ_are_asked_about() -> None:
    assert understand("4 yes, no 5 yes", Asked.SCORE_AND_HABIT).score is None


@pytest.mark.parametrize(
    "text",
    ["No lo hice, fue el aniversario de mi suegra, que en paz descanse. 4", "mi viejo que en paz descanse, 4 y no"],
)
def test_whoever_mourns_a_relative_is_still_the_participant(text: str) -> None:
    reading = understand(text, Asked.SCORE_AND_HABIT)
    assert (reading.intent, reading.score, reading.habit) == (Intent.CHECKIN, 4, False)

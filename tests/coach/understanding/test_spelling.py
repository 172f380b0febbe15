"""Typing errors are corrected; real words that resemble others are left alone."""

from __future__ import annotations

import pytest

from coach.understanding import Asked, Intent, understand
from coach.understanding.words.lexicon import load


@pytest.mark.parametrize(
    ("typed", "score"),
    [("sevn", 7), ("seveen", 7), ("eigth", 8), ("fuor", 4), ("thre", 3), ("nin", None), ("fivee", 5), ("sixxx", 6),
     ("nien", 9), ("sevenish", 7), ("sinco", 5), ("nuebe", 9), ("sies", 6), ("cuatrro", 4), ("sieteee", 7)],
)  # fmt: skip
def test_reads_a_number_word_with_one_slip(typed: str, score: int | None) -> None:
    assert understand(typed, Asked.SCORE).score == score


@pytest.mark.parametrize(
    ("typed", "intent"),
    [("st0p", Intent.OPT_OUT), ("s top", Intent.OPT_OUT), ("st op please", Intent.OPT_OUT), ("stpo", Intent.OPT_OUT),
     ("un-subscribe", Intent.OPT_OUT), ("tsop texting me", Intent.OPT_OUT), ("want to end my lief", Intent.CRISIS),
     ("i want to k1ll myself", Intent.CRISIS), ("quiero morirr", Intent.CRISIS)],
)  # fmt: skip
def test_what_must_be_heard_is_heard_through_slips(typed: str, intent: Intent) -> None:
    assert understand(typed, Asked.NONE).intent is intent


def test_a_swap_that_makes_another_word_is_left_alone() -> None:
    assert understand("mi edad es 60", Asked.NONE).intent is not Intent.CRISIS
    assert understand("those trees, 4 yes").score == 4


@pytest.mark.parametrize("text", ["nothin left to live for", "toy cansao de vivir", "fixin to end it"])
def test_an_ending_as_it_is_spoken_is_the_written_one(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.CRISIS


FALSE_FRIENDS = """
then than fine mine line live life give fire for our hour your tree there these free sever even never steven weight
night right light hero pero once sex done gone won to too tan tent tense twos vive nina siento siesta noche dice died
dies diet trees tires site mero
"""


@pytest.mark.parametrize(
    "word",
    FALSE_FRIENDS.split(),
)
@pytest.mark.parametrize("shape", ["{}", "it was {}", "{} yes"])
def test_a_false_friend_is_never_a_number(word: str, shape: str) -> None:
    assert understand(shape.format(word)).score is None


def test_once_is_eleven_in_spanish_and_nothing_in_english() -> None:
    assert understand("woke once, 4", Asked.SCORE).score == 4
    assert understand("once", Asked.SCORE, language="es").intent is Intent.UNCLEAR


@pytest.mark.parametrize("word", ["gr8", "2nite", "b4", "l8r", "2day", "4u", "m8"])
def test_letters_and_digits_of_slang_are_words(word: str) -> None:
    assert understand(f"{word} thanks").score is None


def test_digits_joined_to_an_answer_come_apart() -> None:
    assert (understand("8y").score, understand("8y").habit) == (8, True)
    assert (understand("n3").score, understand("n3").habit) == (3, False)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_of_the_phrases_can_be_reached(language: str) -> None:
    lexicon = load(language)
    unreachable = {
        (book, word)
        for book, phrases in lexicon.books.items()
        for word in phrases.words
        if word.isalpha() and lexicon.spelling.canonical(word) != (word,)
    }

    assert unreachable == set()


def test_both_languages_have_the_same_books_and_lists() -> None:
    english, spanish = load("en"), load("es")

    assert set(english.books) == set(spanish.books)
    assert set(english.lists) == set(spanish.lists)

"""Variants of a reply read the same: case, spaces, punctuation, emoji, typing errors."""

from __future__ import annotations

import pytest

from coach.understanding import Asked, Intent, understand
from coach.understanding.words.lexicon import load
from tests.coach.understanding import corpora

PLAIN = [e for e in corpora.load("corpus.jsonl") if e.text.isascii() and "\n" not in e.text and len(e.text) > 1]


@pytest.mark.parametrize(
    "rewrite",
    [str.upper, str.lower, lambda t: f"  {t}  ", lambda t: t.replace(" ", "  "), lambda t: t.replace("'", "’")],
    ids=["upper", "lower", "padded", "double spaces", "curly apostrophes"],
)
def test_case_and_spaces_change_nothing(rewrite: object) -> None:
    assert callable(rewrite)
    changed = [
        e.text
        for e in PLAIN
        if (a := understand(rewrite(e.text), e.asked)).intent != (b := understand(e.text, e.asked)).intent
        or (a.score, a.habit) != (b.score, b.habit)
    ]

    assert changed == []


@pytest.mark.parametrize("ending", ["!", "!!", ".", " 😭", " 🙏🏽", " ..."])
def test_endings_do_not_change_a_whole_answer(ending: str) -> None:
    for example in PLAIN:
        if example.intent in ("crisis", "opt_out", "checkin") and example.text[-1].isalnum():
            assert example.matches(understand(example.text + ending, example.asked)), example.text + ending


@pytest.mark.parametrize("score", range(11))
@pytest.mark.parametrize("shape", ["{}", "{}!", "legs {}", "{}/10", "about a {}", "{}ish", "{}.0", "{}, yes", "un {}"])
def test_every_score_is_read_in_every_shape(score: int, shape: str) -> None:
    assert understand(shape.format(score)).score == score


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("shape", ["{}", "{}.", "{}!!", "{} yes", "{}\nok"])
def test_number_words_are_scores_in_both_languages(language: str, shape: str) -> None:
    for word, value in load(language).numbers.items():
        reading = understand(shape.format(word), language=language)
        assert reading.score == (value if value <= 10 else None), word


@pytest.mark.parametrize(
    "word", ["STOP", "Stop", "stop", "UNSUBSCRIBE", "End", "QUIT", "StopAll", "revoke", "OPTOUT", "cancel"]
)
@pytest.mark.parametrize("shape", ["{}", "{}.", "{}!!!", " {} ", '"{}"', "{}\n", "please {}", "{} thanks", "**{}**"])
def test_a_carrier_word_is_an_opt_out_however_it_is_dressed(word: str, shape: str) -> None:
    reading = understand(shape.format(word), Asked.SCORE_AND_HABIT)

    assert reading.intent is Intent.OPT_OUT
    assert reading.sure


@pytest.mark.parametrize(
    ("text", "keyword"), [("Stop.", "STOP"), ("yes!", "YES"), (" help ", "HELP"), ("stop it", None)]
)
def test_tells_the_carrier_keyword_only_when_it_is_the_whole_message(text: str, keyword: str | None) -> None:
    assert understand(text, Asked.NONE).keyword == keyword

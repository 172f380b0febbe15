"""For any text: no error, bounded time, correct spans, scores from 0 to 10 only."""

from __future__ import annotations

import json
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.understanding import Asked, as_json, understand
from tests.coach.understanding import corpora

ANY = st.text(max_size=300)
PIECES = (
    "4 10 7.5 3/10 8:30 yes no y n stop not text me legs did it legs, . ? \n - / 👍 3️⃣ i want to die no puedo más as "
    "las si hecho un de pause until sunday took pills half twenty five \x00 \u202e \u200d + % of out a"
)
WORDS = st.lists(st.sampled_from(PIECES.split(" ")), max_size=40).map(" ".join)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(ANY | WORDS, st.sampled_from(list(Asked)), st.sampled_from([None, "en", "es", "fr"]))
def test_any_text_is_read_without_an_error(text: str, asked: Asked, language: str | None) -> None:
    reading = understand(text, asked, language)
    composed = unicodedata.normalize("NFC", text[:1600])

    assert reading.score is None or 0 <= reading.score <= 10
    assert all(composed[s.start : s.end] == s.text for s in reading.recognised)
    assert json.loads(json.dumps(as_json(reading)))["intent"] == reading.intent.value


@settings(derandomize=True, max_examples=50, deadline=None)
@given(WORDS)
def test_the_same_text_is_always_read_the_same(text: str) -> None:
    assert understand(text) == understand(text)


@pytest.mark.parametrize(
    "unit",
    ["a", "stop ", "no ", "4 ", "1,", "legs ", "did not ", "i want to ", "la ", "🔥", "!", "3-", "text me at ",
     "not to die ", "legs was a about like ", "took all my pills "],
)  # fmt: skip
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            understand(text)
            best = min(best, time.process_time() - began)
        return best

    understand(unit)
    # Four times the text: four times the time if linear, sixteen if quadratic. A small constant absorbs noise.
    assert seconds(1600) <= 9 * seconds(400) + 0.02


def test_text_beyond_the_longest_message_is_ignored() -> None:
    assert understand("4 " + "z" * 10_000 + " stop texting me").intent == understand("4 " + "z" * 1598).intent


def test_the_corpus_reads_as_json() -> None:
    for example in corpora.load("examples.jsonl"):
        plain = as_json(understand(example.text, example.asked))
        assert {"intent", "score", "habit", "language", "why", "recognised"} <= set(plain)
        assert plain["why"].endswith(".")

"""The promise: what the labelled replies must be read as, and what must never happen."""

from __future__ import annotations

import pytest

from coach.understanding import Asked, Intent, understand
from tests.understanding import corpora
from tests.understanding.telling import replies_a_second

EXAMPLES = corpora.load("examples.jsonl")
SETS = corpora.measured()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.text[:40])
def test_reads_every_given_example_as_labelled(example: corpora.Example) -> None:
    assert example.matches(understand(example.text, example.asked))


@pytest.mark.parametrize("name", list(SETS))
def test_keeps_what_is_promised_on_every_set(name: str) -> None:
    figures = corpora.figures(SETS[name])

    assert figures.checkins_exact >= 0.97 * figures.checkins, figures.line(name)
    assert figures.crises_found == figures.crises, figures.line(name)
    assert figures.opt_outs_found == figures.opt_outs, figures.line(name)
    assert figures.false_opt_outs == 0, figures.line(name)
    assert figures.false_scores == 0, figures.line(name)
    assert figures.exact >= 0.97 * figures.replies, figures.line(name)


@pytest.mark.parametrize("asked", list(Asked))
@pytest.mark.parametrize("text", corpora.never())
def test_never_reads_these_as_opt_out_crisis_or_score(text: str, asked: Asked) -> None:
    reading = understand(text, asked)

    assert reading.intent not in (Intent.OPT_OUT, Intent.CRISIS)
    assert reading.score is None


@pytest.mark.parametrize("asked", list(Asked))
@pytest.mark.parametrize("text", corpora.friends())
def test_never_reads_these_as_opt_out_or_crisis(text: str, asked: Asked) -> None:
    assert understand(text, asked).intent not in (Intent.OPT_OUT, Intent.CRISIS)


def test_the_corpora_are_large_and_bilingual() -> None:
    corpus = corpora.load("corpus.jsonl")
    held_out = [e for e in corpus if e.held_out]

    assert len(corpus) >= 400
    assert 0.25 <= len(held_out) / len(corpus) <= 0.42
    assert len(corpora.never()) >= 120
    assert {e.intent for e in corpus} == {i.value for i in Intent}


def test_understands_thousands_of_replies_a_second() -> None:
    # The promise is 5,000 on a free core; the bound is low because test machines are shared.
    assert replies_a_second() >= 1500

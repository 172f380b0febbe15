"""Accuracy on the labeled replies, and what must never happen."""

from __future__ import annotations

import pytest

from coach.understanding import Asked, Intent, understand
from tests.coach.understanding import corpora
from tests.coach.understanding.accuracy_report import replies_a_second

SETS = corpora.measured()


def test_reads_every_given_example_as_labelled() -> None:
    wrong = [one for one in corpora.load("examples.jsonl") if not one.matches(understand(one.text, one.asked))]

    assert wrong == []


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
def test_never_reads_these_as_opt_out_crisis_or_score(asked: Asked) -> None:
    read = {text: understand(text, asked) for text in corpora.never()}

    alarms = {text for text, one in read.items() if one.stop == "sure" or one.intent is Intent.CRISIS}
    assert alarms | {text for text, one in read.items() if one.score is not None} == set()


@pytest.mark.parametrize("asked", list(Asked))
def test_never_reads_these_as_a_certain_opt_out_or_a_crisis(asked: Asked) -> None:
    read = {text: understand(text, asked) for text in corpora.friends()}

    assert {text for text, one in read.items() if one.stop == "sure" or one.intent is Intent.CRISIS} == set()


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

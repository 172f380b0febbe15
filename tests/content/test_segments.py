"""Counting segments: against Twilio's own calculator, and against what must hold for any text."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.catalogue import Catalogue
from content.segments import costly_characters, count, normalise
from tests.content.twilio_corpus import Answer, bodies

ANSWERS: list[Answer] = json.loads(Path(__file__).with_name("twilio_segments.json").read_text(encoding="utf-8"))

# No joined emoji: the one known difference, see content/segments.py.
any_text = st.text(st.characters(exclude_categories=("Cs", "Mn", "Mc", "Me", "Cf")), max_size=700)


def test_counts_every_text_as_twilio_does() -> None:
    wrong = [
        (answer["text"], counted)
        for answer in ANSWERS
        if (counted := count(answer["text"]))
        and (counted.encoding, counted.parts, counted.units)
        != (answer["encoding"], answer["segments"], answer["units"])
    ]
    assert wrong == []


def test_twilio_has_counted_every_text_of_the_library(catalogue: Catalogue) -> None:
    counted = {answer["text"] for answer in ANSWERS}
    missing = [body for body in bodies(catalogue) if body not in counted]
    assert missing == [], "count them as tests/content/twilio_corpus.py says"


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("“Don’t”", '"Don\'t"'),
        ("8–9 — or…", "8-9 - or..."),
        ("a\u00a0b\u202fc\u200bd\ufeff", "a b cd"),
        ("cafe\u0301", "café"),
        ("one\r\ntwo", "one\ntwo"),
        ("mañana, ¿sí?", "mañana, ¿sí?"),
    ],
)
def test_plain_signs_replace_typographic_ones_and_letters_stay(typed: str, plain: str) -> None:
    assert normalise(typed) == plain


def test_names_each_character_that_forces_the_large_alphabet_once() -> None:
    assert costly_characters("¿Está más allí, señor? ¡Olé! ’") == ("á", "í", "’")


@given(any_text)
@settings(derandomize=True, max_examples=200)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(any_text)
@settings(derandomize=True, max_examples=200)
def test_a_text_is_costly_only_for_a_character_that_is_named(text: str) -> None:
    assert (count(text).encoding == "UCS-2") == bool(costly_characters(text))


@given(any_text)
@settings(derandomize=True, max_examples=200)
def test_parts_are_never_fewer_than_the_units_need_nor_wasteful(text: str) -> None:
    segments = count(text)
    alone, each = (160, 153) if segments.encoding == "GSM-7" else (70, 67)
    if segments.units <= alone:
        assert segments.parts == 1
    else:
        # A part may stay one unit short, when the next character takes two and does not fit.
        assert -(-segments.units // each) <= segments.parts <= -(-segments.units // (each - 1))


@given(any_text, any_text)
@settings(derandomize=True, max_examples=200)
def test_more_text_never_costs_fewer_segments(text: str, more: str) -> None:
    assert count(text + more).parts >= count(text).parts

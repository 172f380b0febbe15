"""The phrase language: choices, options, skips, anchors, numbers, and clear error messages."""

from __future__ import annotations

import pytest

from coach.understanding.words.patterns import PhraseBook, PhraseError, compile_phrase

SETS = {"want": frozenset({"want", "wish"})}


def book(*lines: str) -> PhraseBook:
    return PhraseBook({"found": [compile_phrase(line, SETS) for line in lines]}, frozenset({"four"}))


@pytest.mark.parametrize(
    ("line", "text", "found"),
    [
        ("$want to? die", "i want to die", True),
        ("$want to? die", "wish die", True),
        ("$want to? die", "to die", False),
        ("stop *2 texts", "stop all the texts", True),
        ("stop *2 texts", "stop all of the texts", False),
        ("stop *2 texts", "stop . texts", False),
        ("^ no .", "no , thanks", True),
        ("^ no .", "no thanks", False),
        ("legs <n>", "legs 4", True),
        ("legs <n>", "legs four", True),
        ("please? stop now|.", "please stop", True),
        ("please? stop now|.", "stop later", False),
    ],
)
def test_finds_a_phrase_only_where_it_is(line: str, text: str, found: bool) -> None:
    assert bool(book(line).find(text.split())) is found


@pytest.mark.parametrize("line", ["maybe?", "*2", "a||b", "$nothing", "*0 a", "*2 a"])
def test_refuses_a_line_that_is_no_phrase(line: str) -> None:
    with pytest.raises(PhraseError):
        book(line)


def test_scanning_takes_the_leftmost_and_longest() -> None:
    phrases = {"no": [compile_phrase("no", SETS)], "neutral": [compile_phrase("no worries", SETS)]}

    found = PhraseBook(phrases, frozenset()).scan(["no", "worries", "no"])

    assert [(f.start, f.end, f.label) for f in found] == [(0, 2, "neutral"), (2, 3, "no")]

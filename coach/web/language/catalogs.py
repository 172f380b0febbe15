"""The catalogs, read from their sources: `messages` is what templates say, `sentences` what Python says.

They are read as they are written (.po), so there is nothing to compile and nothing that can be out of date.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES = {"en": "English", "es": "Español"}
PLACE = "translations/{language}/LC_MESSAGES/{domain}.po"
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
# Placeholders of these names stand for a number and for nothing else, so that no other words are taken for them.
NUMBERS = (
    *("count", "number", "most", "least", "day", "days", "year", "row", "rows", "part", "whole", "needed", "share"),
    *("percent", "score", "scored", "mean", "before", "latest", "nights", "nights_before", "steps", "done", "asked"),
    *("created", "updated", "ignored", "cells", "headings", "chance", "draw"),
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence with placeholders: how to find it, and its translation."""

    found: re.Pattern[str]
    translation: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """What Python says: whole sentences, and those with placeholders, the most particular first."""

    whole: dict[str, str]
    patterns: tuple[Pattern, ...]


@cache
def read_catalog(language: str, domain: str) -> Catalog:
    """One catalog as it is written."""
    place = files("coach.web").joinpath(PLACE.format(language=language, domain=domain))
    return read_po(BytesIO(place.read_bytes()), locale=language, domain=domain)


@cache
def translations(language: str) -> Translations:
    """What templates say, for gettext."""
    compiled = BytesIO()
    write_mo(compiled, read_catalog(language, "messages"))
    compiled.seek(0)
    return Translations(compiled, "messages")


@cache
def sentences(language: str) -> Sentences:
    """What Python says. Words that templates say too need no second entry."""
    whole: dict[str, str] = {}
    patterns: list[tuple[int, Pattern]] = []
    for domain in ("messages", "sentences"):
        for one in read_catalog(language, domain):
            if not isinstance(one.id, str) or not one.id or not isinstance(one.string, str):
                continue
            if not PLACEHOLDER.search(one.id):
                whole[one.id] = one.string
            elif domain == "sentences":
                patterns.append((len(PLACEHOLDER.sub("", one.id)), Pattern(_as_pattern(one.id), one.string)))
    patterns.sort(key=lambda known: -known[0])
    return Sentences(whole, tuple(pattern for _, pattern in patterns))


def _as_pattern(sentence: str) -> re.Pattern[str]:
    """Say what a sentence looks like once its placeholders are filled in; one that comes twice is the same twice."""
    parts, seen, at = [], set(), 0
    for one in PLACEHOLDER.finditer(sentence):
        parts.append(re.escape(sentence[at : one.start()]))
        shape = r"[-−\d.,]+" if one[1] in NUMBERS else ".+?"
        parts.append(f"(?P={one[1]})" if one[1] in seen else f"(?P<{one[1]}>{shape})")
        seen.add(one[1])
        at = one.end()
    return re.compile("".join([*parts, re.escape(sentence[at:])]), re.DOTALL)

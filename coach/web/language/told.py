"""What Python says, in the page's language.

Statuses, reasons, errors and the like are made far from the pages, and some are stored: in English, without knowing who
will read them. Here they are found in the catalog again: whole, or by the sentence whose placeholders they fill in.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, overload

from markupsafe import Markup

from coach.web.language.catalogs import PLACEHOLDER, sentences
from coach.web.language.dates import in_spanish
from coach.web.language.locale import page_language

# Placeholders that somebody typed, or that name a person: they stay as they are.
TYPED = ("name", "names", "words", "by", "email", "value", "id", "clinic")
JOINTS = ("; ", ". ", ", ", ": ")
F = TypeVar("F", bound=Callable[..., Any])


@overload
def told(said: None) -> None: ...
@overload
def told(said: str) -> str: ...
def told(said: Any) -> Any:
    """A sentence, or several, in the page's language; what is no sentence of ours stays as it is."""
    language = page_language()
    if language == "en" or said is None or isinstance(said, Markup):
        return said
    if isinstance(said, str):
        return _told(language, said)
    return [told(one) for one in said] if isinstance(said, Iterable) else said


def telling(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the templates whose answer is told."""
    return lambda *given, **named: told(function(*given, **named))


class ToldMapping(Mapping[str, str]):
    """A table of words whose words are told."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table

    def __getitem__(self, key: str) -> str:
        """Its word."""
        return told(self._table[key])

    def __iter__(self) -> Iterator[str]:
        """Its keys."""
        return iter(self._table)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._table)


class ToldPairs(Sequence[tuple[str, str]]):
    """Pairs of a sign and its words, whose words are told."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __getitem__(self, at: Any) -> Any:
        """One of them."""
        sign, words = self._pairs[at]
        return sign, told(words)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._pairs)


@lru_cache(8192)
def _told(language: str, said: str) -> str:
    return _known(language, said) or in_spanish(said)


def _known(language: str, said: str) -> str | None:
    """Its translation, if it or a part of it is in the catalog."""
    return _find(language, said) or _in_parts(language, said)


def _find(language: str, said: str) -> str | None:
    """The sentence itself, or as it reads with another first letter, or without its period."""
    bare = said.strip()
    for variant, finish in (
        (bare, str),
        (_small(bare), _capital),
        (_capital(bare), _small),
        (bare.removesuffix("."), lambda words: f"{words}."),
        (_small(bare).removesuffix("."), lambda words: f"{_capital(words)}."),
    ):
        found = _exactly(language, variant) if variant and (finish is str or variant != bare) else None
        if found is not None:
            return said.replace(bare, finish(found)) if said != bare else finish(found)
    return None


def _exactly(language: str, said: str) -> str | None:
    known = sentences(language)
    if said in known.whole:
        return known.whole[said]
    for pattern in known.patterns:
        if found := pattern.found.fullmatch(said):
            values = {
                name: value if name in TYPED else _told(language, value) for name, value in found.groupdict().items()
            }
            return _filled(pattern.translation, values)
    return None


def _filled(translation: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda place: values[place[1]], translation)


def _in_parts(language: str, said: str) -> str | None:
    """Several sentences in one, each told by itself, if one of them is known."""
    for joint in JOINTS:
        parts = said.split(joint)
        found = [_known(language, part) for part in parts] if len(parts) > 1 else []
        if any(found):
            return joint.join(one or in_spanish(part) for one, part in zip(found, parts, strict=True))
    return None


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]

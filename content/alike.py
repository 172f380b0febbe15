"""Finds texts that say nearly the same in nearly the same words."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from content.entries import Text

_WORD = re.compile(r"\w+")


def nearly_the_same(texts: Sequence[Text], limit: float, known: Sequence[Text] = ()) -> Iterator[tuple[Text, Text]]:
    """Yield the pairs whose letters match, in order, by a share of at least `limit` (0 to 1).

    `texts` are compared with each other and with `known`; those of `known` have been compared before.
    """
    words = {text.id: frozenset(_WORD.findall(text.body.casefold())) for text in (*known, *texts)}
    pairs = ((one, other) for place, other in enumerate(texts) for one in (*known, *texts[:place]))
    for one, other in pairs:
        if _share(words[one.id], words[other.id]) >= limit / 2 and _likeness(one.body, other.body) >= limit:
            yield one, other


def _share(words: frozenset[str], others: frozenset[str]) -> float:
    """Return the share of words in common: a cheap bound, since similar letters come from shared words."""
    return 2 * len(words & others) / max(1, len(words) + len(others))


def _likeness(body: str, other: str) -> float:
    return SequenceMatcher(None, body.casefold(), other.casefold(), autojunk=False).ratio()

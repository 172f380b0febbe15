"""Recognize consent to the welcome: the whole text must be an explicit yes.

A yes beside a question, a denial, a quotation or anything but courtesy is not consent.
"""

from __future__ import annotations

from coach.understanding.view import Lens


def confirms(lens: Lens) -> bool:
    """Whether the whole message is a yes, apart from courtesy."""
    words, lists = lens.plain.words, lens.lexicon.lists
    if not words or "?" in lens.words or any(mark in lens.text for mark in '"“”«»'):
        return False
    if lists["consent_words"].isdisjoint(words) and not _phrase(lens):
        return False
    covered = {i for f in lens.find("consent", lens.plain) for i in range(f.start, f.end)}
    allowed = lists["consent_words"] | lists["consent_courtesy"]
    return all(word in allowed or i in covered for i, word in enumerate(words))


def _phrase(lens: Lens) -> bool:
    return bool(lens.find("consent", lens.plain))

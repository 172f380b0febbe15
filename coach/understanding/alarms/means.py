"""Tell by what somebody in a crisis means to die: a weapon or pills at hand, pills only planned, or words of every day.

The phrases are in ``content/lexicon/<language>/means.toml``. Ask only about texts that are a crisis.
"""

from __future__ import annotations

from operator import attrgetter

from coach.understanding.languages import Lenses
from coach.understanding.read import view

BOOK = "means"


def has_means_at_hand(text: str) -> bool:
    """Whether a weapon, pills or another means are within reach, or they are where it is to happen."""
    lenses = view(text)
    return _tells(lenses, "at_hand") and not _tells(lenses, "not_at_hand")


def is_only_planned(text: str) -> bool:
    """Whether pills are kept or thought of, and nothing says that any were taken."""
    lenses = view(text)
    taken = _tells(lenses, "already") or any(lens.find("swallowed", lens.all, ("taken",)) for lens in lenses)
    return _tells(lenses, "planned") and not taken


def but_for_everyday(text: str) -> str:
    """Return a text without its words of every day, which only sound like the deed or a farewell."""
    for lens in view(text):
        found = lens.find(BOOK, lens.all, ("everyday",))
        for span in sorted(
            (lens.span(one, lens.all, BOOK, "") for one in found), key=attrgetter("start"), reverse=True
        ):
            text = text.replace(span.text, " ", 1)
    return text


def names_a_step(text: str) -> bool:
    """Whether a text names one of the things that a step is about: "did my stretches"."""
    return any(not lens.lexicon.lists["topics"].isdisjoint(lens.words) for lens in view(text))


def _tells(lenses: Lenses, label: str) -> bool:
    return any(lens.find(BOOK, lens.all, (label,)) for lens in lenses)

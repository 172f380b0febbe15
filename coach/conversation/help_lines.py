"""Which help lines fit: the danger that is told now, what was told within the hour, and who holds the phone. Pure."""

from collections.abc import Set
from typing import Literal

Danger = Literal["fire", "poison", "body", "violence", "self", "worry"]
Holder = Literal["own", "reads_along", "unknown", "unknown_reads_along"]

DANGERS: tuple[Danger, ...] = ("fire", "poison", "body", "violence", "self", "worry")  # the order in which lines stand
HOLDERS: tuple[Holder, ...] = ("own", "reads_along", "unknown", "unknown_reads_along")

# The text for each danger. Where somebody reads along it does not say what this is about; to an unknown number it does
# not promise that a coach is told.
LINES: dict[Danger, tuple[str, str, str, str]] = {
    "fire": ("fire", "fire", "fire", "fire"),
    "poison": ("poison", "urgent", "poison", "urgent_unknown"),
    "body": ("urgent", "urgent", "urgent_unknown", "urgent_unknown"),
    "violence": ("violence", "violence", "violence", "violence"),
    "self": ("crisis", "violence", "crisis_unknown", "violence"),
    "worry": ("worry", "violence", "crisis_unknown", "violence"),
}
# What is added for a danger that was told within the hour, if the text for the one told now lacks its number.
BESIDE: dict[Danger, tuple[str, str, str, str]] = {
    "self": ("open_crisis_3", "violence", "crisis_unknown", "violence"),
    "poison": ("poison", "urgent", "poison", "urgent_unknown"),
}
# The texts that name a line for whoever thinks of suicide, and one for a poison.
NAMES_SELF = ("crisis", "crisis_unknown", "violence", "worry", "poison", "open_crisis_3")
NAMES_POISON = ("poison", "urgent", "urgent_unknown")


def lines_for(told: Set[Danger], lately: Set[Danger], holder: Holder) -> tuple[str, ...]:
    """Return the keys of one or two texts: for the gravest danger told now, then for another open within the hour.

    A body in danger stands first, then violence; the number for whoever thinks of suicide follows in any case.
    """
    column = HOLDERS.index(holder)
    first = next((one for one in DANGERS if one in told), None)
    if first is None:
        return ()
    keys = [LINES[first][column]]
    if "violence" in told and first != "violence":
        keys.append(LINES["violence"][column])  # "he choked me, I couldn't breathe"
    if "self" in told | lately and not _names(keys, NAMES_SELF):
        keys.append(LINES["self"][column] if "self" in told else BESIDE["self"][column])
    if "poison" in told | lately and not _names(keys, NAMES_POISON):
        keys.append(BESIDE["poison"][column])
    return tuple(keys)


def _names(keys: list[str], those: tuple[str, ...]) -> bool:
    return not set(those).isdisjoint(keys)

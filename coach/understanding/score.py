"""Pick one clear score, or none: when unsure, ask once and never guess."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from coach.understanding.words.numbers import ANOTHER, ASIDE, OUT_OF_RANGE, Mention

NAMED = 2  # the tier of "legs 3"


class Score(NamedTuple):
    """The score of a reply, or why there is none. ``refused``: a score was given that cannot be used.

    ``seen`` holds the scores if there are several and nothing decides between them.
    """

    value: int | None
    refused: bool
    corrects: bool
    mention: Mention | None
    why: str
    seen: tuple[int, ...] = ()

    @property
    def tier(self) -> int:
        """How explicitly it was called a score; -1 without one."""
        return -1 if self.value is None or self.mention is None else self.mention.tier


def choose(found: Sequence[Mention]) -> Score:
    """Pick the score among the numbers of a reply.

    The number most explicitly called a score wins; a contradicting one makes the result unclear.
    """
    live = [m for m in found if m.kind in ("score", "refused")]
    others = [m for m in live if m.why == ANOTHER]
    if others:  # "anoche fue un 2 y antier un 7"
        own = [m for m in live if m not in others]
        plain = all(m.kind == "score" and m.beside != "then" for m in own)
        live = own if own and plain else others
    corrects = any(m.tier == 3 and m.kind == "score" for m in found) or any(m.kind == "dropped" for m in found)
    if not live:
        return Score(None, False, corrects, None, "no number that could be a score")
    if any(m.tier == 3 for m in live):
        last = [m for m in live if m.tier == 3][-1]
        live = [last] + [m for m in live if m.kind == "refused" and m.start > last.start and m.tier > 0]
    best = max(m.tier for m in live)
    named = [m for m in live if m.tier == best]
    if best == NAMED:
        live = [m for m in live if m.tier == best or m.kind == "score"]
    live = _settled(_without_asides(live))
    refused = next((m for m in live if m.kind == "refused"), None)
    if refused is not None:
        return Score(None, True, corrects, refused, refused.why)
    if len({m.value for m in live}) > 1:
        seen = tuple(dict.fromkeys(m.value for m in live if m.value is not None))
        return Score(None, True, corrects, named[0], "two different numbers: ask which", seen)
    chosen = next((m for m in named if m in live), live[0])
    return Score(chosen.value, False, corrects, chosen, chosen.why)


def _without_asides(live: list[Mention]) -> list[Mention]:
    """Set aside what could be no score and stands among other words, beside the one score: "10. 17-across was hard"."""
    scores = [m for m in live if m.kind == "score"]
    ends = {m.end for m in scores}
    asides = [m for m in live if m.why == OUT_OF_RANGE and m.tier == 0 and m.beside in (*ASIDE, "weak")]
    apart = all(m.start not in ends for m in asides)  # "four hundred" is one number
    return [m for m in live if m not in asides] if apart and len({m.value for m in scores}) == 1 else live


def _settled(live: list[Mention]) -> list[Mention]:
    """Set aside weak numbers, those about something else, and those about an earlier time."""
    if len(live) < 2:
        return live
    if _opens(live):
        return live[:1]
    named = any(m.tier == NAMED and m.kind == "score" for m in live)
    scores = [m for m in live if m.beside != "weak" and not (named and m.beside in ASIDE and m.tier == 0)]
    now = (
        [m for m in scores if m.beside == "now"]
        or [m for m in scores if m.beside != "then" and m.tier == NAMED]
        or [m for m in scores if m.beside == ""]
    )
    return now if now and all(m.beside == "then" or m in now for m in scores) else scores or live


def _opens(live: Sequence[Mention]) -> bool:
    """Whether the first is an answer by itself, and the others stand in a story: "Six. They quit around two"."""
    first, others = live[0], live[1:]
    alone = first.start <= 1 and first.kind == "score" and first.beside == ""
    return alone and all(m.tier == 0 and m.beside in ("story", "weak", "then") for m in others)

"""Read whether the step was done: yes, no, or not stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from coach.understanding.words.lexicon import Lexicon
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.tokens import BOUNDARIES


class Habit(NamedTuple):
    """``done`` is None if nothing was stated; ``open``: neither done nor missed yet.

    ``bare`` is a plain yes or no, ``aside`` a plain deed ("walked 3 miles"); neither counts unless asked for.
    """

    done: bool | None
    open: bool
    bare: bool
    changed: bool
    found: tuple[PhraseMatch, ...]
    aside: bool = False


def choose(
    words: Sequence[str], lexicon: Lexicon, *, abstains: bool = False, deeds: Sequence[PhraseMatch] = ()
) -> Habit:
    """Read yes, no and "not yet" from the token texts of a reply, and from ``deeds`` found by their form.

    Phrases match leftmost and longest, so "no worries" is never a no and "did not do it" never a yes. A stated deed
    ("did it") outranks a bare "no" before it; yes and no about the same thing is not an answer.

    "Skipped" means that the step was not done. Where it was to go without something (`abstains`) it means the opposite,
    and "no, skipped it" is not clear.
    """
    scanned = _beside(deeds, lexicon.books["habit"].scan(words)) or _exclaimed(words, lexicon)
    found = [f for f in scanned if f.label != "neutral"]
    kinds = {f.label for f in found}
    told = tuple(found)
    if "last" in kinds:  # "no wait, yes": what comes after the change of mind counts
        cut = max(i for i, f in enumerate(found) if f.label == "last")
        after = {f.label for f in found[cut + 1 :]}
        kinds = after or kinds
    later = "later" in kinds
    kinds -= {"last", "later"}
    changed = "last" in {f.label for f in found}
    denied = _is_denied(words, scanned, lexicon) or _ends_in_a_no(found)
    if denied or (abstains and {"skipped", "bare_no"} <= kinds):
        return Habit(None, True, False, changed, told)
    kinds = {_SKIPPED[abstains].get(k, k) for k in kinds}
    signs = kinds & set(_SIGNS)
    kinds = (kinds - signs) | {_SIGNS[s] for s in signs}
    aside = kinds == {"deed"}
    kinds = {"yes" if k == "deed" else k for k in kinds}
    bare = bool(kinds) and kinds <= {"bare_yes", "bare_no"}
    if kinds & {"open"}:
        return Habit(None, True, False, changed, told)
    if kinds & {"yes", "no"}:
        done = _unanimous(kinds & {"yes", "no"}, "yes")
        done = None if done is False and "bare_yes" in kinds else done
        return Habit(done, done is None, False, changed, told, aside)
    if kinds:
        done = _unanimous(kinds, "bare_yes")
        return Habit(done, done is None, bare, changed, told)
    if later:
        return Habit(None, True, False, changed, told)
    return Habit(None, False, False, changed, ())


def _beside(deeds: Sequence[PhraseMatch], scanned: Sequence[PhraseMatch]) -> list[PhraseMatch]:
    """Put deeds in the place of what else a yes may mean in the same words: "si me ..." is mostly "if I ..."."""
    told = [one for one in scanned if one.label in ("no", "open")]  # "no me acuerdo si lo hice", "ahora sí le fallé"
    own = [deed for deed in deeds if not any(one.start < deed.end and deed.start < one.end for one in told)]
    kept = [one for one in scanned if all(one.end <= deed.start or deed.end <= one.start for deed in own)]
    return sorted([*kept, *own])


def _exclaimed(words: Sequence[str], lexicon: Lexicon) -> list[PhraseMatch]:
    """Find a no that a single unknown word introduces, where nothing else answers: "chale no, ..."."""
    before = BOUNDARIES | lexicon.lists["pair_joints"]
    start = next((i for i, word in enumerate(words) if word not in before), len(words))
    clause = words[start : start + 2]
    ends = start + 2 >= len(words) or words[start + 2] in BOUNDARIES
    known = not clause or clause[0] in lexicon.known or not clause[0].isalpha()
    if known or not ends or clause[1:] != ["no"]:
        return []
    return [PhraseMatch(start + 1, start + 2, "bare_no")]


def _is_denied(words: Sequence[str], scanned: Sequence[PhraseMatch], lexicon: Lexicon) -> bool:
    """Whether a deed follows a word that denies it, as in "nobody did it"; a no of its own is another phrase."""
    inside = {i for one in scanned for i in range(one.start, one.end)}
    deeds = [one.start - 1 for one in scanned if one.label in ("yes", "deed")]
    return any(i >= 0 and i not in inside and words[i] in lexicon.lists["negations"] for i in deeds)


def _ends_in_a_no(found: Sequence[PhraseMatch]) -> bool:
    """Whether a plain no comes after a stated deed: "le hice la lucha pero no"."""
    stated = any(one.label in ("yes", "deed") for one in found[:-1])
    return stated and found[-1].label == "bare_no" and all(one.label in ("yes", "deed") for one in found[:-1])


_SKIPPED = {False: {"skipped": "no", "not_skipped": "yes"}, True: {"skipped": "yes", "not_skipped": "no"}}
_SIGNS = {"sign_yes": "bare_yes", "sign_no": "bare_no"}  # thumbs and check marks answer only what was asked


def _unanimous(kinds: set[str], yes: str) -> bool | None:
    return None if len(kinds) > 1 else yes in kinds

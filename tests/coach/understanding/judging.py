"""How well sets of labelled replies are read: counts that a person can follow, by the two figures that matter.

*Read exactly* is the label itself. *Reached* is whether what matters of it got to where it must: a cry for help to a
human, a stop carried out or held and asked about, a check-in recorded or asked about. The convention of the labels is
`data/hands/CONVENTION.md`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coach.understanding import Asked, Intent, Reading, understand

Reader = Callable[[str, Asked], Reading]
CONTEXTS = {"invited": "consent"}


@dataclass(frozen=True)
class Labelled:
    """A reply with what its writer meant."""

    text: str
    asked: Asked
    language: str
    intent: str
    score: int | None
    habit: bool | None
    stop: str
    urgent: bool

    @property
    def is_urgent(self) -> bool:
        """An emergency of the body."""
        return self.intent == "medical" and self.urgent


def load(path: Path) -> list[Labelled]:
    """One writer's replies."""
    return [_labelled(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _labelled(row: dict[str, Any]) -> Labelled:
    context = row["context"]
    return Labelled(
        row["text"],
        Asked.parse(CONTEXTS.get(context, context)),
        row.get("language", "en"),
        row["intent"],
        row.get("score"),
        row.get("habit"),
        row.get("stop") or "no",
        bool(row.get("urgent")),
    )


@dataclass
class Share:
    """How many of how many, and which were not."""

    of: int = 0
    hits: int = 0
    missed: list[tuple[Labelled, Reading]] = field(default_factory=list)

    def count(self, one: Labelled, reading: Reading, *, hit: bool) -> None:
        """One more."""
        self.of += 1
        self.hits += hit
        if not hit:
            self.missed.append((one, reading))

    def __str__(self) -> str:
        return f"{self.hits}/{self.of} ({self.hits / self.of:.1%})" if self.of else "0/0"


MEASURES = (
    *("danger reached", "danger exact", "stop reached", "stop exact", "check-in reached", "check-in exact"),
    *("no false page", "no false stop", "no false score", "no wrong yes/no", "plain check-in stays", "all exact"),
)


def judge(replies: Iterable[Labelled], reader: Reader = understand) -> dict[str, Share]:
    """Every measure over some replies."""
    shares = {name: Share() for name in MEASURES}
    for one in replies:
        reading = reader(one.text, one.asked)
        for name, hit in _judged(one, reading):
            shares[name].count(one, reading, hit=hit)
    return shares


def _judged(one: Labelled, reading: Reading) -> Iterable[tuple[str, bool]]:
    if one.intent == "crisis" or one.is_urgent:
        exact = reading.intent is Intent.CRISIS if one.intent == "crisis" else reading.for_coach == "urgent"
        yield "danger reached", reading.for_coach is not None
        yield "danger exact", exact
        yield "all exact", exact
        return
    pages = reading.intent is Intent.CRISIS or reading.urgency == "emergency"
    yield "no false page", not pages
    if one.intent == "opt_out":
        yield "stop reached", reading.stop != "no"
        yield "stop exact", reading.intent is Intent.OPT_OUT
        yield "all exact", reading.intent is Intent.OPT_OUT
        return
    yield "no false stop", reading.stop != "sure"
    yield "no false score", reading.score is None or reading.score == one.score
    yield "no wrong yes/no", reading.habit is None or reading.habit == one.habit or one.habit is None
    exact = (reading.intent.value, reading.score, reading.habit) == (one.intent, one.score, one.habit)
    if one.intent == "checkin" or (one.intent == "unclear" and one.asked.value.startswith("score")):
        recorded = (reading.score, reading.habit) == (one.score, one.habit) and reading.intent is not Intent.ACK
        asked = reading.intent is Intent.UNCLEAR or reading.for_coach is not None
        yield "check-in reached", recorded or asked
        yield "check-in exact", exact
    if one.intent == "checkin":
        yield "plain check-in stays", reading.for_coach is None
    yield "all exact", exact

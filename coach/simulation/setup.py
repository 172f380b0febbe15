"""What a simulation is of: how many people, how long, which programme and policy, and the effects true in it."""

import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

STARTS_ON = date(2026, 1, 5)  # a Monday; the clocks of most zones change within the twelve weeks after it


class SetupError(ValueError):
    """The effects file cannot be used; the message is one clear sentence."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What decides the steps that someone can be offered, and how often; taken from people who take part."""

    language: str
    exclude: frozenset[str]
    tags: frozenset[str]
    cadence: str


@dataclass(frozen=True, slots=True)
class Setup:
    """A simulation. The same one gives the same file, however many processes share the work.

    Attributes:
        effects: strategy to what offering it adds to that night's score, in points (negative: better); 0 if not named.
        policy: empty for the programme's own.
        switched_off: strategies that the clinic does not offer.
        kinds: the made-up are of these in turn; without any they are of all kinds.
    """

    participants: int
    days: int
    programme: str = "evening"
    policy: str | None = None
    effects: Mapping[str, float] = field(default_factory=dict)
    seed: int = 1
    starts_on: date = STARTS_ON
    switched_off: frozenset[str] = frozenset()
    kinds: tuple[Kind, ...] = ()


def read_effects(path: Path, strategies: Collection[str]) -> dict[str, float]:
    """Read a file of `strategy = points` (TOML), or a JSON object of the same.

    Raises:
        SetupError: it cannot be read, names no strategy of the library, or gives something that is not a number.
    """
    try:
        words = path.read_text(encoding="utf-8")
        found: Any = json.loads(words) if path.suffix == ".json" else tomllib.loads(words)
    except (OSError, ValueError) as error:
        raise SetupError(f"{path.name} cannot be read as effects: {error}") from None
    if not isinstance(found, dict):
        raise SetupError(f"{path.name} must map strategies to points, such as: stretching = -0.8")
    for strategy, points in found.items():
        if strategy not in strategies:
            raise SetupError(f"{path.name}: '{strategy}' is no strategy: choose from {', '.join(sorted(strategies))}")
        if isinstance(points, bool) or not isinstance(points, int | float):
            raise SetupError(f"{path.name}: the effect of {strategy} must be a number of points, such as -0.8")
    return {strategy: float(points) for strategy, points in found.items()}

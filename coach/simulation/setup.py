"""The setup of a simulation: people, duration, programme, policy and the true effects."""

import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

STARTS_ON = date(2026, 1, 5)  # a Monday; in most zones the clocks change within the following twelve weeks


class SetupError(ValueError):
    """The effects file cannot be used; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class PersonKind:
    """A kind of participant: what determines which steps they can be offered, and how often."""

    language: str
    exclude: frozenset[str]
    tags: frozenset[str]
    cadence: str


@dataclass(frozen=True, slots=True)
class Setup:
    """A simulation. The same setup gives the same file, however many processes share the work.

    Attributes:
        effects: points that offering a strategy adds to that night's score (negative is better); 0 if not listed.
        policy: None for the programme's own.
        switched_off: strategies that the clinic has turned off.
        kinds: simulated people take these kinds in turn; if empty, their kinds are random.
    """

    participants: int
    days: int
    programme: str = "evening"
    policy: str | None = None
    effects: Mapping[str, float] = field(default_factory=dict)
    seed: int = 1
    starts_on: date = STARTS_ON
    switched_off: frozenset[str] = frozenset()
    kinds: tuple[PersonKind, ...] = ()


def read_effects(path: Path, strategies: Collection[str]) -> dict[str, float]:
    """Read a TOML file of `strategy = points`, or the same as a JSON object.

    Raises:
        SetupError: the file cannot be read, names an unknown strategy, or has a value that is not a number.
    """
    try:
        content = path.read_text(encoding="utf-8")
        found: object = json.loads(content) if path.suffix == ".json" else tomllib.loads(content)
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

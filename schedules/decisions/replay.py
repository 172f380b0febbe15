"""Replaying a decision from its row alone: the vector from the facts, the action from the vector and the draw. Pure.

A row says three things that must agree: what the policy made of the facts, what was drawn, and what came of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isclose
from typing import Any

from schedules.decisions.eligibility import draw_arm
from schedules.decisions.policies import NONE, PolicyInputs, probabilities

TOLERANCE = 1e-9  # vectors are recomputed on other machines, whose last digit may differ


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """A row of `decision`, as it was written."""

    id: int
    enrolment_id: int
    slot: str
    local_on: date
    decided_at: datetime
    available: bool
    unavailable_reason: str | None
    eligible: tuple[str, ...]
    probabilities: Mapping[str, float]
    policy: str
    policy_version: int
    draw: float | None
    action: str | None
    text_id: str | None
    text_version: int | None
    covariates: Mapping[str, Any]
    facts: Mapping[str, Any]

    @property
    def was_random(self) -> bool:
        """Whether there was anything to choose: not when unavailable, nor at a slot that only asks the check-in."""
        return self.draw is not None


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What the row gives when it is computed again; `differences` is empty if it is what the row says."""

    probabilities: dict[str, float]
    action: str | None
    text_id: str | None
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the row is the same again."""
        return not self.differences


def replay(logged: LoggedDecision) -> ReplayResult:
    """Compute a decision again.

    Raises:
        ValueError: this version of the code does not know the policy's version.
    """
    if logged.draw is None:
        return ReplayResult({}, None, None, tuple(_differences(logged, {}, None, None)))
    known = policy_inputs_from(logged.facts)
    vector = probabilities(logged.policy, logged.policy_version, logged.eligible, known)
    action = draw_arm(vector, logged.draw)
    text_id = _text_id(logged.facts) if action != NONE else None
    return ReplayResult(vector, action, text_id, tuple(_differences(logged, vector, action, text_id)))


def policy_inputs_from(facts: Mapping[str, Any]) -> PolicyInputs:
    """What the policy looked at, out of the logged facts."""
    return PolicyInputs(
        tuple(facts["recent"]),
        {id: (n, total) for id, (n, total) in facts.get("outcomes", {}).items()},
        {id: date.fromisoformat(on) for id, on in facts.get("offered_on", {}).items()},
        facts.get("tie_draw", 0.0),
    )


def _text_id(facts: Mapping[str, Any]) -> str:
    texts: list[str] = facts["texts"]
    return texts[int(facts["text_draw"] * len(texts))]


def _differences(
    logged: LoggedDecision, vector: Mapping[str, float], action: str | None, text_id: str | None
) -> Iterator[str]:
    arms = {*vector, *logged.probabilities}
    if any(not isclose(vector.get(a, 0), logged.probabilities.get(a, 0), abs_tol=TOLERANCE) for a in arms):
        yield "the probabilities are others"
    if action != logged.action:
        yield f"the action is {action or 'none at all'}, not {logged.action or 'none at all'}"
    if text_id != logged.text_id:
        yield f"the text is {text_id}, not {logged.text_id}"

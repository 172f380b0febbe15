"""Replays a decision from its row alone: the probabilities from the facts, the action from the draw. Pure.

Three parts of a row must agree: the facts with the probabilities, the draw, and the action.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isclose
from typing import Any

from schedules.decisions.eligibility import draw_arm
from schedules.decisions.facts import COACH_CHOSE
from schedules.decisions.policies import NONE, PolicyInputs, probabilities

TOLERANCE = 1e-9  # another machine may differ in the last digit


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """A row of `decision`, as written."""

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
    covariates: Mapping[str, object]
    facts: Mapping[str, Any]

    @property
    def was_random(self) -> bool:
        """Whether there was a choice: not if unavailable, nor for a slot that only asks the check-in."""
        return self.draw is not None

    @property
    def was_chosen(self) -> bool:
        """Whether a coach chose the step."""
        return self.unavailable_reason == COACH_CHOSE


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The recomputed decision; `differences` is empty if it matches the row."""

    probabilities: dict[str, float]
    action: str | None
    text_id: str | None
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the recomputed decision matches the row."""
        return not self.differences


def replay(logged: LoggedDecision) -> ReplayResult:
    """Recompute a decision.

    Raises:
        ValueError: this version of the code does not know the policy's version.
    """
    if logged.draw is None:
        text_id = _text_id(logged.facts) if logged.was_chosen else None
        action = logged.action if logged.was_chosen else None
        return ReplayResult({}, action, text_id, tuple(_differences(logged, {}, action, text_id)))
    known = policy_inputs_from(logged.facts)
    vector = probabilities(logged.policy, logged.policy_version, logged.eligible, known)
    action = draw_arm(vector, logged.draw)
    text_id = _text_id(logged.facts) if action != NONE else None
    return ReplayResult(vector, action, text_id, tuple(_differences(logged, vector, action, text_id)))


def policy_inputs_from(facts: Mapping[str, Any]) -> PolicyInputs:
    """Rebuild the policy's inputs from the logged facts."""
    return PolicyInputs(
        tuple(facts["recent"]),
        {id: (n, total) for id, (n, total) in facts.get("outcomes", {}).items()},
        {id: date.fromisoformat(on) for id, on in facts.get("offered_on", {}).items()},
        facts.get("tie_draw", 0.0),
        {id: (mean, sd) for id, (mean, sd) in facts.get("shared", {}).items()},
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

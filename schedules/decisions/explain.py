"""Explains a decision in plain words: why this, why now, why not the others. Pure; uses nothing but the row."""

from collections.abc import Mapping

from schedules.decisions.eligibility import describe_reason
from schedules.decisions.facts import ASKED_ONLY
from schedules.decisions.policies import NONE
from schedules.decisions.replay import LoggedDecision

UNAVAILABLE_REASONS: Mapping[str, str] = {
    "opted_out": "they had opted out",
    "held": "texts were held back until someone had spoken with them",
    "paused": "they had paused",
    "not_due": "it was not a day of their cadence, or belonged to the question about the step before",
    "quiet_hours": "the quiet hours left no time for it that day",
    "system_down": "the time to send it had passed when the system came to it",
}
POLICY_EXPLANATIONS: Mapping[str, str] = {
    "rotation": "every eligible step that was not among the last four had the same chance",
    "micro-randomised": "no step has a constant chance of 0.4, and the eligible steps share the rest equally",
    "adaptive": "each candidate had at least 0.1, and the rest went to those whose nights had scored lower so far, "
    "their own and, since version 2, those of others in the program",
}


def why_this(logged: LoggedDecision) -> str:
    """Explain the action in one or two sentences."""
    if logged.was_chosen:
        return f"A coach chose the step {logged.action}. Nothing was drawn, so this evening counts in no estimate."
    if not logged.available:
        reason = logged.unavailable_reason or ""
        if reason == ASKED_ONLY:
            return "Only the night that the last step can change was asked about: no step was chosen."
        return f"No text was planned: {UNAVAILABLE_REASONS.get(reason, reason)}."
    if logged.draw is None or logged.action is None:
        return "This slot asks the check-in only: nothing was chosen."
    if not logged.eligible:
        return "No step could be offered, so only the check-in was asked."
    chance = logged.probabilities[logged.action]
    what = "No step" if logged.action == NONE else f"The step {logged.action}"
    how = POLICY_EXPLANATIONS.get(logged.policy, "")
    return f"{what} was drawn, with a chance of {chance:.3f}: {how}. The draw was {logged.draw:.6f}."


def why_now(logged: LoggedDecision) -> str:
    """Explain what made this the moment."""
    night = logged.covariates.get("nights_since_start")
    return (
        f"The slot {logged.slot} of {logged.local_on.isoformat()}"
        + (f", night {night} since the start" if night is not None else "")
        + (f", at the cadence {logged.facts['cadence']}" if "cadence" in logged.facts else "")
        + f"; decided at {logged.decided_at:%Y-%m-%d %H:%M:%S} UTC."
    )


def why_not(logged: LoggedDecision) -> dict[str, str]:
    """Explain for every strategy without a chance why it had none: first those not eligible, then those left out."""
    reasons = {id: describe_reason(reason) for id, reason in logged.facts.get("refused", {}).items()}
    if logged.was_random and logged.eligible:
        left_out = (id for id in logged.eligible if not logged.probabilities.get(id))
        reasons |= {id: _why_left_out(logged, id) for id in left_out}
    return dict(sorted(reasons.items()))


def _why_left_out(logged: LoggedDecision, id: str) -> str:
    if id in logged.facts.get("recent", ()):
        return "eligible, but they had it on one of the last four evenings with a step"
    return "eligible, but not among tonight's candidates"

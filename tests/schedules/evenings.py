"""Sixty evenings of one person, each decided from those before, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.decisions.care_texts import CareDates
from schedules.decisions.decide import decide
from schedules.decisions.eligibility import PastStep, Recipient
from schedules.decisions.facts import Choice, Plan
from schedules.decisions.policies import CURRENT_VERSION
from schedules.decisions.replay import LoggedDecision
from tests.schedules.decisions.deciding import STARTS_ON, facts, timing

KEYS = InstallationKeys.derive("5e" * 32)


@dataclass(frozen=True)
class Evening:
    """A date, and what was decided on it."""

    on: date
    plan: Plan

    @property
    def choice(self) -> Choice:
        return self.plan.choice


def evenings(
    catalogue: Catalogue,
    policy: str,
    number: int = 1,
    *,
    person: Recipient | None = None,
    scores: Mapping[str, int] | None = None,
    days: int = 60,
) -> list[Evening]:
    """`scores` is what a strategy's nights always score; nights of others score 5, and every fourth is not told."""
    person = person or Recipient("en", frozenset(), frozenset(), ())
    times, met, past = timing(catalogue), list[Evening](), list[PastStep]()
    for ahead in range(days):
        on = STARTS_ON + timedelta(days=ahead)
        known = replace(person, past=tuple(reversed(past)))
        one = facts(times, on, policy=policy, person=known, enrolment_id=number, last_texted_on=on - timedelta(days=1))
        one = replace(one, care=CareDates(on, on))
        plan = decide(one, catalogue, one.due.at, partial(KEYS.draw, number, "evening", on))
        met.append(Evening(on, plan))
        action = plan.choice.action or ""
        score = None if ahead % 4 == 3 else (scores or {}).get(action, 5)
        past.append(PastStep(on, action, plan.choice.text_id, score))
    return met


def logged(evening: Evening, policy: str) -> LoggedDecision:
    """The row an evening would leave."""
    choice = evening.choice
    return LoggedDecision(
        id=1,
        enrolment_id=1,
        slot="evening",
        local_on=evening.on,
        decided_at=evening.plan.next_due.at,
        available=choice.available,
        unavailable_reason=choice.unavailable_reason,
        eligible=choice.eligible,
        probabilities=choice.probabilities or {},
        policy=policy,
        policy_version=CURRENT_VERSION[policy],
        draw=choice.draw,
        action=choice.action,
        text_id=choice.text_id,
        text_version=choice.text_version,
        covariates=evening.plan.covariates,
        facts=choice.facts,
    )

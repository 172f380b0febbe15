"""Shrink a failing plan: remove events, then people, while the same promise is still broken."""

from collections.abc import Callable
from dataclasses import replace

from tests.simulation_engine.plan import Event, Plan
from tests.simulation_engine.world import Report

Run = Callable[[Plan], Report]


def shrink(plan: Plan, rule: str, run: Run, most: int = 120) -> Plan:
    """A plan of few events that breaks the same rule, in at most so many runs."""
    left = [most]

    def breaks(candidate: Plan) -> bool:
        if left[0] <= 0:
            return False
        left[0] -= 1
        return rule in run(candidate).rules

    plan = _shorter(plan, breaks)
    events = _fewer(plan.events, lambda some: breaks(replace(plan, events=some)))
    plan = replace(plan, events=events)
    for feature in sorted(plan.features):  # what the provider does of its own accord
        without = replace(plan, features=plan.features - {feature})
        if breaks(without):
            plan = without
    return plan


def _shorter(plan: Plan, breaks: Callable[[Plan], bool]) -> Plan:
    for days in range(1, plan.days):
        shorter = replace(plan, days=days, events=tuple(one for one in plan.events if one.at < days * 86_400))
        if breaks(shorter):
            return shorter
    return plan


def _fewer(events: tuple[Event, ...], breaks: Callable[[tuple[Event, ...]], bool]) -> tuple[Event, ...]:
    """Delta debugging: leave out halves, then quarters, and in the end one by one."""
    size = max(1, len(events) // 2)
    while True:
        start = 0
        while start < len(events):
            without = events[:start] + events[start + size :]
            if breaks(without):
                events = without
            else:
                start += size
        if size == 1:
            return events
        size = max(1, size // 2)


def described(plan: Plan) -> str:
    """The plan in lines that a person can follow."""
    people = [f"  {one.phone} {one.zone} {one.evening_at:%H:%M} {one.clinic}" for one in plan.people]
    events = [f"  {one}" for one in plan.events]
    head = f"seed {plan.seed}, {plan.days} days, {plan.workers} workers, rate {plan.rate}, STOP by {plan.opt_out_mode}"
    return "\n".join([head, "people:", *people, "events:", *events, "features: " + ",".join(sorted(plan.features))])

"""Rounds in which nothing can happen are skipped (`quiet`): nothing else comes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import Engine

from tests.simulation_engine import door
from tests.simulation_engine.people import Person
from tests.simulation_engine.plan import FEATURES, Plan, evening_of, make_plan
from tests.simulation_engine.quiet import Quiet
from tests.simulation_engine.running import run_plan, sqlite
from tests.simulation_engine.scheduling import Threads
from tests.simulation_engine.world import Report, World

DAYS = 3
# These strike at a statement or a commit, whichever is the next one: with fewer rounds it is another.
STRIKE_AT_A_STATEMENT = {"kills", "lost", "commit_in_doubt", "deadlock", "locked", "full", "down"}
# These meet a text on its way, or not, by fractions of a second.
HANG_ON_A_MOMENT = {"suspends", "drops", "provider_down", "slows_down", "key_refused", "outages", "clock_jumps", "pace"}
REST = frozenset(FEATURES) - STRIKE_AT_A_STATEMENT - HANG_ON_A_MOMENT
MOMENT = 300.0


@dataclass
class Outcome:
    """What became of everybody in a run."""

    report: Report
    people: list[tuple[object, ...]]


@pytest.fixture(scope="module")
def on_sqlite() -> Iterator[Engine]:
    with sqlite() as engine:
        yield engine


def plan_of(seed: int) -> Plan:
    """A plan without what happens just when an evening's text leaves: a worker's round comes some seconds sooner."""
    plan = make_plan(seed, REST, DAYS, small=True)
    evenings = [evening_of(one, day, 0.0) for one in plan.people for day in range(DAYS)]
    calm = [one for one in plan.events if all(abs(one.at - at) > MOMENT for at in evenings) and one.kind != "ambush"]
    return replace(plan, events=tuple(calm))


def outcome(engine: Engine, seed: int, patch: pytest.MonkeyPatch, *, skips: bool) -> Outcome:
    worlds: list[World] = []
    with patch.context() as patched:
        live = World.live

        def watched(world: World) -> Report:
            worlds.append(world)
            return live(world)

        patched.setattr(World, "live", watched)
        # Drawn in turn, for each transaction and each text: of fewer rounds others would come.
        patched.setattr(Threads, "LATE", (0.001,))
        patched.setattr(door, "SLOWNESS", (0.001,))
        if not skips:
            patched.setattr(Quiet, "for_process", lambda *_: False)
        report = run_plan(plan_of(seed), engine)
    people: list[tuple[object, ...]] = [
        (one.phone, one.clinic, one.status, one.evening_at, one.paused_until, sorted(one.barred), nights_of(one))
        for one in worlds[0].model.people
    ]
    return Outcome(report, people)


def nights_of(person: Person) -> list[tuple[object, ...]]:
    return [(one.on, one.asks_step, one.status, one.score, one.habit) for one in person.nights.values()]


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_skipping_quiet_rounds_changes_nobodys_evenings(
    on_sqlite: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = outcome(on_sqlite, seed, monkeypatch, skips=False)
    fewer = outcome(on_sqlite, seed, monkeypatch, skips=True)
    assert fewer.people == every.people
    assert (fewer.report.texts, fewer.report.must) == (every.report.texts, every.report.must)
    assert (fewer.report.rules, every.report.rules) == ([], [])
    assert fewer.report.steps < every.report.steps

"""Run a few seeds on every test run; `dev.py bench simulate-engine` runs many. See the package docstring."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import Engine, QueuePool

from schedules.database.engine import open_engine
from tests.databases import PostgresCopies
from tests.simulation_engine.known_faults import KNOWN_FAULTS
from tests.simulation_engine.mutations import MUTATIONS
from tests.simulation_engine.plan import FEATURES, make_plan
from tests.simulation_engine.running import all_features, prepare, run_plan, run_seed, sqlite
from tests.simulation_engine.shrinking import shrink
from tests.simulation_engine.stage import Machine, Process, Stage
from tests.simulation_engine.standins import put_in
from tests.simulation_engine.waiting import SimpleQueue

SEEDS = (1, 2, 3, 14, 25)  # the last two once found a fault
DAYS = 3


@pytest.fixture(scope="module")
def on_sqlite() -> Iterator[Engine]:
    with sqlite() as engine:
        yield engine


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_is_kept_in_a_hostile_world(on_sqlite: Engine, seed: int) -> None:
    report = run_seed(seed, on_sqlite, days=DAYS)
    assert not report.broken, replay(seed, report.broken)
    assert report.texts


@pytest.mark.parametrize("seed", [1, 2])
def test_every_promise_is_kept_on_postgresql(postgres_copies: PostgresCopies, seed: int) -> None:
    address = postgres_copies.copy()
    engine = open_engine(address)
    try:
        prepare(engine)
        report = run_seed(seed, engine, days=2)
        assert not report.broken, replay(seed, report.broken)
    finally:
        engine.dispose()
        postgres_copies.drop(address)


def test_a_seed_replays_to_the_letter(on_sqlite: Engine) -> None:
    first, again = run_seed(3, on_sqlite, days=2), run_seed(3, on_sqlite, days=2)
    assert (first.trace, first.steps) == (again.trace, again.steps)


def test_a_fault_is_found_and_cut_down_to_a_few_events(on_sqlite: Engine) -> None:
    with MUTATIONS["a pause is not looked at"].put_in():
        plan = next(
            plan
            for plan in (make_plan(seed, {"pauses", "stops", "twice"}, DAYS) for seed in range(1, 40))
            if "texted in a pause" in run_plan(plan, on_sqlite).rules
        )
        small = shrink(replace(plan, events=plan.events), "texted in a pause", lambda one: run_plan(one, on_sqlite), 40)
        assert len(small.events) == 1
        assert "texted in a pause" in run_plan(small, on_sqlite).rules


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_what_a_mutation_changes_is_there(name: str) -> None:
    with MUTATIONS[name].put_in():
        pass


def test_what_is_switched_off_says_why() -> None:
    assert set(KNOWN_FAULTS) <= set(FEATURES)
    assert all(len(reason) > 40 for reason in KNOWN_FAULTS.values())
    assert all_features()


def replay(seed: int, broken: Sequence[object]) -> str:
    told = "\n".join(map(str, broken))
    return f"{told}\nReplay: python3 dev.py bench simulate-engine --seed {seed}"


def test_whatever_a_run_breaks_off_gives_its_connection_back(on_sqlite: Engine) -> None:
    """Else the driver complains of it later, in whichever test happens to collect what is left."""
    stage, pool = Stage(), on_sqlite.pool
    assert isinstance(pool, QueuePool)

    def hold(waits: Callable[[], object]) -> None:
        with on_sqlite.connect():
            waits()

    process = Process("worker", Machine("m"), Random(1))
    with put_in(stage, 1):
        before = pool.checkedout()
        stage.spawn(None, lambda: hold(lambda: stage.wait(60.0)))
        stage.spawn(process, lambda: hold(SimpleQueue().get))
        stage.run(1.0)
        assert pool.checkedout() == before + 2
        stage.end()
    assert pool.checkedout() == before

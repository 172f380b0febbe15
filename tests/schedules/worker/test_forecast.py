"""Said before the evening: whether all its texts can leave in time at the rate that was set."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.worker.evening_load import coming_backlog, warn_of_backlog
from schedules.worker.forecast import Backlog, DueGroup, worst_backlog
from schedules.worker.periodic import PeriodicRunner
from tests.support import TestClock, enrol, person

EIGHT = datetime(2026, 3, 3, 1, tzinfo=UTC)


def group(minute: float, texts: int, open_for: float = 60) -> DueGroup:
    at = EIGHT + timedelta(minutes=minute)
    return DueGroup(at, at + timedelta(minutes=open_for), texts)


def test_an_evening_that_fits_is_said_in_minutes() -> None:
    crush = worst_backlog([group(0, 3200)], 1.0)
    assert crush == Backlog(EIGHT, 3200, timedelta(seconds=3200), 0)
    assert crush.words(1.0) == "3,200 texts need 53 minutes at 1 a second."


def test_what_does_not_fit_is_counted() -> None:
    crush = worst_backlog([group(0, 5000)], 1.0)
    assert crush
    assert crush.words(1.0) == "5,000 texts need 83 minutes at 1 a second: 1,400 would be too late."


def test_groups_that_run_into_each_other_are_one_stretch_and_others_are_not() -> None:
    crush = worst_backlog([group(0, 600), group(5, 600), group(40, 900)], 1.0)
    assert crush == Backlog(EIGHT, 1200, timedelta(minutes=20), 0)


def test_without_a_rate_or_with_nothing_due_nothing_is_said() -> None:
    assert worst_backlog([group(0, 10**6)], 0) is None
    assert worst_backlog([], 1.0) is None


@given(
    groups=st.lists(st.tuples(st.integers(0, 120), st.integers(1, 400), st.integers(1, 90)), min_size=1, max_size=12),
    rate=st.sampled_from([0.5, 1.0, 3.0, 10.0]),
)
def test_nothing_is_too_late_when_every_text_sent_one_by_one_is_in_time(
    groups: list[tuple[int, int, int]], rate: float
) -> None:
    line, late, last = EIGHT, 0, EIGHT
    for minute, texts, open_for in sorted(groups, key=lambda one: one[0]):
        one = group(minute, texts, open_for)
        for _ in range(texts):
            line = max(line, one.due_at) + timedelta(seconds=1 / rate)
            late += line > one.closes_at + timedelta(seconds=2 / rate)
        last = max(last, line)
    crush = worst_backlog([group(*one) for one in groups], rate)
    assert crush
    if not crush.too_late:
        assert late == 0


def test_the_load_of_a_clinic_is_gathered_from_its_people(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, *(person(number) for number in range(1, 8)))
    enrol(runtime, person(20, bedtime="20:30"), clinic="Early")
    with read_transaction(runtime.engine) as connection:
        crush = coming_backlog(connection, runtime.catalogue, clock(), 0.002)
        assert coming_backlog(connection, runtime.catalogue, clock(), 0) is None
    assert crush
    assert (crush.texts, crush.starts_at) == (8, EIGHT)
    assert crush.too_late == 1


def test_too_many_for_the_rate_is_warned_of_once_an_hour(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, *(person(number) for number in range(1, 8)))
    periods = PeriodicRunner(runtime.engine, "one", runtime.now)
    with capture_logs() as lines:
        assert [warn_of_backlog(periods, runtime.catalogue, rate) for rate in (0, 1.0)] == [0, 0]
        clock.forward(hours=1)
        assert [warn_of_backlog(periods, runtime.catalogue, 0.001) for _ in range(2)] == [1, 0]
    assert [line["told"] for line in lines] == ["7 texts need 117 minutes at 0.001 a second: 4 would be too late."]

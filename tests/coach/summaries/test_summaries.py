"""The weekly summary: equal to an oracle on random histories, versioned, added up in groups."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, update

from coach.adherence.counts import Counts
from coach.adherence.triage import TriageFacts, judge
from coach.cli.main import coach
from coach.database.tables import StaleWeek, WeeklySummary
from coach.runtime import Runtime
from coach.summaries.as_of import load_totals, load_week_as_of, weeks_before
from coach.summaries.compute import compute_week, stored_batches
from coach.summaries.formats import as_json, counts_as_json
from coach.summaries.jobs import store_summaries
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant
from schedules.worker.periodic import PeriodicRunner
from tests.coach.summaries.histories import Life, expected, lives, write
from tests.support import DATA_KEY, TestClock, enrol, person, rows, say, tick

WEEK = "2026-W10"
ADDED_UP = ("prompted", "answered", "steps_asked", "done", "not_done", "no_reply", "undelivered", "not_prompted")
# From Sunday evening in the far west until every silence of 72 hours is over.
LOOKED_AT = st.integers(0, 104).map(lambda hours: datetime(2026, 3, 8, 4, tzinfo=UTC) + timedelta(hours=hours))


@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=st.lists(lives(), min_size=1, max_size=4), now=LOOKED_AT)
def test_every_week_is_what_a_plain_reckoning_of_its_events_says(
    engine: Engine, people: list[Life], now: datetime
) -> None:
    with write_transaction(engine) as connection:
        clinic, ids = write(connection, people, now)
    mine = Participant.clinic_id == clinic
    with read_transaction(engine) as connection:
        computed = [one for batch in compute_week(connection, WEEK, now, mine) for one in batch]
    oracle = [expected(life, now) for life in people]
    assert [one.participant_id for one in computed] == ids
    for summary, told in zip(computed, oracle, strict=True):
        assert counts_as_json(summary.counts) == {name: told[name] for name in counts_as_json(Counts())}
        assert dict(summary.not_prompted_for) == told["not_prompted_for"]
        silences = [one for one in summary.judgement.reasons if one.startswith("no answer recorded for the last")]
        stopped = "opted out: do not text or call about it" in summary.judgement.reasons
        assert bool(silences) == (told["silent"] >= 3 and not stopped)
        if silences:
            assert silences[0].startswith(f"no answer recorded for the last {told['silent']} check-ins")
    whole = as_json(WEEK, computed)["totals"]
    assert {name: whole[name] for name in ADDED_UP} == {name: sum(one[name] for one in oracle) for name in ADDED_UP}
    assert whole["not_prompted_for"] == sum((Counter(one["not_prompted_for"]) for one in oracle), Counter())
    assert sum(count for _, count in stored_batches(engine, WEEK, now, mine)) == len(ids)
    assert sum(count for _, count in stored_batches(engine, WEEK, now, mine)) == 0, "the same is no new version"
    with read_transaction(engine) as connection:
        stored = [one for batch in load_week_as_of(connection, WEEK, now, mine) for one in batch]
        totals = load_totals(connection, [WEEK, *weeks_before(WEEK)], now, mine)
    assert [(one.counts, one.judgement, dict(one.not_prompted_for)) for one in stored] == [
        (one.counts, one.judgement, dict(one.not_prompted_for)) for one in computed
    ]
    assert totals == {WEEK: (len(ids), sum((one.counts for one in computed), Counts()))}


def summarised(runtime: Runtime) -> int:
    return store_summaries(PeriodicRunner(runtime.engine, "w", runtime.now))


def versions(runtime: Runtime) -> list[tuple[int, int, int]]:
    return [(one.version, one.prompted, one.answered) for one in rows(runtime.engine, WeeklySummary)]


@pytest.fixture
def asked_on_sunday(runtime: Runtime, clock: TestClock) -> Runtime:
    """Someone asked on Sunday evening, who has not answered; the clock shows Monday noon in New York."""
    clock.shows = datetime(2026, 3, 8, 15, tzinfo=UTC)
    enrol(runtime, person(1))
    clock.shows = datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
    tick(runtime)
    clock.shows = datetime(2026, 3, 9, 16, tzinfo=UTC)
    return runtime


def test_a_late_answer_makes_a_new_version_and_what_was_shown_stays(asked_on_sunday: Runtime, clock: TestClock) -> None:
    runtime = asked_on_sunday
    assert summarised(runtime) == 1
    assert versions(runtime) == [(1, 0, 0)], "the carrier has not spoken yet"
    shown_at = clock.shows
    clock.forward(minutes=5)
    say(runtime, "+14155550001", "6")
    assert summarised(runtime) == 1
    assert versions(runtime) == [(1, 0, 0), (2, 1, 1)]
    assert rows(runtime.engine, StaleWeek) == []
    assert summarised(runtime) == 0
    with read_transaction(runtime.engine) as connection:
        [[before]] = load_week_as_of(connection, WEEK, shown_at)
        [[now]] = load_week_as_of(connection, WEEK, clock.shows)
        assert list(load_week_as_of(connection, WEEK, shown_at - timedelta(days=1))) == []
    assert (before.counts.answered, dict(before.not_prompted_for)) == (0, {"waiting": 1})
    assert (now.counts.answered, now.counts.score_sum) == (1, 6)


def test_a_late_answer_reaches_the_baselines_of_the_weeks_after(asked_on_sunday: Runtime, clock: TestClock) -> None:
    runtime = asked_on_sunday
    summarised(runtime)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).values(state="delivered"))
    for _, later in stored_batches(runtime.engine, "2026-W11", clock.shows):
        assert later == 1
    say(runtime, "+14155550001", "6")
    assert summarised(runtime) == 2
    newest = {one.week: one for one in rows(runtime.engine, WeeklySummary)}
    assert (newest["2026-W11"].version, newest["2026-W11"].baseline_n, newest["2026-W11"].baseline_sum) == (2, 1, 6)


def test_seventy_two_hours_of_silence_count_on_a_later_morning(asked_on_sunday: Runtime, clock: TestClock) -> None:
    runtime = asked_on_sunday
    for _ in range(6):
        summarised(runtime)
        clock.forward(hours=24)
    assert versions(runtime) == [(1, 0, 0), (2, 1, 0)]


def test_a_refused_text_that_was_answered_after_all_has_arrived(asked_on_sunday: Runtime) -> None:
    runtime = asked_on_sunday
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).values(state="undelivered"))
        connection.execute(update(CheckIn).values(score=4))
    summarised(runtime)
    assert versions(runtime) == [(1, 1, 1)]


def told(runtime: Runtime, *arguments: str) -> str:
    env = {"DATABASE_URL": runtime.settings.database_url, "DATA_KEYS": DATA_KEY}
    done = CliRunner().invoke(coach, ["summary", "--week", WEEK, *arguments], env=env, catch_exceptions=False)
    return done.output


def test_the_command_tells_what_was_stored_at_an_instant(asked_on_sunday: Runtime, clock: TestClock) -> None:
    summarised(asked_on_sunday)
    clock.forward(minutes=5)
    say(asked_on_sunday, "+14155550001", "6")
    then = json.loads(told(asked_on_sunday, "--as-of", "2026-03-09T16:00:00Z", "--format", "json"))
    now = json.loads(told(asked_on_sunday, "--format", "json"))
    assert [one["participants"][0]["answered"] for one in (then, now)] == [0, 1]
    assert now["totals"]["programmes"][0]["id"] == "evening"
    assert "is not an instant: write it as" in told(asked_on_sunday, "--as-of", "monday")


def test_the_json_has_the_agreed_names_and_no_rate_where_nothing_was_asked(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), confirmed=False)
    summary = json.loads(told(runtime, "--format", "json"))
    assert list(summary) == ["week", "starts_on", "ends_on", "participants", "totals"]
    assert (summary["starts_on"], summary["ends_on"]) == ("2026-03-02", "2026-03-08")
    [one] = summary["participants"]
    names = """id prompted answered done not_done no_reply undelivered not_prompted steps_asked response_rate
        adherence_strict adherence_observed score_mean score_n baseline_mean baseline_n status reasons"""
    assert sorted(one) == sorted(names.split())
    rates = ("response_rate", "adherence_strict", "adherence_observed", "score_mean", "baseline_mean")
    assert [one[name] for name in rates] == [None] * 5
    assert summary["totals"]["response_rate"] is None


def test_whoever_has_opted_out_is_not_called_silent() -> None:
    facts = TriageFacts(Counts(prompted=5, undelivered=2), "active", False, silent=7)
    assert judge(facts).status == "no_replies"
    assert judge(facts).reasons[0].endswith("(a week or more)")
    stopped = judge(facts._replace(enrolment_status="stopped"))
    assert (stopped.status, stopped.reasons) == ("stopped", ("opted out: do not text or call about it",))


def test_statements_do_not_grow_with_the_number_of_people(runtime: Runtime, clock: TestClock) -> None:
    said: list[str] = []
    event.listen(runtime.engine, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    counts = []
    for people in (range(1, 3), range(3, 30)):
        enrol(runtime, *(person(number) for number in people))
        said.clear()
        list(stored_batches(runtime.engine, WEEK, clock.shows + timedelta(days=7)))
        counts.append(len(said))
    assert counts[1] <= counts[0]
    assert len(rows(runtime.engine, WeeklySummary)) == 29

"""`coach decisions replay`: every row of a running installation gives itself again, and says why."""

import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from coach.cli.decisions import decisions
from coach.database.schema import load_keys
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.evenings import Decision
from schedules.decisions.policies import CURRENT_VERSION
from schedules.decisions.replay import replay
from schedules.gateway.protocol import MemoryGateway
from schedules.planning.decision_log import find_decision
from tests.coach.living import live
from tests.support import DATA_KEY, SECRET_KEY, TestClock, rows, say, settings_for, tick


@pytest.fixture
def installed(sqlite_engine: Engine, sqlite_url: str, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """An installation on SQLite, for commands that open it by its address."""
    keys, gateway = load_keys(sqlite_engine), MemoryGateway(clock)
    return Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, keys, gateway, clock)


@pytest.mark.parametrize("policy", sorted(CURRENT_VERSION))
def test_every_row_of_every_policy_replays(runtime: Runtime, clock: TestClock, policy: str) -> None:
    live(runtime, clock, policy, 8)
    found = rows(runtime.engine, Decision)
    assert len(found) == 24
    for row in found:
        assert (row.policy, row.policy_version) == (policy, CURRENT_VERSION[policy])
        with read_transaction(runtime.engine) as connection:
            stored = find_decision(connection, row.id)
        assert stored
        again = replay(stored[1])
        assert again.agrees, again.differences
        assert again.action == row.action
    if policy == "adaptive":
        assert found[-1].facts["outcomes"], "it has learned from the answers"


def command(url: str, *arguments: str) -> Result:
    settings = {"DATABASE_URL": url, "DATA_KEYS": DATA_KEY, "SECRET_KEY": SECRET_KEY}
    return CliRunner(env=settings).invoke(decisions, ["replay", *arguments])


def test_it_tells_a_reader_why_this_why_now_and_why_not(installed: Runtime, sqlite_url: str, clock: TestClock) -> None:
    live(installed, clock, "rotation", 3)
    answer = command(sqlite_url, "8")
    assert answer.exit_code == 0, answer.output
    for words in (
        "Why this: The step ",
        "Why now:  The slot evening of 2026-03-04, night 2",
        "evening-walk: they must not get it (fall_risk)",
        "they had it the evening before",
        "Computed again from this row: the same.",
    ):
        assert words in answer.output


def test_as_json_it_is_one_value_with_the_vector_the_draw_and_the_action(
    installed: Runtime, sqlite_url: str, clock: TestClock
) -> None:
    live(installed, clock, "micro-randomised", 2)
    told = json.loads(command(sqlite_url, "5", "--json").output)
    [row] = [one for one in rows(installed.engine, Decision) if one.id == 5]
    assert (told["id"], told["participant_id"], told["action"], told["draw"]) == (5, 2, row.action, row.draw)
    assert told["replayed"]["agrees"] is True
    assert told["replayed"]["probabilities"] == pytest.approx(told["probabilities"])
    assert told["replayed"]["action"] == told["action"]
    assert set(told["why_not"]) | set(told["eligible"]) == set(installed.catalogue.strategies)


def test_a_skipped_evening_says_why_nothing_was_sent(installed: Runtime, sqlite_url: str, clock: TestClock) -> None:
    live(installed, clock, "rotation", 1)
    say(installed, "+14155550001", "pause 3")
    clock.forward(days=1)
    tick(installed)
    [paused] = [one for one in rows(installed.engine, Decision) if not one.available]
    assert "No text was planned: they had paused." in command(sqlite_url, str(paused.id)).output


def test_a_row_that_was_changed_exits_1_and_one_that_is_not_there_2(
    installed: Runtime, sqlite_url: str, clock: TestClock
) -> None:
    live(installed, clock, "rotation", 1)
    with write_transaction(installed.engine) as connection:
        connection.execute(update(Decision).where(Decision.id == 1).values(text_id="stretching.99"))
    changed = command(sqlite_url, "1")
    assert (changed.exit_code, "not stretching.99" in changed.output) == (1, True)
    missing = command(sqlite_url, "999")
    assert (missing.exit_code, "There is no decision 999." in missing.output) == (2, True)

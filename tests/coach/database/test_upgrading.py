"""An installation of the version before, with people and four evenings behind it, upgrades and sends that evening."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

from coach.database.schema import load_keys, open_database
from coach.runtime import Runtime
from coach.web import gunicorn_worker, serving
from content.lint import load_checked
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.gateway.protocol import SimulatedGateway
from tests.commands import environment, run
from tests.support import TestClock, rows, settings_for, tick

# Made by the last release before schema 0013: three people who answer, one who said STOP, up to 19 November 2026.
BEFORE = Path(__file__).with_name("schema_0012.sql")
EVENING = datetime(2026, 11, 21, 1, 35, tzinfo=UTC)  # 20:35 on 20 November in New York, past everybody's time


def test_an_installation_of_the_version_before_upgrades_and_sends_that_evening(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/coach.sqlite3"
    with sqlite3.connect(tmp_path / "coach.sqlite3") as database:
        database.executescript(BEFORE.read_text())
    scores = "SELECT score, habit FROM check_in ORDER BY id"
    with sqlite3.connect(tmp_path / "coach.sqlite3") as database:
        answered = database.execute(scores).fetchall()
        audited, accounts = "SELECT * FROM audit_event ORDER BY id", "SELECT email, password_hash FROM coach_account"
        entries, signed_up = database.execute(audited).fetchall(), database.execute(accounts).fetchall()

    for command in (["db", "upgrade"], ["db", "check"], ["audit", "verify"]):
        done = run(command, environment(url))
        assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "coach.sqlite3") as database:
        assert database.execute(audited).fetchall()[: len(entries)] == entries, "every entry and its hash stay"
        assert database.execute("SELECT action FROM audit_event ORDER BY id DESC").fetchone() == ("anchored",)
        assert database.execute(accounts).fetchall() == signed_up

    settings, clock = settings_for(url), TestClock(EVENING)
    engine = open_database(settings)
    runtime = Runtime(settings, engine, load_checked(), load_keys(engine), SimulatedGateway(), clock)
    tick(runtime)
    tonight = rows(engine, OutboxMessage, OutboxMessage.kind == "nudge", OutboxMessage.local_on == date(2026, 11, 20))
    assert [(text.enrolment_id, text.state) for text in tonight] == [(id, "delivered") for id in (1, 2, 4)]
    assert all(text.body for text in tonight)
    assert {one.policy for one in rows(engine, Enrolment)} == {"rotation"}, "everyone keeps what they had"
    since = {one.id: one.policy_since_at for one in rows(engine, Enrolment)}
    assert list(since.values()) == [one.created_at for one in rows(engine, Participant)]
    for one in [*rows(engine, Decision), *rows(engine, CheckIn)]:
        assert (one.programme, one.policy, one.policy_since_at) == ("evening", "rotation", since[one.enrolment_id])
    for one in rows(engine, Decision, Decision.action.is_not(None), Decision.action != "none"):
        assert one.acts_on == runtime.catalogue.strategies[one.action].acts_on
    kept = [(one.score, one.habit) for one in rows(engine, CheckIn)]
    assert [(score, None if done is None else int(done)) for score, done in kept[: len(answered)]] == answered
    engine.dispose()


def test_a_copied_gunicorn_configuration_still_finds_the_worker() -> None:
    assert serving.Worker is gunicorn_worker.Worker

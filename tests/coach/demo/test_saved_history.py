"""The demo's history is kept for the next start, and only where it still fits."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coach.demo.saved_history import SavedHistory, Secrets

ENDS_AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECRETS = Secrets(secret_key="signs", data_keys="reads", sign_in="four-words-of-it")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    database = tmp_path / "demo.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE night (score INTEGER)")
        connection.execute("INSERT INTO night VALUES (7)")
        connection.commit()
    return database


@pytest.fixture
def saved(tmp_path: Path, history: Path) -> SavedHistory:
    kept = SavedHistory(tmp_path / "kept.sqlite3")
    kept.keep(history, SECRETS, ENDS_AT)
    return kept


def nights(database: Path) -> list[int]:
    with closing(sqlite3.connect(database)) as connection:
        return [score for (score,) in connection.execute("SELECT score FROM night")]


def test_the_next_start_begins_with_the_history_as_it_was_made(
    saved: SavedHistory, history: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(history)) as connection:
        connection.execute("INSERT INTO night VALUES (10)")  # what somebody did in the first demo
        connection.commit()
    assert saved.restore(tmp_path / "second.sqlite3", ENDS_AT + timedelta(hours=1)) == (SECRETS, ENDS_AT)
    assert nights(tmp_path / "second.sqlite3") == [7]


@pytest.mark.parametrize("later", [timedelta(hours=7), timedelta(days=3), -timedelta(minutes=1)])
def test_a_history_that_does_not_reach_the_present_is_made_again(
    saved: SavedHistory, tmp_path: Path, later: timedelta
) -> None:
    assert saved.restore(tmp_path / "second.sqlite3", ENDS_AT + later) is None


def test_a_history_of_other_code_is_made_again(
    saved: SavedHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coach.demo.saved_history.ROOMS", ("content",))
    assert saved.restore(tmp_path / "second.sqlite3", ENDS_AT) is None


@pytest.mark.parametrize("file", ["kept.sqlite3", "kept.json"])
@pytest.mark.parametrize("holds", [None, "", "{}", "rubbish"])
def test_a_history_that_was_damaged_is_made_again(
    saved: SavedHistory, tmp_path: Path, file: str, holds: str | None
) -> None:
    (tmp_path / file).unlink()
    if holds is not None:
        (tmp_path / file).write_text(holds)
    assert saved.restore(tmp_path / "second.sqlite3", ENDS_AT) is None


def test_keys_and_password_are_readable_by_their_owner_alone(saved: SavedHistory) -> None:
    assert saved.database.with_suffix(".json").stat().st_mode & 0o077 == 0

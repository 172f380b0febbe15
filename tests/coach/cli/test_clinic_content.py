"""A clinic's own library: reviewed texts, strategies turned off, and a planner that respects both."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from coach.cli.content import CLINIC_CONTENT
from coach.database.schema import load_keys
from coach.runtime import Runtime
from content.catalogue import Catalogue, CatalogueError
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic, ClinicText, TextReview
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.gateway.protocol import MemoryGateway
from schedules.planning.clinic_library import (
    OwnText,
    add_texts,
    clinic_catalogue,
    load_own_texts,
    switch,
    withdraw_text,
)
from schedules.planning.text_reviews import load_reviews
from tests.support import DATA_KEY, SECRET_KEY, TestClock, enrol, person, rows, settings_for, tick

POOL = {
    "strategy": "stretching",
    "language": "en",
    "name": "pool-1",
    "body": "Our pool has a stretch hour tonight at six. Some sleep easier after. Coming?",
    "reviewer": "Nurse Ana",
    "reviewed_on": "2026-02-20",
}
WORDS = "[[text]]\n" + "\n".join(f'{name} = "{value}"' for name, value in POOL.items())
LATER = "Our pool opens at seven tonight for a slow stretch. It may ease the night. Coming?"


def add(runtime: Runtime, *tables: dict[str, str]) -> list[OwnText]:
    with write_transaction(runtime.engine) as connection:
        return add_texts(connection, 1, tables, runtime.catalogue, None, runtime.now())


def in_use(runtime: Runtime) -> tuple[OwnText, ...]:
    with write_transaction(runtime.engine) as connection:
        return load_own_texts(connection, [1]).get(1, ())


def only(runtime: Runtime, *strategies: str) -> None:
    """Turn all other strategies off."""
    with write_transaction(runtime.engine) as connection:
        for strategy in runtime.catalogue.strategies.keys() - set(strategies):
            switch(connection, 1, strategy, runtime.catalogue, on=False)


def test_a_clinics_text_is_sent_to_its_people_and_to_no_others(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, *(person(number) for number in range(1, 41)))
    enrol(runtime, *(person(number) for number in range(41, 61)), clinic="Other clinic")
    add(runtime, POOL)
    only(runtime, "stretching")
    clock.shows = rows(runtime.engine, Enrolment)[0].next_due_at
    assert tick(runtime)["sent"] == 60
    own = [one for one in rows(runtime.engine, OutboxMessage) if one.text_id == "stretching.clinic-pool-1"]
    assert own
    assert all(one.body.startswith("Our pool has a stretch hour") for one in own)
    assert {one.enrolment_id for one in own} <= set(range(1, 41))
    decisions = rows(runtime.engine, Decision)
    assert {one.action for one in decisions[:40]} == {"stretching"}
    assert decisions[0].facts["refused"]["alcohol"] == "switched_off"
    assert len({one.action for one in decisions[40:]}) > 4


def test_a_new_version_replaces_the_old_and_both_stay_on_record(runtime: Runtime) -> None:
    enrol(runtime, person(1))
    assert [text.version for text in add(runtime, POOL)] == [1]
    assert add(runtime, POOL) == [], "an unchanged text is not a new version"
    assert [text.version for text in add(runtime, {**POOL, "body": LATER})] == [2]
    assert [text.body for text in in_use(runtime)] == [LATER]
    assert [row.version for row in rows(runtime.engine, ClinicText)] == [1, 2]


def test_a_withdrawn_text_is_not_used_and_can_come_back(runtime: Runtime) -> None:
    enrol(runtime, person(1))
    add(runtime, POOL)
    with write_transaction(runtime.engine) as connection:
        assert withdraw_text(connection, 1, "stretching.clinic-pool-1", "en", runtime.now())
        assert not withdraw_text(connection, 1, "stretching.clinic-pool-1", "en", runtime.now())
    assert in_use(runtime) == ()
    assert [text.version for text in add(runtime, POOL)] == [3]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"body": "This stretch will cure you. Try?"}, "claims a cure"),
        ({"strategy": "ice-bath"}, "must be one of"),
        ({"version": "7"}, "leave it out"),
        ({"name": "a" * 31}, "longer than 30"),
    ],
)
def test_what_the_reviewer_refuses_is_not_written(runtime: Runtime, change: dict[str, str], reason: str) -> None:
    enrol(runtime, person(1))
    with pytest.raises(CatalogueError, match=reason):
        add(runtime, POOL | change)
    assert rows(runtime.engine, ClinicText) == []


def test_a_text_refused_by_a_newer_library_is_left_out_and_the_rest_goes_on(catalogue: Catalogue) -> None:
    refused = OwnText(
        "stretching", "en", "old", "This will cure you. Try?", 1, "Ana", catalogue.all_texts()[0].reviewed_on
    )
    assert clinic_catalogue(catalogue, (refused,)) is catalogue


def test_the_last_strategy_cannot_be_switched_off(runtime: Runtime) -> None:
    enrol(runtime, person(1))
    only(runtime, "stretching")
    with write_transaction(runtime.engine) as connection, pytest.raises(CatalogueError, match="leaves no strategy"):
        switch(connection, 1, "stretching", runtime.catalogue, on=False)


@pytest.fixture
def installed(sqlite_engine: Engine, sqlite_url: str, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """An installation on SQLite, for commands that open it by URL."""
    keys, gateway = load_keys(sqlite_engine), MemoryGateway(clock)
    return Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, keys, gateway, clock)


@pytest.fixture
def command(sqlite_url: str, installed: Runtime, tmp_path: Path) -> Callable[..., Result]:
    """`coach content …` on an installation with one clinic."""
    enrol(installed, person(1))
    group = click.Group("content", commands=list(CLINIC_CONTENT))
    settings = {"DATABASE_URL": sqlite_url, "DATA_KEYS": DATA_KEY, "SECRET_KEY": SECRET_KEY}

    def run(*arguments: str) -> Result:
        return CliRunner(env=settings).invoke(group, [*arguments, "--clinic", "Clinic"])

    return run


def test_the_commands_say_what_they_did(command: Callable[..., Result], installed: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "texts.toml"
    file.write_text(WORDS)
    assert "en stretching.clinic-pool-1, version 1: added." in command("add-text", str(file)).output
    assert "Nothing was changed" in command("add-text", str(file)).output
    assert command("switch-off", "alcohol").output == "alcohol is off for Clinic.\n"
    assert command("switch-off", "alcohol").output == "alcohol is off for Clinic, as it was before.\n"
    assert rows(installed.engine, Clinic)[0].switched_off == ["alcohol"]
    assert command("switch-on", "alcohol").exit_code == 0
    assert rows(installed.engine, Clinic)[0].switched_off is None
    assert command("remove-text", "stretching.clinic-pool-1", "--language", "en").exit_code == 0
    assert command("remove-text", "stretching.clinic-pool-1", "--language", "en").exit_code == 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (WORDS.replace("Some sleep easier after", "It will cure you"), "claims a cure"),
        ("[[text", "cannot be read"),
        ('other = "x"', "must have [[text]] tables"),
    ],
)
def test_wrong_input_exits_2_and_says_why(
    command: Callable[..., Result], installed: Runtime, tmp_path: Path, words: str, reason: str
) -> None:
    file = tmp_path / "texts.toml"
    file.write_text(words)
    answer = command("add-text", str(file))
    assert (answer.exit_code, reason in answer.output) == (2, True), answer.output
    assert rows(installed.engine, ClinicText) == []


def test_an_unknown_strategy_exits_2(command: Callable[..., Result]) -> None:
    for verb in ("switch-off", "switch-on"):
        answer = command(verb, "ice-bath")
        assert (answer.exit_code, "is no strategy" in answer.output) == (2, True)


def test_a_review_is_recorded_for_the_version_that_was_read(command: Callable[..., Result], installed: Runtime) -> None:
    version = next(one.version for one in installed.catalogue.all_texts() if one.id == "stretching.1")
    done = command("review", "stretching.1", "--language", "en", "--reviewer", "Ana Ruiz, RN", "--on", "2026-02-20")
    assert f"en stretching.1, version {version}: reviewed by Ana Ruiz, RN on 2026-02-20." in done.output
    with write_transaction(installed.engine) as connection:
        assert load_reviews(connection, 1) == {("stretching.1", "en", version): ("Ana Ruiz, RN", date(2026, 2, 20))}
        assert load_reviews(connection, 2) == {}


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("stretching.99", ["--language", "en", "--reviewer", "Ana"], "There is no text stretching.99 in 'en'"),
        ("stretching.1", ["--language", "fr", "--reviewer", "Ana"], "There is no text stretching.1 in 'fr'"),
        ("stretching.1", ["--language", "en", "--reviewer", " "], "Say who reviewed it"),
        (
            "stretching.1",
            ["--language", "en", "--reviewer", "Ana", "--on", "2999-01-01"],
            "2999-01-01 is still to come",
        ),
    ],
)
def test_a_review_of_nothing_is_refused(
    command: Callable[..., Result], installed: Runtime, text: str, options: list[str], reason: str
) -> None:
    done = command("review", text, *options)
    assert done.exit_code == 2
    assert reason in done.output
    assert not rows(installed.engine, TextReview)

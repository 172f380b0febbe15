"""`coach study register`: hashed, stamped, in the audit log, on the Effects page, and never after the first nudge."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from coach.accounts.sign_ins import ensure_clinic
from coach.audit import verify
from coach.cli.main import coach
from coach.database.tables import AuditEvent, Study
from coach.export.decisions_csv import as_cell
from coach.export.reproduce import HASHED, registration_hash
from coach.runtime import Runtime
from coach.studies.register import register
from coach.studies.registration import POLICY, RegistrationError, audit_detail, registration
from coach.web.app import create_app
from schedules.database.engine import read_transaction, write_transaction
from tests.coach.living import live
from tests.coach.web.coaches import sign_in
from tests.support import DATA_KEY, SECRET_KEY, TestClock, enrol, person, rows

PROTOCOL = "# Do steps help?\n\nPrimary: any step against none, 42 evenings.\n"
Command = Callable[..., Result]


@pytest.fixture
def command(sqlite_engine: Engine, sqlite_url: str, tmp_path: Path, clock: TestClock) -> Command:
    with write_transaction(sqlite_engine) as connection:
        ensure_clinic(connection, "North", clock())
    (tmp_path / "protocol.md").write_text(PROTOCOL)
    settings = {"DATABASE_URL": sqlite_url, "DATA_KEYS": DATA_KEY, "SECRET_KEY": SECRET_KEY}
    given = ["study", "register", "--protocol", str(tmp_path / "protocol.md")]
    return lambda *more: CliRunner(env=settings).invoke(coach, [*given, *more])


def store(runtime: Runtime, programme: str = "evening") -> Any:
    study = registration(PROTOCOL.encode(), programme, ("prior_score",), runtime.now())
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, "Clinic", runtime.now())
        register(connection, clinic_id, study)
    return study


def test_a_registration_is_stored_with_two_hashes_that_anybody_can_recompute(
    command: Command, sqlite_engine: Engine
) -> None:
    answer = command("--clinic", "North", "--control", "prior_score", "--control", "nights_since_start", "--json")
    assert answer.exit_code == 0, answer.output
    [stored] = rows(sqlite_engine, Study)
    assert json.loads(answer.stdout) == {
        "id": 1,
        "programme": "evening",
        "policy": POLICY,
        "protocol_sha256": sha256(PROTOCOL.encode()).hexdigest(),
        "sha256": stored.sha256,
    }
    content = {name: getattr(stored, name) for name in HASHED} | {"registered_at": as_cell(stored.registered_at)}
    assert registration_hash(content) == stored.sha256
    assert registration_hash(content | {"policy": "rotation"}) != stored.sha256
    assert (stored.protocol, stored.analysis["controls"]) == (PROTOCOL, ["prior_score", "nights_since_start"])
    assert "SHA-256 of the protocol" in command().output, "a later one, before the first nudge, counts from then on"


def test_the_audit_log_holds_the_hash(command: Command, sqlite_engine: Engine) -> None:
    assert command().exit_code == 0
    [stored], [event] = (rows(sqlite_engine, table) for table in (Study, AuditEvent))
    assert (event.action, event.subject) == ("registered", "study 1")
    assert "".join(event.detail.values()).replace(" ", "") == stored.sha256
    with read_transaction(sqlite_engine) as connection:
        assert verify(connection).broken_id is None


def test_any_hash_is_a_detail_that_the_audit_log_takes(runtime: Runtime) -> None:
    study = registration(b"x", "evening", (), runtime.now())
    for hash in ("1" * 64, "f" * 64):
        object.__setattr__(study, "sha256", hash)
        assert "".join(audit_detail(study).values()).replace(" ", "") == hash
        assert max(len(word) for words in audit_detail(study).values() for word in words.split()) == 4


@pytest.mark.parametrize("more", [["--programme", "none"], ["--control", "draw"]])
def test_wrong_input_is_refused_and_stores_nothing(more: list[str], command: Command, sqlite_engine: Engine) -> None:
    assert command(*more).exit_code == 2
    assert not rows(sqlite_engine, Study)


@pytest.mark.parametrize("given", [b"", b" \n", b"\xff\xfe", b"a\0b", b"x" * 1_000_001])
def test_a_protocol_is_text(given: bytes, clock: TestClock) -> None:
    with pytest.raises(RegistrationError, match=r"^The protocol .*\.$"):
        registration(given, "evening", (), clock())


def test_after_the_first_nudge_it_is_too_late(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(9))
    store(runtime)
    live(runtime, clock, POLICY, 1)
    with pytest.raises(RegistrationError, match="a study is registered before its first nudge"):
        store(runtime)
    store(runtime, "evening-and-morning")
    assert [one.programme for one in rows(runtime.engine, Study)] == ["evening", "evening-and-morning"]


def test_evenings_under_another_policy_do_not_matter(runtime: Runtime, clock: TestClock) -> None:
    live(runtime, clock, "rotation", 1)
    store(runtime)
    assert len(rows(runtime.engine, Study)) == 1


def test_the_effects_page_shows_it_to_its_own_clinic_only(runtime: Runtime) -> None:
    study, app = store(runtime), create_app(runtime)
    assert study.protocol_sha256 in sign_in(app, runtime, "lead").get("/effects/")
    assert study.protocol_sha256 not in sign_in(app, runtime, "admin", clinic="Other").get("/effects/")

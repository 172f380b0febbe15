"""What leaves for good: staff, bytes in the file, and numbers that a provider never deletes."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, update
from sqlalchemy.engine import make_url

from coach.accounts.removal import remove_account
from coach.accounts.sign_ins import AccountError, coaches_of, find_account
from coach.database.tables import AuditEvent, MailMessage, WebSession
from coach.operations.diagnosis.privacy import check_records
from coach.operations.facts import DatabaseFacts, Facts
from coach.privacy.retention import clear
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.limits import ProviderDeletion
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant
from schedules.dispatch.provider_deletion import KEPT_AT_MOST, enqueue_number_deletion
from tests.coach.privacy.test_at_rest import dump
from tests.coach.web.coaches import sign_in
from tests.commands import environment, run
from tests.support import TestClock, enrol, person, rows, say, session_of, staff, tick

PHONE = "+14155550001"


@pytest.fixture
def left(runtime: Runtime) -> Runtime:
    """A coach with a participant, a session and an alert to their phone; then they leave."""
    staff(runtime, coach="+14155550100", lead="+14155550101")
    enrol(runtime, person(1, coach="coach@x.example"))
    say(runtime, PHONE, "I want to die")
    tick(runtime)
    session_of(runtime, 1)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(CoachAccount).where(CoachAccount.id == 1).values(totp_secret="secret"))
        connection.execute(update(OutboxMessage).where(OutboxMessage.coach_id == 1).values(state="queued"))
        remove_account(connection, "admin@x.example", 1, runtime.now())
    return runtime


def test_nothing_about_staff_who_left_stays_but_what_they_did(left: Runtime) -> None:
    [account, _] = rows(left.engine, CoachAccount)
    assert (account.email, account.phone, account.number_hash, account.active) == ("removed 1", None, None, False)
    assert (account.totp_secret, account.password_hash) == (None, "")
    assert rows(left.engine, WebSession) == rows(left.engine, MailMessage, MailMessage.coach_id == 1) == []
    assert rows(left.engine, Participant)[0].coach_id is None
    assert {row.state for row in rows(left.engine, OutboxMessage, OutboxMessage.coach_id == 1)} == {"suppressed"}
    assert "coach@x.example" not in dump(left.engine)
    assert rows(left.engine, AuditEvent)[-1].action == "removed"
    with write_transaction(left.engine) as connection:
        assert coaches_of(connection, 1) == {"lead@x.example": 2}
        with pytest.raises(AccountError):
            find_account(connection, "removed 1")
    say(left, "+14155550100", "hello, I was a coach here")
    tick(left)


def test_an_admin_removes_an_account_with_a_tick_and_nobody_their_own(sqlite_runtime: Runtime) -> None:
    app: Flask = create_app(sqlite_runtime)
    admin = sign_in(app, sqlite_runtime, "admin")
    coach = sign_in(app, sqlite_runtime, "coach")
    assert "Tick the box" in admin.post(f"/admin/sign-ins/{coach.id}/remove", status=422)
    own = admin.post(f"/admin/sign-ins/{admin.id}/remove", {"sure": "yes"}, status=422)
    assert "You cannot remove your own account" in own
    page = admin.post(f"/admin/sign-ins/{coach.id}/remove", {"sure": "yes"})
    assert "coach@example.org was removed." in page
    assert "removed 2" not in page
    assert coach.client.get("/").status_code == 302


def test_the_command_removes_staff(runtime: Runtime, database_url: str) -> None:
    staff(runtime, coach="+14155550100")
    assert run(["coaches", "remove", "coach@x.example"], environment(database_url)).returncode == 0
    again = run(["coaches", "remove", "coach@x.example"], environment(database_url))
    assert (again.returncode, again.stdout) == (2, "")


def test_no_byte_of_the_erased_is_left_in_the_file_or_its_log(
    sqlite_runtime: Runtime, sqlite_engine: Engine, sqlite_url: str, clock: TestClock
) -> None:
    enrol(sqlite_runtime, person(1, first_name="Xochitl"))
    clock.forward(hours=10)
    tick(sqlite_runtime)
    say(sqlite_runtime, PHONE, "6 and yes")
    with read_transaction(sqlite_engine) as connection:
        queries = ("phone FROM participant", "first_name FROM participant", "body FROM inbound_reply")
        tokens = [str(connection.exec_driver_sql(f"SELECT {query}").scalar()).encode() for query in queries]
    file = Path(str(make_url(sqlite_url).database))

    def held() -> list[bytes]:
        found = b"".join(path.read_bytes() for path in file.parent.iterdir() if path.is_file())
        return [token for token in tokens if token in found]

    assert held() == tokens
    assert run(["erase", "1"], environment(sqlite_url)).returncode == 0
    assert held() == []


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    given = environment(f"sqlite:///{tmp_path}/new/coach.sqlite3")
    assert run(["db", "upgrade"], given).returncode == 0
    folder = tmp_path / "new"
    modes = {path.name: path.stat().st_mode & 0o077 for path in [folder, *folder.iterdir()]}
    assert set(modes.values()) == {0}, modes


def test_what_the_provider_never_deletes_is_shown_retried_and_has_a_last_date(
    runtime: Runtime, clock: TestClock, database_url: str
) -> None:
    with write_transaction(runtime.engine) as connection:
        enqueue_number_deletion(connection, PHONE, clock())
        given_up = {"due_at": None, "attempts": 15, "reason": "code 20003"}
        connection.execute(update(ProviderDeletion).values(given_up))
    given, last_on = environment(database_url), (clock() + KEPT_AT_MOST).date().isoformat()
    told = run(["deletions", "list", "--json"], given).stdout
    assert json.loads(told) == [
        {"id": 1, "what": "a number", "attempts": 15, "reason": "code 20003", "given_up": True, "last_on": last_on}
    ]
    assert "415" not in told
    ready = DatabaseFacts(revision="1", head="1", deletions_given_up=1)
    assert "coach deletions retry" in check_records(Facts(clock(), database=ready))[1].says
    assert run(["deletions", "retry"], given).returncode == 0
    [again] = rows(runtime.engine, ProviderDeletion)
    assert (again.attempts, again.due_at is not None) == (0, True)
    clock.forward(days=KEPT_AT_MOST.days, hours=1)
    sum(clear(runtime.engine, True, clock()))
    assert rows(runtime.engine, ProviderDeletion) == []
    assert rows(runtime.engine, AuditEvent)[-1].action == "gave up"


def test_deletions_queued_before_there_was_a_last_date_get_one(runtime: Runtime, clock: TestClock) -> None:
    with write_transaction(runtime.engine) as connection:
        enqueue_number_deletion(connection, PHONE, clock() - timedelta(days=400))
        connection.execute(update(ProviderDeletion).values(since_at=None, due_at=None))
    sum(clear(runtime.engine, True, clock()))
    [row] = rows(runtime.engine, ProviderDeletion)
    assert row.since_at == clock()

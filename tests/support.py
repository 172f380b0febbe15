"""What tests share: a clock that stands still, settings, rosters, and reading tables."""

import base64
import csv
import io
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select, text, update

from coach.accounts.sessions import begin_session, end_sessions
from coach.accounts.sign_ins import add_account, ensure_clinic
from coach.config import Settings
from coach.conversation.receive import InboundText
from coach.conversation.unapplied import receive
from coach.jobs import tick as run_all_jobs
from coach.participants.roster import Imported, import_roster
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Enrolment, Participant

DATA_KEY = base64.urlsafe_b64encode(b"rls-coach tests only, 32 bytes!!").decode()
SECRET_KEY = "only for tests: thirty-two characters"
PUBLIC_URL = "https://coach.test"
METRICS_TOKEN = "a token for scraping, only for tests"
BEARER = {"Authorization": f"Bearer {METRICS_TOKEN}"}


class TestClock:
    """Shows an instant until it is moved."""

    __test__ = False

    def __init__(self, shows: datetime) -> None:
        self.shows = shows

    def __call__(self) -> datetime:
        return self.shows

    def forward(self, **by: float) -> None:
        self.shows += timedelta(**by)


def eventually(is_so: Callable[[], object]) -> None:
    """Wait until something is so that nobody tells of; given up only where it will never be, however slow a machine."""
    for _ in range(30_000):
        if is_so():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came to be so")


def settings_for(database_url: str, **more: Any) -> Settings:
    """Settings whatever the environment of the test run says."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    given = {
        "database_url": database_url,
        "secret_key": SECRET_KEY,
        "data_keys": DATA_KEY,
        "public_url": PUBLIC_URL,
        "sms_concurrency": 8,
        "metrics_token": METRICS_TOKEN,
    }
    return Settings.model_construct(**defaults | given | more)


def roster(*people: dict[str, Any]) -> bytes:
    """A CSV file of people; consent is filled in where a test does not care."""
    filled = [{"consent_source": "paper", "consent_at": "2026-01-02T10:00:00Z"} | person for person in people]
    columns = list(dict.fromkeys(name for person in filled for name in person))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(filled)
    return out.getvalue().encode()


def enrol(runtime: Runtime, *people: dict[str, Any], clinic: str = "Clinic", confirmed: bool = True) -> list[int]:
    """Import people; the ids of all of them, in order."""
    done = import_people(runtime, *people, clinic=clinic, confirmed=confirmed)
    assert not done.errors, done.errors
    return [one.id for one in done.enrolled if one.id is not None]


def import_people(
    runtime: Runtime, *people: dict[str, Any], clinic: str = "Clinic", confirmed: bool = True
) -> Imported:
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, clinic, runtime.now())
        return import_roster(
            connection, roster(*people), clinic_id, runtime.catalogue, runtime.keys, runtime.now(), confirmed=confirmed
        )


def person(number: int = 1, **more: Any) -> dict[str, Any]:
    """A roster row with a number of its own."""
    return {"phone": f"+1415555{number:04d}", "time_zone": "America/New_York", "evening_time": "20:00"} | more


_sids = iter(range(10**9))


def say(runtime: Runtime, phone: str, body: str, sid: str | None = None) -> str | None:
    """A text from a phone, as the webhook hands it over; the answer."""
    return receive(runtime.reception, InboundText(sid or f"SM{next(_sids):032x}", phone, body), runtime.now())


def rows(engine: Engine, table: Any, *where: Any) -> list[Any]:
    """The rows of a table in order of id."""
    with read_transaction(engine) as connection:
        found = select(table.__table__).where(*where)
        return list(connection.execute(found.order_by(*table.__table__.primary_key)))


def everything(runtime: Runtime) -> list[dict[str, Any]]:
    """All participants and enrollments, without the instant of their last change."""
    found = [*rows(runtime.engine, Participant), *rows(runtime.engine, Enrolment)]
    return [{name: value for name, value in row._mapping.items() if name != "updated_at"} for row in found]


def tick(runtime: Runtime) -> Counter[str]:
    """One pass of everything due."""
    with runtime.dispatcher() as dispatcher:
        return run_all_jobs(runtime, dispatcher)


def let_audit_be_changed(connection: Connection) -> None:
    """Drop the triggers that keep the audit log append-only, as somebody could who owns the database."""
    postgresql = connection.dialect.name == "postgresql"
    for name in ("append_only", "not_emptied") if postgresql else ("not_updated", "not_deleted"):
        connection.execute(text(f"DROP TRIGGER audit_event_{name}" + (" ON audit_event" if postgresql else "")))


def give_ids_out_again(engine: Engine, *tables: str) -> None:
    """Go on from the highest id that is there, as a database restored from an older backup does."""
    with write_transaction(engine) as connection:
        for table in tables:
            again = "SELECT setval('{0}_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM {0}), false)"
            if engine.dialect.name == "sqlite":
                again = "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(id), 0) FROM {0}) WHERE name = '{0}'"
            connection.execute(text(again.format(table)))


def staff(runtime: Runtime, **phones: str) -> None:
    """Accounts at "Clinic", one of each role named, whose confirmed pager is the phone."""
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, "Clinic", runtime.now())
        for role, phone in phones.items():
            account = add_account(
                connection, f"{role}@x.example", role, clinic_id, "four quiet words here", runtime.now()
            )
            pager = {"phone": phone, "number_hash": runtime.keys.number_hash(phone)}
            connection.execute(
                update(CoachAccount)
                .where(CoachAccount.id == account.id)
                .values(**pager, phone_confirmed_at=runtime.now())
            )


def session_of(runtime: Runtime, account_id: int) -> dict[str, Any]:
    """What the cookie of a browser holds that has just signed in to an account."""
    [account] = rows(runtime.engine, CoachAccount, CoachAccount.id == account_id)
    now, sid = datetime.now(UTC), f"the session of {account_id}"
    with write_transaction(runtime.engine) as connection:
        end_sessions(connection, account_id)
        begin_session(connection, account_id, runtime.keys.token("session", sid), now)
    return {"_user_id": account.session_key, "_fresh": True, "sid": sid, "fs_paa": now.timestamp()}

"""Known values pass through every path, including failures. Logs, reports, metrics, mails and pages leak none."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from sqlalchemy import text, update

from coach.accounts.sign_ins import add_account
from coach.database.tables import MailMessage
from coach.operations.error_details import where_raised
from coach.operations.error_reports import report_errors
from coach.operations.logs import configure_logs
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.gateway.protocol import MemoryGateway, OutgoingText
from tests.coach.conversation.posting import TOKEN, post
from tests.coach.conversation.posting import text as a_text
from tests.commands import environment, run
from tests.support import DATA_KEY, SECRET_KEY, TestClock, enrol, person, roster, rows, tick

PHONE, NAME, BODY = "+14155550001", "Xochitl", "zxq calves burning"
PASSWORD, METRICS_TOKEN = "correct horse zxq battery", "metrics-token-zxq"
SECRETS = {
    "phone": PHONE,
    "phone without its plus": PHONE[1:],
    "name": NAME,
    "body": "calves burning",
    "password": PASSWORD,
    "auth token": "zxq-auth-token",
    "metrics token": METRICS_TOKEN,
    "secret key": SECRET_KEY,
    "data key": DATA_KEY,
}


def assert_silent(where: str, said: str) -> None:
    assert not {what for what, value in SECRETS.items() if value in said}, f"{where}: {said[:2000]}"


class Kept(Transport):
    """Collects what would be sent to Sentry."""

    events: list[str] = []  # noqa: RUF012  (the library creates the instance)

    def capture_envelope(self, envelope: Envelope) -> None:
        self.events.append(envelope.serialize().decode())


@pytest.fixture
def reports() -> Iterator[list[str]]:
    Kept.events = []
    configure_logs("json", "https://key@sentry.test/1")
    report_errors("https://key@sentry.test/1", transport=Kept)
    yield Kept.events
    sentry_sdk.get_client().close()
    sentry_sdk.init()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Capture what a worker or a web process would write to standard error."""
    heard = io.StringIO()
    monkeypatch.setattr("sys.stderr", heard)
    logging.getLogger().handlers.clear()
    yield heard
    monkeypatch.undo()
    configure_logs("text")


@pytest.fixture
def known(signed: Runtime, clock: TestClock) -> Runtime:
    settings = signed.settings.model_copy(update={"metrics_token": METRICS_TOKEN})
    runtime = replace(signed, settings=settings)
    enrol(runtime, person(1, first_name=NAME))
    clock.forward(hours=10)
    with write_transaction(runtime.engine) as connection:
        add_account(connection, "lead@example.org", "lead", 1, PASSWORD, clock())
    return runtime


class Breaks(MemoryGateway):
    """A provider whose client quotes the text it fails on."""

    def send(self, text: OutgoingText) -> Any:
        raise ValueError(f"cannot send {text.body} to {text.to}")


def broken_in_every_way(runtime: Runtime) -> list[str]:
    """Collect the pages shown along the way."""
    pages = []
    client = create_app(runtime).test_client()
    pages.append(client.post("/sign-in", data={"email": "lead@example.org", "password": PASSWORD + "!"}).text)
    pages.append(post(client, "/sms/inbound", a_text(BODY, From=PHONE), signature="forged")[1])
    tick(replace(runtime, gateway=Breaks(runtime.now)))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(programme="no such programme"))
    status, page = post(client, "/sms/inbound", a_text(BODY, "SM77", From=PHONE))
    assert status == 200, "what cannot be understood is kept for a coach"
    pages.append(page)
    runtime.now.forward(hours=24)  # type: ignore[attr-defined]
    tick(replace(runtime, gateway=Breaks(runtime.now)))
    metrics = client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert metrics.status_code == 200
    pages.append(metrics.text)
    with write_transaction(runtime.engine) as connection:
        connection.execute(text("ALTER TABLE inbound_reply RENAME TO gone"))
    status, page = post(client, "/sms/inbound", a_text(BODY, "SM78", From=PHONE))
    assert status == 503
    pages.append(page)
    pages.extend(client.get(path).text for path in ("/metrics", "/readyz", "/healthz", f"/no/such/{BODY}"))
    return pages


def test_neither_logs_nor_reports_nor_pages_quote_anybody(
    known: Runtime, lines: io.StringIO, reports: list[str]
) -> None:
    pages = broken_in_every_way(known)
    sentry_sdk.flush()
    said = lines.getvalue()
    assert '"gateway_failed"' in said
    assert '"reply_not_kept"' in said
    assert len(reports) >= 2
    assert_silent("log", said)
    for event in reports:
        assert_silent("report", event)
    for page in pages:
        assert_silent("page", page)


def test_a_mail_names_ids_only(known: Runtime, clock: TestClock) -> None:
    client = create_app(known).test_client()
    post(client, "/sms/inbound", a_text(f"I want to die, {BODY}", "SM79", From=PHONE))
    tick(known)
    mails = rows(known.engine, MailMessage)
    assert mails
    for mail in mails:
        assert_silent("mail", f"{mail.subject} {mail.body} {mail.html}")
    pages = [message.body for message in rows(known.engine, OutboxMessage) if message.kind == "page"]
    for page in pages:
        assert_silent("page to a coach", page)


def test_commands_that_fail_quote_nobody(known: Runtime, database_url: str, tmp_path: Any) -> None:
    given = environment(
        database_url, TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="zxq-auth-token", METRICS_TOKEN=METRICS_TOKEN
    )
    file = tmp_path / "people.csv"
    wrong = person(1, first_name=NAME, consent_at="yesterday", time_zone="Nowhere")
    file.write_bytes(roster(wrong, person(1, phone=PHONE + "99999999"), wrong))
    for command in (["participants", "import", str(file)], ["tick"], ["participants", "list"], ["audit", "verify"]):
        told = run(command, given)
        assert_silent(" ".join(command), told.stdout + told.stderr)
    twilio = {"PUBLIC_URL": "https://coach.test", "TWILIO_FROM_NUMBER": "+15005550006"}
    told = run(["participants", "import", str(file)], given | twilio)
    assert told.returncode == 2
    assert_silent("import", told.stdout + told.stderr)


def test_an_exception_is_told_by_kind_and_place_only() -> None:
    def fail() -> None:
        try:
            int(BODY)
        except ValueError as error:
            raise LookupError(PHONE) from error

    with pytest.raises(LookupError) as caught:
        fail()
    told = where_raised(caught.value)
    assert told.startswith("LookupError at ")
    assert "; from ValueError at " in told
    assert "fail" in told
    assert_silent("exception", told)


def test_a_report_keeps_kind_and_place(reports: list[str], lines: io.StringIO) -> None:
    try:
        raise LookupError(PHONE)
    except LookupError as error:
        sentry_sdk.set_user({"email": "lead@example.org", "username": NAME})
        sentry_sdk.set_extra("body", BODY)
        sentry_sdk.add_breadcrumb(message=BODY)
        sentry_sdk.capture_exception(error)
    sentry_sdk.flush()
    [event] = reports
    assert_silent("report", event)
    last = json.loads(event.splitlines()[-1])
    [raised] = last["exception"]["values"]
    assert raised["type"] == "LookupError"
    assert raised["stacktrace"]["frames"][-1]["function"] == "test_a_report_keeps_kind_and_place"


def test_a_wrong_dsn_is_one_sentence(database_url: str) -> None:
    told = run(["participants", "list"], environment(database_url, SENTRY_DSN="nonsense"))
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert told.stderr.startswith("SENTRY_DSN must be the DSN")


def test_what_nobody_caught_is_told_without_its_words(known: Runtime, database_url: str) -> None:
    with write_transaction(known.engine) as connection:
        connection.execute(text("DROP TABLE periodic_job"))
    told = run(["tick"], environment(database_url))
    assert told.returncode == 1
    assert "Error at " in told.stderr
    assert_silent("tick", told.stderr)


def test_the_token_of_the_tests_is_not_a_secret_that_is_searched_for() -> None:
    assert TOKEN not in SECRETS.values(), "it is too short to search for"

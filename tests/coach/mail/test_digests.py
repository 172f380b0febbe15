"""Digests: due in the coach's time zone, ids only, sent once even after a crash, and ended by a click."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import update

import coach.mail.send
from coach.accounts.sign_ins import add_account, ensure_clinic
from coach.database.tables import MailMessage
from coach.mail.digest import Due, digests_due, nag_due, next_digest_on
from coach.mail.digest_jobs import DigestContext, queue_digests
from coach.mail.send import LEASE, MailContext, send_mail
from coach.mail.unsubscribe import unsubscribe_url
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.safety import Flag
from tests.served import free_port
from tests.support import PUBLIC_URL, TestClock, enrol, person, rows, say, tick

MONDAY = datetime(2026, 3, 9, 11, 30, tzinfo=UTC)  # 07:30 in New York, after its clocks have changed


@dataclass
class Postbox:
    """A mail server's accepted mail, and the step of the SMTP dialog at which it fails, and how."""

    port: int
    taken: list[EmailMessage] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    drop: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if "RCPT" in self.refuse:
            return self.refuse["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        message = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(message, EmailMessage)
        if self.drop != "before taking":
            self.taken.append(message)
        if self.drop:
            server.transport.abort()
        return "250 OK"


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox(free_port())
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def staffed(runtime: Runtime, postbox: Postbox) -> Runtime:
    """A clinic in New York with a coach and one of their participants, and a mail server."""
    given = {"mail_server": "127.0.0.1", "mail_port": postbox.port, "mail_use_tls": False, "mail_from": "rls@x.example"}
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, "Clinic", runtime.now())
        add_account(connection, "coach@x.example", "coach", clinic_id, "a long password", runtime.now())
    enrol(runtime, person(1, coach="coach@x.example", first_name="Maria"))
    return replace(runtime, settings=runtime.settings.model_copy(update=given))


def mail_context(runtime: Runtime) -> MailContext:
    return MailContext(runtime.engine, runtime.settings, runtime.keys, runtime.now)


def mails(runtime: Runtime, *kinds: str) -> list[Any]:
    return [mail for mail in rows(runtime.engine, MailMessage) if mail.kind in (kinds or ("digest",))]


def monday(runtime: Runtime, clock: TestClock) -> None:
    clock.shows = MONDAY
    tick(runtime)
    tick(runtime)


def text_of(message: Message) -> str:
    assert isinstance(message, EmailMessage)
    plain = message.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())


def test_monday_morning_brings_one_digest_in_both_forms_with_ids_only(
    staffed: Runtime, clock: TestClock, postbox: Postbox
) -> None:
    monday(staffed, clock)
    [message] = postbox.taken
    assert message["Subject"] == "Your week: All good!"
    html = message.get_body(("html",))
    assert html is not None
    assert "<style" not in html.get_content()
    for words in (text_of(message), html.get_content()):
        assert "All good!" in words
        assert "Monday 16 March" in words
        assert f"{PUBLIC_URL}/" in words
        assert "Maria" not in words
        assert "5550001" not in words
    tick(staffed)
    clock.forward(hours=20)
    tick(staffed)
    assert len(postbox.taken) == 1


def test_the_worst_come_first_and_a_reminder_comes_every_morning_until_someone_looks(
    staffed: Runtime, clock: TestClock, postbox: Postbox
) -> None:
    [second] = enrol(staffed, person(2, coach="coach@x.example"))
    say(staffed, "+14155550001", "can I double my gabapentin?")
    say(staffed, "+14155550002", "i want to kill myself")
    with write_transaction(staffed.engine) as connection:
        connection.execute(update(CoachAccount).values(digest="off"))
    clock.forward(hours=5)
    tick(staffed)
    tick(staffed)
    assert not mails(staffed, "nag"), "the page was sent just now"
    for _ in range(2):
        clock.forward(days=1)
        tick(staffed)
        tick(staffed)
    assert [mail.subject for mail in mails(staffed, "nag")] == [f"Still open: crisis, participant {second}"] * 2
    assert not mails(staffed), "the preference is off"
    with write_transaction(staffed.engine) as connection:
        connection.execute(update(CoachAccount).values(digest="weekly"))
    monday(staffed, clock)
    digest = postbox.taken[-1] if "Your week" in postbox.taken[-1]["Subject"] else postbox.taken[-2]
    assert digest["Subject"] == "Your week: 2 of 2 need you"
    lines = text_of(digest).splitlines()
    assert lines[2].startswith(f"Participant {second}: crisis")
    assert "medical question" in lines[3]
    with write_transaction(staffed.engine) as connection:
        connection.execute(update(Flag).values(acknowledged_at=clock.shows))
    so_far = len(mails(staffed, "nag"))
    clock.forward(days=1)
    tick(staffed)
    assert len(mails(staffed, "nag")) == so_far


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_what_the_server_refuses_goes_again_later(
    staffed: Runtime, clock: TestClock, postbox: Postbox, step: str
) -> None:
    postbox.refuse = {step: "451 try again later"}
    monday(staffed, clock)
    [mail] = mails(staffed)
    assert (mail.state, postbox.taken) == ("queued", [])
    postbox.refuse = {}
    clock.forward(minutes=12)
    tick(staffed)
    assert [mail.state for mail in mails(staffed)] == ["sent"]
    assert len(postbox.taken) == 1


@pytest.mark.parametrize("drop", ["before taking", "after taking"])
def test_a_digest_whose_connection_drops_after_data_is_never_sent_twice(
    staffed: Runtime, clock: TestClock, postbox: Postbox, drop: str
) -> None:
    postbox.drop = drop
    monday(staffed, clock)
    [mail] = mails(staffed)
    assert (mail.state, mail.reason) == ("failed", "in_doubt")
    postbox.drop = ""
    clock.forward(hours=1)
    tick(staffed)
    assert len(postbox.taken) == (drop == "after taking")


def test_a_crisis_page_in_doubt_goes_again_under_the_same_message_id(
    staffed: Runtime, clock: TestClock, postbox: Postbox
) -> None:
    say(staffed, "+14155550001", "i want to kill myself")
    postbox.drop = "after taking"
    tick(staffed)
    postbox.drop = ""
    clock.forward(minutes=2)
    tick(staffed)
    assert len(postbox.taken) == 2
    assert len({message["Message-ID"] for message in postbox.taken}) == 1
    assert [mail.state for mail in mails(staffed, "page")] == ["sent"]


def greet_without_end(listener: socket.socket, line: bytes) -> None:
    """Send lines of one greeting until the client has left."""
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        connection.settimeout(0.05)
        while True:
            connection.sendall(line)
            with suppress(TimeoutError):
                if not connection.recv(100):
                    return


@pytest.mark.parametrize("line", [b"", b"220-please wait\r\n"])
def test_a_server_that_never_finishes_its_greeting_is_left_after_a_while(
    staffed: Runtime, clock: TestClock, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    monkeypatch.setattr(coach.mail.send, "SMTP_SECONDS", 0.2)
    monkeypatch.setattr(coach.mail.send, "MAIL_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as endless, ThreadPoolExecutor(1) as server:
        server.submit(greet_without_end, endless, line)
        settings = staffed.settings.model_copy(update={"mail_port": endless.getsockname()[1]})
        monday(replace(staffed, settings=settings), clock)
    [mail] = mails(staffed)
    assert (mail.state, mail.attempts, mail.claimed_at) == ("queued", 1, None)
    clock.forward(minutes=5)
    assert send_mail(mail_context(staffed)) == 1


def test_a_digest_whose_worker_died_with_it_in_hand_is_not_sent_again(
    staffed: Runtime, clock: TestClock, postbox: Postbox
) -> None:
    clock.shows = MONDAY
    tick(staffed)
    with write_transaction(staffed.engine) as connection:
        connection.execute(update(MailMessage).values(claimed_at=clock.shows, attempts=1))
    assert send_mail(mail_context(staffed)) == 0
    clock.shows += LEASE
    assert send_mail(mail_context(staffed)) == 0
    assert [(mail.state, mail.reason) for mail in mails(staffed)] == [("failed", "in_doubt")]
    assert postbox.taken == []


def test_two_workers_queue_a_digest_once(staffed: Runtime, clock: TestClock) -> None:
    clock.shows = MONDAY
    tick(staffed)
    with write_transaction(staffed.engine) as connection:
        connection.execute(update(MailMessage).values(due_at=MONDAY - timedelta(days=60)))
    digest_context = DigestContext(staffed.engine, staffed.keys, PUBLIC_URL)
    assert queue_digests(digest_context, clock.shows) == 0, "the row itself is unique"
    assert len(mails(staffed)) == 1


def test_one_click_ends_the_digest_without_a_sign_in(staffed: Runtime, clock: TestClock, postbox: Postbox) -> None:
    monday(staffed, clock)
    [message] = postbox.taken
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = message["List-Unsubscribe"].strip("<>")
    [account] = rows(staffed.engine, CoachAccount)
    assert url == unsubscribe_url(PUBLIC_URL, staffed.keys, account.id)
    path = url.removeprefix(PUBLIC_URL)
    with create_app(staffed).test_client() as client:
        assert client.post(path[:-1] + "x").status_code == 404
        assert "Unsubscribe" in client.get(path).get_data(as_text=True)
        assert rows(staffed.engine, CoachAccount)[0].digest == "weekly", "a scanner's GET changes nothing"
        assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert rows(staffed.engine, CoachAccount)[0].digest == "off"
    clock.forward(days=7)
    tick(staffed)
    assert len(mails(staffed)) == 1


@pytest.mark.parametrize(
    ("preference", "local", "expected"),
    [
        ("weekly", "2026-03-09T06:59", []),
        ("weekly", "2026-03-09T07:00", [Due("weekly", "2026-W10")]),
        ("weekly", "2026-03-10T08:00", [Due("weekly", "2026-W10")]),
        ("weekly", "2026-03-11T08:00", []),
        ("daily", "2026-03-09T08:00", [Due("weekly", "2026-W10")]),
        ("daily", "2026-03-12T08:00", [Due("daily", "2026-03-12")]),
        ("off", "2026-03-09T08:00", []),
    ],
)
def test_a_digest_is_due_by_the_coach_s_own_clock(preference: str, local: str, expected: list[Due]) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Madrid"))
    assert digests_due(preference, at, "2026-W10") == expected


def test_the_next_one_and_the_reminder_of_the_morning() -> None:
    at = datetime(2026, 3, 9, 8, tzinfo=ZoneInfo("Europe/Madrid"))
    assert str(next_digest_on("weekly", at.date())) == "2026-03-16"
    assert str(next_digest_on("daily", at.date())) == "2026-03-10"
    assert next_digest_on("off", at.date()) is None
    assert nag_due([at - timedelta(minutes=30)], at) is None
    assert nag_due([at - timedelta(hours=2)], at) == Due("nag", "2026-03-09")

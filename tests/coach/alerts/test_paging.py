"""A crisis from text to acknowledgement: the safe reply, the page by text and mail, the escalation, the hold."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from sqlalchemy import text

from coach.alerts.escalation import ESCALATE_AFTER, OpenFlag, next_page
from coach.alerts.paging import PagingContext, page_open_flags
from coach.database.tables import AuditEvent, InboundReply, MailMessage
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from schedules.gateway.protocol import MemoryGateway
from tests.served import free_port
from tests.support import TestClock, enrol, person, rows, say, session_of, staff, tick

PHONE, COACH_PHONE, LEAD_PHONE = "+14155550001", "+14155550900", "+14155550901"


@pytest.fixture
def postbox() -> Iterator[tuple[int, list[Message]]]:
    """A local SMTP server: its port and the messages it received."""
    taken: list[Message] = []

    class Keep(Handler):
        def handle_message(self, message: Message) -> None:
            taken.append(message)

    server = Controller(Keep(), hostname="127.0.0.1", port=free_port())
    server.start()
    yield server.port, taken
    server.stop()


@pytest.fixture
def staffed(runtime: Runtime, postbox: tuple[int, list[Message]]) -> Runtime:
    """A clinic with a coach and a lead who can be paged, and one of the coach's participants."""
    settings = runtime.settings.model_copy(
        update={
            "mail_server": "127.0.0.1",
            "mail_port": postbox[0],
            "mail_use_tls": False,
            "mail_from": "coach@x.example",
        }
    )
    staff(runtime, coach=COACH_PHONE, lead=LEAD_PHONE)
    enrol(runtime, person(1, coach="coach@x.example"))
    return replace(runtime, settings=settings)


def sent_to(runtime: Runtime, phone: str) -> list[str]:
    assert isinstance(runtime.gateway, MemoryGateway)
    return [text.body for text in runtime.gateway.taken if text.to == phone]


def addressed(taken: list[Message], to: str) -> list[str]:
    return [str(message["Subject"]) for message in taken if message["To"] == to]


def test_a_crisis_is_answered_paged_held_and_acknowledged_by_text(
    staffed: Runtime, clock: TestClock, postbox: tuple[int, list[Message]]
) -> None:
    answer = say(staffed, PHONE, "I dont see the point of living")
    assert answer is not None
    assert "988" in answer
    assert "around the clock" in answer
    tick(staffed)
    [page] = sent_to(staffed, COACH_PHONE)
    assert "CRISIS" in page
    assert PHONE not in page
    assert "living" not in page
    assert len(addressed(postbox[1], "coach@x.example")) == 1
    assert sent_to(staffed, LEAD_PHONE) == []
    tick(staffed)
    assert len(sent_to(staffed, COACH_PHONE)) == 1
    clock.forward(hours=10)
    tick(staffed)
    assert sent_to(staffed, PHONE) == [], "no cheerful step while a crisis is open"
    assert "code" in (say(staffed, COACH_PHONE, "ok, calling now") or "")
    [flag] = rows(staffed.engine, Flag)
    assert flag.acknowledged_at is None, "only the code in the page acknowledges it"
    assert flag.code in page
    assert "acknowledged" in (say(staffed, COACH_PHONE, f"{flag.code} calling now") or "")
    [flag] = rows(staffed.engine, Flag)
    assert flag.acknowledged_at == clock.shows
    assert rows(staffed.engine, Enrolment)[0].held_for is None
    assert [event.action for event in rows(staffed.engine, AuditEvent)] == ["acknowledged"]


def test_a_page_nobody_acknowledges_goes_to_the_lead_once(
    staffed: Runtime, clock: TestClock, postbox: tuple[int, list[Message]]
) -> None:
    say(staffed, PHONE, "i want to kill myself")
    tick(staffed)
    clock.shows += ESCALATE_AFTER
    tick(staffed)
    tick(staffed)
    assert len(sent_to(staffed, LEAD_PHONE)) == 1
    assert len(addressed(postbox[1], "lead@x.example")) == 1
    clock.forward(hours=5)
    tick(staffed)
    assert len(sent_to(staffed, LEAD_PHONE)) == len(sent_to(staffed, COACH_PHONE)) == 1


def test_text_and_mail_of_a_page_do_not_wait_for_the_fast_clock_that_dated_them(
    staffed: Runtime, clock: TestClock, postbox: tuple[int, list[Message]]
) -> None:
    say(staffed, PHONE, "i want to kill myself")
    context = PagingContext(staffed.engine, staffed.catalogue, staffed.keys, "https://coach.test/")
    assert page_open_flags(context, clock() + timedelta(minutes=9)) == 1
    tick(staffed)
    assert len(sent_to(staffed, COACH_PHONE)) == len(addressed(postbox[1], "coach@x.example")) == 1


def test_an_urgent_sign_is_paged_and_a_medical_question_waits_in_the_inbox(staffed: Runtime) -> None:
    urgent = say(staffed, PHONE, "crushing chest pain right now")
    assert urgent is not None
    assert "911" in urgent
    tick(staffed)
    assert len(sent_to(staffed, COACH_PHONE)) == 1
    medical = say(staffed, PHONE, "can I double my gabapentin?")
    assert medical is not None
    tick(staffed)
    assert len(sent_to(staffed, COACH_PHONE)) == 1
    assert {flag.kind for flag in rows(staffed.engine, Flag)} == {"urgent", "medical"}
    assert all(reply.for_coach for reply in rows(staffed.engine, InboundReply))


def test_mail_that_the_server_does_not_take_waits_and_is_sent_later(
    staffed: Runtime, clock: TestClock, postbox: tuple[int, list[Message]]
) -> None:
    away = replace(staffed, settings=staffed.settings.model_copy(update={"mail_port": free_port()}))
    say(staffed, PHONE, "i want to kill myself")
    tick(away)
    assert postbox[1] == []
    assert [mail.state for mail in rows(staffed.engine, MailMessage)] == ["queued"]
    clock.forward(minutes=2)
    tick(staffed)
    assert [mail.state for mail in rows(staffed.engine, MailMessage)] == ["sent"]
    assert len(postbox[1]) == 1


def test_a_mail_that_cannot_be_decrypted_keeps_no_other_waiting(
    staffed: Runtime, clock: TestClock, postbox: tuple[int, list[Message]]
) -> None:
    away = replace(staffed, settings=staffed.settings.model_copy(update={"mail_port": free_port()}))
    say(staffed, PHONE, "i want to kill myself")
    tick(away)
    with write_transaction(staffed.engine) as connection:
        connection.execute(text("UPDATE mail_message SET body = 'spoilt'"))
    clock.shows += ESCALATE_AFTER
    tick(staffed)
    assert len(addressed(postbox[1], "lead@x.example")) == len(postbox[1]) == 1


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (OpenFlag(1, "crisis", 1, 7, None, None), ("first", (7,))),
        (OpenFlag(1, "crisis", 1, None, None, None), ("first", (9,))),
        (OpenFlag(1, "crisis", 1, 99, None, None), ("first", (9,))),
        (OpenFlag(1, "medical", 1, 7, None, None), None),
    ],
)
def test_the_first_page_goes_to_the_own_coach_or_else_the_leads(
    flag: OpenFlag, expected: tuple[str, tuple[int, ...]] | None, clock: TestClock
) -> None:
    page = next_page(flag, (7, 8, 9), (9,), clock.shows)
    assert (page and (page.level, page.coach_ids)) == expected


def coachs_session(runtime: Runtime) -> dict[str, Any]:
    [coach] = rows(runtime.engine, CoachAccount, CoachAccount.role == "coach")
    return session_of(runtime, coach.id)


def inbox_of(runtime: Runtime) -> str:
    with create_app(runtime).test_client() as client:
        with client.session_transaction() as session:
            session.update(coachs_session(runtime))
        return client.get("/inbox/").get_data(as_text=True)


def test_a_coach_answers_from_the_inbox_and_closes_what_needs_no_answer(staffed: Runtime, clock: TestClock) -> None:
    say(staffed, PHONE, "how do I do the hamstring stretch?")
    clock.forward(hours=16)  # two in the morning in New York
    say(staffed, PHONE, "and when should I do it?")
    app = create_app(staffed)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_client() as client:
        with client.session_transaction() as session:
            session.update(coachs_session(staffed))
        page = client.get("/inbox/").get_data(as_text=True)
        assert "how do I do the hamstring stretch?" in page
        first, second = rows(staffed.engine, InboundReply)
        client.post(f"/inbox/{first.id}/answer", data={"body": "Sit on the edge of the bed."})
        client.post(f"/inbox/{second.id}/answer", data={"body": "An hour before bed."})
        assert "Nothing is waiting for you" in client.get("/inbox/").get_data(as_text=True)
        assert client.post("/inbox/999/answer", data={"body": "x"}).status_code == 404
    tick(staffed)
    assert sent_to(staffed, PHONE) == ["An hour before bed."], "the late answer waits for the day"
    clock.forward(hours=8)
    tick(staffed)
    assert sent_to(staffed, PHONE) == ["An hour before bed.", "Sit on the edge of the bed."]


def test_the_inbox_shows_a_crisis_before_everything_else(staffed: Runtime, clock: TestClock) -> None:
    for body in ("how do I do the hamstring stretch?", "can I double my gabapentin?", "i want to kill myself"):
        say(staffed, PHONE, body)
        clock.forward(minutes=1)
    page = inbox_of(staffed)
    assert re.findall(r'govuk-tag--red">\s*(\w+)', page) == ["Crisis", "Medical"]
    for words in ("kill myself", "gabapentin", "hamstring"):
        assert words in page


def test_nobody_who_has_opted_out_is_answered(staffed: Runtime) -> None:
    say(staffed, PHONE, "how do I do the hamstring stretch?")
    app = create_app(staffed)
    app.config["WTF_CSRF_ENABLED"] = False
    say(staffed, PHONE, "STOP")
    with app.test_client() as client:
        with client.session_transaction() as session:
            session.update(coachs_session(staffed))
        [reply, _] = rows(staffed.engine, InboundReply)
        client.post(f"/inbox/{reply.id}/answer", data={"body": "Sit on the edge of the bed."})
        assert "opted out" in client.get("/inbox/").get_data(as_text=True)
    tick(staffed)
    assert [message.kind for message in rows(staffed.engine, OutboxMessage)] == []


def test_a_coach_whose_number_cannot_be_decrypted_is_written_to_and_the_others_are_paged(
    staffed: Runtime, clock: TestClock, postbox: tuple[int, list[Message]]
) -> None:
    with write_transaction(staffed.engine) as connection:
        connection.execute(text("UPDATE coach_account SET phone = 'spoilt' WHERE role = 'coach'"))
    say(staffed, PHONE, "i want to kill myself")
    tick(staffed)
    assert len(addressed(postbox[1], "coach@x.example")) == 1
    clock.shows += ESCALATE_AFTER
    tick(staffed)
    assert len(sent_to(staffed, LEAD_PHONE)) == 1


@pytest.mark.parametrize("column", ["body", "reading"])
def test_a_cry_for_help_is_heard_though_the_text_before_it_cannot_be_decrypted(staffed: Runtime, column: str) -> None:
    say(staffed, PHONE, "can you text me later?")
    with write_transaction(staffed.engine) as connection:
        connection.execute(text(f"UPDATE inbound_reply SET {column} = 'spoilt'"))
    assert "988" in str(say(staffed, PHONE, "i want to kill myself"))


def test_danger_in_a_clinic_that_has_nobody_to_page_reaches_whoever_leads_the_installation(
    runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1), clinic="Empty")
    say(runtime, PHONE, "I want to kill myself")
    tick(runtime)
    [flag] = rows(runtime.engine, Flag)
    assert flag.paged_at is None, "nobody has been told yet"

    staff(runtime, admin=LEAD_PHONE)
    tick(runtime)
    assert len(sent_to(runtime, LEAD_PHONE)) == 1

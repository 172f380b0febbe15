"""Whatever is posted to the webhooks, signed or not: an answer, no fault of ours, and nothing stored by a forger."""

from typing import Any
from urllib.parse import quote_from_bytes, urlencode
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from coach.web import LARGEST_REQUEST
from coach.web.app import create_app
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.people import Enrolment, Suppression
from tests.coach.conftest import signed
from tests.coach.conversation.posting import PHONE, TOKEN, post, text
from tests.fuzz.hostile import NASTY, forms, raw, texts
from tests.support import PUBLIC_URL, TestClock, enrol, person, rows, tick

__all__ = ["signed"]
FIELDS = [
    *("MessageSid", "SmsSid", "AccountSid", "From", "To", "Body", "NumMedia", "NumSegments", "MediaUrl0", "OptOutType"),
    *("FromCity", "ReferralNumMedia", "MessageStatus", "SmsStatus", "ErrorCode", "RawDlrDoneDate"),
]
PATHS = ("/sms/inbound", "/sms/status")


@pytest.fixture
def app(signed: Runtime, clock: TestClock) -> Flask:
    """Somebody has been asked this evening."""
    enrol(signed, person(1))
    clock.forward(hours=10)
    tick(signed)
    return create_app(signed)


def everything(runtime: Runtime) -> list[Any]:
    return [rows(runtime.engine, table) for table in (InboundReply, DeliveryReceipt, Enrolment, CheckIn, Suppression)]


def post_raw(app: Flask, path: str, body: bytes, signature: str, **headers: str) -> int:
    return (
        app.test_client()
        .post(
            path,
            data=body,
            headers={"X-Twilio-Signature": signature, **headers},
            content_type="application/x-www-form-urlencoded",
        )
        .status_code
    )


def sign_pairs(path: str, pairs: list[tuple[str, str]]) -> str:
    return str(RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, MultiDict(pairs)))


@given(path=st.sampled_from(PATHS), pairs=forms(FIELDS), query=texts)
def test_a_signed_form_of_anything_is_never_a_fault_of_ours(
    app: Flask, path: str, pairs: list[tuple[str, str]], query: str
) -> None:
    target = f"{path}?{urlencode({'token': query})}"
    clean = [(name, value.encode("utf-8", "ignore").decode()) for name, value in pairs]
    status = post_raw(app, target, urlencode(clean).encode(), sign_pairs(target, clean))
    assert status in (200, 400, 403)


@given(body=texts, sender=st.one_of(st.just(PHONE), texts), opt_out=st.one_of(st.none(), texts))
def test_a_signed_text_of_anything_is_stored_once_and_answered(
    app: Flask, signed: Runtime, body: str, sender: str, opt_out: str | None
) -> None:
    body, sender = (one.encode("utf-8", "ignore").decode() for one in (body, sender))
    sid = f"SM{uuid4().hex}"
    form = text(body, sid, From=sender, **({"OptOutType": opt_out} if opt_out else {}))
    first, again = (post(app.test_client(), "/sms/inbound", form) for _ in range(2))
    assert first[0] == (200 if sender else 400)
    assert again == first
    stored = rows(signed.engine, InboundReply, InboundReply.message_sid == sid)
    assert len(stored) == (1 if sender else 0)
    if stored:
        assert stored[0].body == body.replace("\x00", "")[:4000]
    for night in rows(signed.engine, CheckIn):
        assert night.score is None or 0 <= night.score <= 10


@given(path=st.sampled_from(PATHS), body=raw, signature=texts)
def test_a_forged_signature_stores_nothing(app: Flask, signed: Runtime, path: str, body: bytes, signature: str) -> None:
    before = everything(signed)
    forged = quote_from_bytes(signature.encode("utf-8", "ignore"))
    assert post_raw(app, path, b"Body=" + body, forged) in (400, 403)
    assert everything(signed) == before


@given(place=st.integers(0, 27), sign=st.sampled_from("AZaz09+/="))
def test_a_mangled_signature_stores_nothing(app: Flask, signed: Runtime, place: int, sign: str) -> None:
    form = text("7 and yes", "SMmangled")
    right = sign_pairs("/sms/inbound", list(form.items()))
    mangled = right[:place] + sign + right[place + 1 :]
    if mangled != right:
        assert post(app.test_client(), "/sms/inbound", form, signature=mangled)[0] == 403
        assert not rows(signed.engine, InboundReply)


def test_a_replayed_text_changes_nothing_and_gets_the_same_answer(app: Flask, signed: Runtime) -> None:
    form = text("7 and yes", "SMreplayed")
    first = post(app.test_client(), "/sms/inbound", form)
    before = everything(signed)
    assert [post(app.test_client(), "/sms/inbound", form) for _ in range(5)] == [first] * 5
    assert everything(signed) == before
    assert post(app.test_client(), "/sms/inbound", form | {"Body": "10"}, signature="x")[0] == 403


def test_a_signature_of_one_path_is_worth_nothing_on_another(app: Flask) -> None:
    form = text("7")
    elsewhere = sign_pairs("/sms/status", list(form.items()))
    assert post(app.test_client(), "/sms/inbound", form, signature=elsewhere)[0] == 403


BROKEN = {
    "11 MB": (b"Body=" + b"a" * 11_000_000, 413),
    "5,000 fields": (b"&".join(b"f%d=1" % number for number in range(5000)), 403),
    "deeply nested": (b"Body" + b"[a]" * 20_000 + b"=1", 403),
    "empty": (b"", 403),
    "half a character": (b"%", 403),
    "no UTF-8": (b"Body=%ff%fe%00", 403),
}


def test_a_huge_or_broken_form_is_refused(app: Flask, signed: Runtime) -> None:
    before = everything(signed)
    for what, (body, told) in BROKEN.items():
        assert len(body) <= LARGEST_REQUEST or told == 413
        assert [post_raw(app, path, body, "x") for path in PATHS] == [told, told], what
    assert everything(signed) == before


def test_another_kind_of_body_is_refused(app: Flask) -> None:
    bodies = (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--", b"{" * 5000, b"\x00" * 100)
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/xml", ""):
        for body in bodies:
            answer = app.test_client().post("/sms/inbound", data=body, content_type=kind)
            assert answer.status_code == 403, kind


def test_other_methods_are_refused(app: Flask) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
        for path in PATHS:
            assert app.test_client().open(path, method=method).status_code == 405, method


def test_thousands_of_new_numbers_get_one_answer_each_and_no_text_of_ours(app: Flask, signed: Runtime) -> None:
    client = app.test_client()
    before = len(rows(signed.engine, OutboxMessage))
    numbers = range(60)
    answered = 0
    for number in numbers:
        for turn in range(3):
            _, page = post(client, "/sms/inbound", text("hello", f"SM{turn}{number}", From=f"+1212555{number:04d}"))
            answered += "<Message>" in page
    assert answered == len(numbers), "one polite answer a day"
    assert len(rows(signed.engine, OutboxMessage)) == before


def test_an_answer_never_carries_markup_of_the_sender(app: Flask) -> None:
    for body in NASTY:
        _, page = post(app.test_client(), "/sms/inbound", text(body, f"SM{uuid4().hex}"))
        assert page.count("<Message>") <= 1
        assert "<script" not in page
        assert "evil.example" not in page


def test_a_nul_in_any_field_is_no_fault_of_ours(app: Flask) -> None:
    """PostgreSQL takes no NUL in text."""
    for name in FIELDS:
        form = text("7", f"SM{uuid4().hex}") | {"MessageStatus": "sent", name: "a\x00b"}
        for path in (*PATHS, "/sms/status?token=a%00b"):
            assert post(app.test_client(), path, form)[0] in (200, 400, 403), name

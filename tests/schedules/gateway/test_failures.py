"""Whose fault it is, code by code and answer by answer, through the real SDK over real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.gateway.error_codes import FAILURES, failure_of, failure_of_answer
from schedules.gateway.http_client import parse_retry_after
from schedules.gateway.protocol import OutgoingText
from schedules.outbox.outcomes import queued_again, settled_from
from tests.schedules.canned import canned, http
from tests.schedules.dispatch.claims import claimed
from tests.schedules.gateway.test_twilio_answers import gateway_to

NOW = datetime(2026, 3, 3, 1, tzinfo=UTC)

# Each answer to a create that is no acceptance, and what becomes of the text: `queued` in its window, `unknown` (found
# out before anything is sent again), or settled.
ANSWERS = [
    *((401, 20003, "queued"), (401, None, "queued"), (403, 20005, "queued"), (403, 20008, "queued")),
    *((404, 20404, "queued"), (400, 21606, "queued"), (400, 21212, "queued"), (400, 21705, "queued")),
    *((400, 21703, "queued"), (400, 21603, "queued"), (400, 21659, "queued"), (400, 21608, "queued")),
    *((403, 20006, "queued"), (400, 30002, "queued"), (400, 14107, "queued"), (400, 63038, "queued")),
    *((400, 30032, "queued"), (400, 30034, "queued"), (400, 30035, "queued"), (400, 21408, "queued")),
    *((400, 21612, "queued"), (429, 20429, "queued"), (429, None, "queued"), (400, 21611, "queued")),
    *((400, 30001, "queued"), (400, 63018, "queued"), (400, 99999, "queued"), (404, 99999, "queued")),
    *(
        (301, None, "queued"),
        (302, None, "queued"),
        (303, None, "queued"),
        (307, None, "queued"),
        (308, None, "queued"),
    ),
    *(
        (400, None, "queued"),
        (402, None, "queued"),
        (403, None, "queued"),
        (404, None, "queued"),
        (407, None, "queued"),
    ),
    *(
        (413, None, "queued"),
        (423, None, "queued"),
        (425, None, "queued"),
        (431, None, "queued"),
        (451, None, "queued"),
    ),
    *((408, None, "unknown"), (409, None, "unknown"), (409, 20409, "unknown"), (408, 99999, "unknown")),
    *((500, None, "unknown"), (500, 20500, "unknown"), (503, 20503, "unknown"), (502, 21211, "unknown")),
    *((503, 20003, "unknown"), (418, None, "unknown"), (499, None, "unknown"), (599, None, "unknown")),
    *((400, 21211, "failed"), (400, 21614, "failed"), (400, 21635, "failed"), (400, 21617, "failed")),
    *((400, 21610, "suppressed"),),
]


def became_of_a_text(answer: bytes) -> str:
    """What a text becomes whose create gets this answer."""
    with canned(answer) as server:
        gateway = gateway_to(server.url)
        try:
            outcome = gateway.send(OutgoingText("+14155550001", "Good evening", "0" * 32, 100))
        finally:
            gateway.close()
    assert len(server.asked) == 1, "never a second request"
    return "queued" if queued_again(claimed(), outcome, NOW) else settled_from(claimed(), outcome).state


@pytest.mark.parametrize(("status", "code", "state"), ANSWERS)
def test_only_what_is_the_recipients_settles_a_text(status: int, code: int | None, state: str) -> None:
    plain = f'{{"code": {code}, "message": "x", "status": {status}}}' if code else "<html>maintenance</html>"
    assert became_of_a_text(http(f"{status} Answer", plain, "Location: /again")) == state
    if code:
        told = f'{{"type": "x", "title": "x", "status": {status}, "code": "{code}"}}'
        assert became_of_a_text(http(f"{status} Answer", told)) == state


@pytest.mark.parametrize(
    "answer",
    [
        http("201 Created", ""),
        http("200 OK", "<html>a portal</html>"),
        http("200 OK", "{}"),
        http("200 OK", '"SM1"'),
        http("201 Created", '{"sid": "SM1", "st', length=300),
        http("204 No Content", ""),
        http("202 Accepted", "null"),
        b"HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\n\r\nOK",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 90\r\n\r\n" + b'{"code": 21211',
    ],
)
def test_an_acceptance_that_cannot_be_read_is_found_out(answer: bytes) -> None:
    assert became_of_a_text(answer) == "unknown"


def test_a_redirect_that_leads_to_itself_is_not_followed() -> None:
    assert became_of_a_text(http("307 Temporary Redirect", "", "Location: /2010-04-01/")) == "queued"


@given(status=st.integers(0, 999), code=st.none() | st.integers(-(10**9), 10**9))
def test_whatever_answers_nobody_is_blamed_but_by_a_code_of_twilios(status: int, code: int | None) -> None:
    failure = failure_of_answer(status, code)
    if failure.whose in ("recipient", "text"):
        assert code in FAILURES
        assert 400 <= status < 500
    if not 300 <= status < 500:
        assert failure.then == "find_out", "it may have been taken"


def test_every_row_says_what_happened_and_what_to_do() -> None:
    for code, row in FAILURES.items():
        assert row.code == code
        for said in (row.words, row.to_do):
            assert said[0].isupper()
            assert said.endswith(".")
    assert {row.whose for row in FAILURES.values()} == {"recipient", "text", "sender", "unknown"}
    assert {code for code, row in FAILURES.items() if row.then == "hold"} >= {21211, 21614, 30005, 30006}
    assert {failure_of(code).then for code in (30003, 30004)} == {"settle"}, "one word is not enough"
    assert failure_of(None).whose == failure_of(99999).whose == "unknown"


DATE = "Tue, 03 Mar 2026 01:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        *(("120", None, 120.0), ("1.5", None, 1.5), (" 7 ", None, 7.0), ("0", None, 0.0)),
        *(("99999", None, 300.0), ("999999999999", None, 300.0), ("1" * 400, None, None)),
        *(("-1", None, None), ("", None, None), (None, None, None), ("soon", None, None), ("1e9", None, None)),
        *(("nan", None, None), ("inf", None, None), ("٣", None, None), ("1.5.5", None, None)),
        ("Tue, 03 Mar 2026 01:02:00 GMT", DATE, 120.0),
        ("Tue, 03 Mar 2026 00:00:00 GMT", DATE, 0.0),
        ("Tue, 03 Mar 2099 00:00:00 GMT", DATE, 300.0),
        ("Tue, 03 Mar 2026 01:02:00 GMT", "nonsense", None),
        ("Tue, 03 Mar 2026 01:02:00", DATE, None),
        ("Tue, 99 Mar 2026 01:02:00 GMT", DATE, None),
        ("Tue, 03 Mar 2020 01:02:00 GMT", None, 0.0),
    ],
)
def test_how_long_to_wait_is_read_in_every_form_and_is_five_minutes_at_most(
    header: str | None, date: str | None, seconds: float | None
) -> None:
    assert parse_retry_after(header, date) == seconds


@given(header=st.text(max_size=40), date=st.none() | st.text(max_size=40))
def test_no_header_breaks_the_reading_of_it(header: str, date: str | None) -> None:
    asked = parse_retry_after(header, date)
    assert asked is None or timedelta(0) <= timedelta(seconds=asked) <= timedelta(minutes=5)

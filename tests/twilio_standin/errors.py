"""Twilio's error codes as data, and the two shapes of body that carry them.

Codes, statuses and wordings follow https://www.twilio.com/docs/api/errors; the stand-in needs only those that
a text message can meet.
"""

import json
from dataclasses import dataclass
from typing import Any

# code: (HTTP status, message) of a create, fetch or list that is refused at once.
REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    # Twilio refuses it; the exact HTTP status is not documented.
    20009: (409, "Cannot change or delete the message because its delivery is not completed"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service unavailable"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Number"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number or a Messaging Service is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number is not a valid, SMS-capable phone number for your account"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    # Its HTTP status is not documented; 400 makes the caller read the code. refuse(…, status=429) for the other.
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "Message cannot be sent with the current combination of 'To' and 'From' parameters"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}

# code: (final status, message) of a text that was accepted and fails later, told by receipt.
RECEIPTS: dict[int, tuple[str, str]] = {
    21610: ("failed", "Attempt to send to unsubscribed recipient"),
    30001: ("failed", "Queue overflow"),
    30002: ("failed", "Account suspended"),
    30003: ("undelivered", "Unreachable destination handset"),
    30004: ("undelivered", "Message blocked"),
    30005: ("undelivered", "Unknown destination handset"),
    30006: ("undelivered", "Landline or unreachable carrier"),
    30007: ("undelivered", "Message filtered"),
    30008: ("undelivered", "Unknown error"),
    30022: ("failed", "US A2P 10DLC - Rate Limits Exceeded"),
    30023: ("failed", "US A2P 10DLC - Daily Message Cap Reached"),
    30034: ("undelivered", "US A2P 10DLC - Message from an Unregistered Number"),
    30036: ("failed", "Validity Period Expired"),
}

# Twilio's own test numbers: https://www.twilio.com/docs/iam/test-credentials#test-sms-messages
MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}


@dataclass
class RefusedError(Exception):
    """A request that is answered with an error; a code that no table knows is a plain 400."""

    code: int
    detail: str = ""
    status: int | None = None
    retry_after: float | None = None

    @property
    def http_status(self) -> int:
        return self.status or REFUSALS.get(self.code, (400, ""))[0]

    @property
    def message(self) -> str:
        known = REFUSALS.get(self.code, (0, RECEIPTS.get(self.code, ("", "Error"))[1]))[1]
        return f"{known}: {self.detail}" if self.detail else known


def more_info(code: int) -> str:
    return f"https://www.twilio.com/docs/errors/{code}"


def error_body(refused: RefusedError) -> dict[str, Any]:
    """The shape of the 2010 API."""
    code = refused.code
    return {"code": code, "message": refused.message, "more_info": more_info(code), "status": refused.http_status}


def problem_body(refused: RefusedError, path: str) -> dict[str, Any]:
    """The RFC 9457 shape that newer Twilio services answer with."""
    title = REFUSALS.get(refused.code, (0, refused.message))[1]
    return {
        "type": more_info(refused.code),
        "title": title,
        "status": refused.http_status,
        "code": refused.code,
        "detail": refused.message,
        "instance": path,
    }


def encode_refusal(refused: RefusedError, path: str, as_problem: bool) -> tuple[bytes, str]:
    """Body and content type."""
    body = problem_body(refused, path) if as_problem else error_body(refused)
    return json.dumps(body).encode(), "application/problem+json" if as_problem else "application/json"


def receipt_message(code: int | None) -> str | None:
    return None if code is None else RECEIPTS.get(code, ("", "Unknown error"))[1]

"""What Twilio says of our account and sender, for `coach doctor`: read-only requests over the gateway's own client."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from schedules.twilio_gateway import InDoubtError, NotSentError, PooledHttpClient, SignatureCheck

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer: its HTTP status, or why there was none; its JSON object; the instant its server shows."""

    status: int | None
    trouble: str
    body: Mapping[str, Any]
    server_time: datetime | None


class TwilioAccount:
    """Reads one account through `api_url`; Twilio keeps messaging services on a host of their own."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str) -> None:
        self._path, self._auth = f"/2010-04-01/Accounts/{account_sid}", (account_sid, auth_token)
        self._api = api_url
        own = urlsplit(api_url).hostname == "api.twilio.com"
        self._messaging = "https://messaging.twilio.com" if own else api_url

    def account(self) -> Fetched:
        """The account itself: its `status`."""
        return fetch("GET", self._api, f"{self._path}.json", auth=self._auth)

    def number(self, phone: str) -> Fetched:
        """The account's numbers that are this one: `incoming_phone_numbers`, none or one."""
        query = urlencode({"PhoneNumber": phone})
        return fetch("GET", self._api, f"{self._path}/IncomingPhoneNumbers.json?{query}", auth=self._auth)

    def service(self, sid: str) -> Fetched:
        """A messaging service: `inbound_request_url`, `use_inbound_webhook_on_number`."""
        return fetch("GET", self._messaging, f"/v1/Services/{sid}", auth=self._auth)

    def service_numbers(self, sid: str) -> Fetched:
        """The `phone_numbers` of a messaging service."""
        return fetch("GET", self._messaging, f"/v1/Services/{sid}/PhoneNumbers", auth=self._auth)


def post_receipt(check: SignatureCheck | None, public_url: str) -> Fetched:
    """A receipt for no message, as Twilio would post it; without a check, unsigned. It is stored nowhere."""
    path, form = "/sms/status?token=doctor", {"MessageStatus": "sent"}
    headers = {"X-Twilio-Signature": check.sign(path, form)} if check else {}
    return fetch("POST", public_url, path, form=form, headers=headers)


def fetch(
    method: str,
    base: str,
    path: str,
    *,
    auth: tuple[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """One request on a connection of its own, never repeated and never redirected."""
    client = PooledHttpClient(base)
    try:
        answer = client.request(method, path, data=form, headers=headers, auth=auth, timeout=SECONDS)
    except NotSentError as error:
        return Fetched(429 if str(error) == "HTTP 429" else None, str(error), {}, None)
    except (InDoubtError, ValueError) as error:
        return Fetched(None, str(error), {}, None)
    finally:
        client.close()
    return Fetched(answer.status_code, "", _object(answer.text), _instant(answer.headers))


def _object(text: str) -> Mapping[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _instant(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None

"""What Twilio says of an account, its one number and its one messaging service: as much as a client looks at."""

from typing import Any
from urllib.parse import parse_qs

from .state import State

Described = dict[str, Any]


def describe(state: State, path: str, query: str) -> Described | None:
    """The resource at a path, or None if there is none."""
    account, service = f"/2010-04-01/Accounts/{state.account_sid}", f"/v1/Services/{state.messaging_service_sid}"
    if path == f"{account}.json":
        return {"sid": state.account_sid, "status": state.account_status, "type": "Full"}
    if path == f"{account}/IncomingPhoneNumbers.json":
        known = parse_qs(query).get("PhoneNumber", [state.service_number]) == [state.service_number]
        return {"incoming_phone_numbers": [_number(state)] if known else [], "page": 0}
    if path == service:
        return {
            "sid": state.messaging_service_sid,
            "inbound_request_url": None if state.webhook_on_number else state.inbound_url,
            "use_inbound_webhook_on_number": state.webhook_on_number,
        }
    if path == f"{service}/PhoneNumbers":
        return {"phone_numbers": [{"phone_number": state.service_number}], "meta": {"page": 0}}
    return None


def _number(state: State) -> Described:
    return {
        "phone_number": state.service_number,
        "sms_url": state.inbound_url or "",
        "sms_method": "POST",
        "capabilities": {"sms": True, "mms": True, "voice": True},
    }

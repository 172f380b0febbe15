"""Read-only requests about our Twilio account and sender, for `coach doctor`."""

from urllib.parse import urlencode, urlsplit

from schedules.gateway.fetch import REQUEST_SECONDS, FetchResult, fetch
from schedules.gateway.twilio import SignatureCheck


class TwilioAccount:
    """Reads one account through `api_url`. Twilio serves messaging services from a separate host."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str) -> None:
        self._path, self._auth = f"/2010-04-01/Accounts/{account_sid}", (account_sid, auth_token)
        self._api = api_url
        own = urlsplit(api_url).hostname == "api.twilio.com"
        self._messaging = "https://messaging.twilio.com" if own else api_url

    def account(self, seconds: float = REQUEST_SECONDS) -> FetchResult:
        """Return the account itself: its `status`."""
        return fetch("GET", self._api, f"{self._path}.json", auth=self._auth, seconds=seconds)

    def number(self, phone: str) -> FetchResult:
        """Return this number if it is the account's: `incoming_phone_numbers`, none or one."""
        query = urlencode({"PhoneNumber": phone})
        return fetch("GET", self._api, f"{self._path}/IncomingPhoneNumbers.json?{query}", auth=self._auth)

    def service(self, sid: str) -> FetchResult:
        """Return a messaging service: `inbound_request_url`, `use_inbound_webhook_on_number`."""
        return fetch("GET", self._messaging, f"/v1/Services/{sid}", auth=self._auth)

    def service_numbers(self, sid: str) -> FetchResult:
        """Return the `phone_numbers` of a messaging service."""
        return fetch("GET", self._messaging, f"/v1/Services/{sid}/PhoneNumbers", auth=self._auth)


def post_receipt(check: SignatureCheck | None, public_url: str) -> FetchResult:
    """Post a receipt for no message, as Twilio would; without a check, unsigned. It is not stored."""
    path, form = "/sms/status?token=doctor", {"MessageStatus": "sent"}
    headers = {"X-Twilio-Signature": check.sign(path, form)} if check else {}
    return fetch("POST", public_url, path, form=form, headers=headers)

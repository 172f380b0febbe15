"""The Twilio gateway: the SDK over our own HTTP client, and the signature check of its webhooks."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from schedules.gateway.error_codes import failure_of, failure_of_answer
from schedules.gateway.http_client import InDoubtError, NotSentError, PooledHttpClient
from schedules.gateway.protocol import (
    Accepted,
    Forgetting,
    GatewayDownError,
    NotProcessed,
    Outcome,
    OutgoingText,
    ProviderMessage,
    Refused,
)
from schedules.gateway.protocol import Unknown as UnknownOutcome

# What the SDK raises for an unexpected response.
UNREADABLE_ANSWER = (ValueError, LookupError, TypeError, AttributeError)
# A list of more pages, or with a page that came before, has no end.
MOST_PAGES = 50


class TwilioGateway:
    """Sends through one messaging service or number of one account. Thread-safe."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        messaging_service_sid: str | None,
        from_number: str | None,
        api_url: str,
        status_url: str | None,
    ) -> None:
        self._http = PooledHttpClient(api_url)
        # Resolved here, because the SDK imports its modules on first use, which takes as long as hundreds of texts.
        self._messages = Client(account_sid, auth_token, http_client=self._http).messages
        self._sender: dict[str, object] = (
            {"messaging_service_sid": messaging_service_sid} if messaging_service_sid else {"from_": from_number}
        )
        self._status_url = status_url

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def send(self, text: OutgoingText) -> Outcome:
        """Make one create request; see `schedules.gateway.protocol` for what the outcomes mean."""
        more: dict[str, object] = {}
        if self._status_url:
            more["status_callback"] = f"{self._status_url}?token={text.token}"
        if text.valid_seconds is not None:
            more["validity_period"] = text.valid_seconds
        try:
            with self._http.asking_first(text.may_leave):
                message = self._messages.create(to=text.to, body=text.body, **self._sender, **more)
        except NotSentError as error:
            return _not_sent(error)
        except InDoubtError as error:
            return UnknownOutcome(str(error))
        except (TwilioRestException, TwilioServiceException) as error:
            return _outcome_of(error)
        except (TwilioException, *UNREADABLE_ANSWER) as error:
            return UnknownOutcome(type(error).__name__)  # an unreadable response proves nothing
        if not message.sid:
            return UnknownOutcome("an answer without an id")
        return Accepted(str(message.sid), str(message.status))

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        """Return everything created for a number, newest first, until older than `since`; without replies to webhooks.

        There is no date filter: Twilio's filters by date_sent, which is null for a message not yet sent.
        """
        try:
            for message in self._listed(to=phone, page_size=50):
                created_at = (message.date_created or datetime.now(UTC)).astimezone(UTC)
                if created_at < since:
                    return
                if message.direction == "outbound-reply":
                    continue
                code = int(message.error_code) if message.error_code else None
                yield ProviderMessage(
                    str(message.sid), str(message.to), str(message.body), str(message.status), code, created_at
                )
        except (NotSentError, InDoubtError) as error:
            raise GatewayDownError(str(error)) from error
        except (TwilioException, *UNREADABLE_ANSWER) as error:  # the message may quote texts
            raise GatewayDownError(type(error).__name__) from error

    def ids_with(self, phone: str) -> Iterable[str]:
        """Return everything to the number, then everything from it."""
        try:
            for wanted in ({"to": phone}, {"from_": phone}):
                for message in self._listed(**wanted, page_size=1000):
                    yield str(message.sid)
        except (NotSentError, InDoubtError) as error:
            raise GatewayDownError(str(error)) from error
        except (TwilioException, *UNREADABLE_ANSWER) as error:
            raise GatewayDownError(type(error).__name__) from error

    def _listed(self, **wanted: object) -> Iterator[Any]:
        """Yield messages page by page. Raises GatewayDownError if the list has no end: then it proves nothing."""
        page: Any = self._messages.page(**wanted)
        seen: set[str] = set()
        while True:
            yield from page
            following = page.next_page_url
            if not following:
                return
            if following in seen or len(seen) == MOST_PAGES - 1:
                raise GatewayDownError("list_without_end")
            seen.add(following)
            page = page.next_page()

    def forget(self, sid: str, what: Forgetting) -> str | None:
        """Treat a missing message as deleted; a text still in flight (20009) is for later."""
        try:
            if what == "message":
                self._messages(sid).delete()
            else:
                self._messages(sid).update(body="")
        except (NotSentError, InDoubtError) as error:
            return str(error)
        except (TwilioRestException, TwilioServiceException) as error:
            return None if _to_int(error.status) == 404 else f"code {_to_int(error.code)}"
        except (TwilioException, *UNREADABLE_ANSWER) as error:
            return type(error).__name__
        return None


def _outcome_of(error: TwilioRestException | TwilioServiceException) -> Outcome:
    """Translate an error response (`schedules.gateway.error_codes`)."""
    status, code = _to_int(error.status) or 0, _to_int(error.code)
    if code == status:  # the SDK's placeholder for a body without a code
        code = None
    failure = failure_of_answer(status, code)
    reason = f"code {code}" if code else f"HTTP {status}"
    if failure.then == "find_out":
        return UnknownOutcome(f"HTTP {status}")
    if failure.then == "slow":
        return NotProcessed(reason, slow_down=True)
    if failure.whose == "unknown":
        return NotProcessed(reason, code=code)
    return Refused(failure.code, reason)


def _not_sent(error: NotSentError) -> Outcome:
    """Translate a request that was not processed. A 429 may name a limit that slowing down does not help."""
    code = _code_in(error.body) if error.slow_down else None
    if failure_of(code).whose == "sender":
        return Refused(code, f"code {code}")
    return NotProcessed(str(error), error.retry_after, error.slow_down)


def _code_in(body: str) -> int | None:
    try:
        return _to_int(json.loads(body)["code"])
    except UNREADABLE_ANSWER:
        return None


def _to_int(given: object) -> int | None:
    return int(str(given)) if str(given).isdecimal() and len(str(given)) < 9 else None


class SignatureCheck:
    """Verifies that Twilio signed a webhook for the URL it calls."""

    def __init__(self, auth_token: str, public_url: str) -> None:
        self._validator, self._public_url = RequestValidator(auth_token), public_url.rstrip("/")

    def holds(self, raw_path: str, raw_query: str, form: object, signature: str) -> bool:
        """Verify a signature. `form` is the request's MultiDict, because Twilio signs repeated keys."""
        url = self._public_url + raw_path + (f"?{raw_query}" if raw_query else "")
        # The usual case; the SDK tries every URL twice, with and without a port.
        if compare_digest(self._validator.compute_signature(url, form).encode(), signature.encode()):
            return True
        return bool(self._validator.validate(url, form, signature))

    def sign(self, path: str, form: Mapping[str, str]) -> str:
        """Return the signature Twilio would give: for the phone page, which posts as Twilio does."""
        return str(self._validator.compute_signature(self._public_url + path, form))

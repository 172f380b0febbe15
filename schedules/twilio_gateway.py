"""Twilio, and only here: the real SDK over our own HTTP client, and the signature check of its webhooks.

The SDK's own client has no default time-out, a pool of about six and 1.1 ms of CPU a text; this one keeps a connection
per thread over `http.client` (0.3 ms), always has time-outs, and never repeats a POST.
"""

import select
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hmac import compare_digest
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from schedules.delivery import error_code
from schedules.gateway import (
    Accepted,
    Forgetting,
    GatewayDownError,
    NotProcessed,
    Outcome,
    OutgoingText,
    ProviderMessage,
    Refused,
)
from schedules.gateway import Unknown as UnknownOutcome

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 15.0
# Idle connections older than this are not trusted: the far side may be closing one just as we write to it. One used a
# moment ago is not looked at: that costs a twentieth of a text's time.
IDLE_SECONDS, JUST_USED_SECONDS = 20.0, 0.05
# What the SDK raises on an answer that is not what it expects.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)


class NotSentError(Exception):
    """The request was not processed (refused, not resolved, no TLS, 429): safe to repeat, after a while if given."""

    def __init__(self, reason: str, retry_after: float | None = None, *, slow_down: bool = False) -> None:
        super().__init__(reason)
        self.retry_after, self.slow_down = retry_after, slow_down


class InDoubtError(Exception):
    """The request may have been processed: the answer was late, broken or missing."""


class PooledHttpClient:
    """The SDK's `HttpClient` over one keep-alive connection a thread, to the scheme and host of `api_url`."""

    is_async = False

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        self._https, self._netloc, self._prefix = parts.scheme == "https", parts.netloc, parts.path.rstrip("/")
        self._tls = ssl.create_default_context() if self._https else None
        self._of_thread = threading.local()
        self._open: set[HTTPConnection] = set()

    def request(  # noqa: PLR0913  (the SDK's signature)
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request. Raises NotSentError or InDoubtError; never follows a redirect, never tries twice."""
        target = urlsplit(url)
        path = self._prefix + target.path + (f"?{target.query}" if target.query else "")
        if params:
            path += ("&" if target.query else "?") + urlencode(params, doseq=True)
        body = urlencode(data or {}, doseq=True).encode() if method == "POST" else None
        sent_headers = dict(headers or {})
        if auth:
            sent_headers["Authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
        if body is not None:
            sent_headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._exchange(method, path, body, sent_headers, timeout or ANSWER_SECONDS)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], timeout: float
    ) -> Response:
        connection = self._connection()
        try:
            if connection.sock is not None:
                connection.sock.settimeout(timeout)
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (OSError, HTTPException) as error:
            connection.close()
            raise InDoubtError(type(error).__name__) from error
        self._of_thread.used_at = monotonic()
        if answer.will_close:
            connection.close()
        if answer.status == 429:
            raise NotSentError("HTTP 429", _seconds(answer.getheader("Retry-After")), slow_down=True)
        return Response(answer.status, text, dict(answer.getheaders()))

    def _connection(self) -> HTTPConnection:
        """This thread's open connection, made anew when it is old or the far side has closed it."""
        connection: HTTPConnection | None = getattr(self._of_thread, "connection", None)
        if connection is not None:
            idle = monotonic() - self._of_thread.used_at
            if connection.sock is not None and _is_alive(connection.sock, idle):
                return connection
            connection.close()
            self._open.discard(connection)
        connection = self._new_connection()
        try:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            raise NotSentError(type(error).__name__) from error
        self._of_thread.connection, self._of_thread.used_at = connection, monotonic()
        self._open.add(connection)
        return connection

    def close(self) -> None:
        """Close every connection; a thread that goes on opens a new one."""
        while self._open:
            self._open.pop().close()

    def _new_connection(self) -> HTTPConnection:
        if self._https:
            return _WholeHttps(self._netloc, timeout=CONNECT_SECONDS, context=self._tls)
        return _Whole(self._netloc, timeout=CONNECT_SECONDS)


class _Whole(HTTPConnection):
    """A connection whose requests leave in one piece; the library sends the head and the body each for itself."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._pieces: list[bytes] = []
        super().request(*args, **kwargs)
        super().send(b"".join(self._pieces))

    def send(self, data: Any) -> None:
        self._pieces.append(data)


class _WholeHttps(_Whole, HTTPSConnection):
    """The same over TLS."""


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None


def _is_alive(sock: socket.socket, idle_seconds: float) -> bool:
    """An idle connection has nothing to say; one that is readable has been closed."""
    if idle_seconds < JUST_USED_SECONDS:
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return idle_seconds < IDLE_SECONDS and not poll.poll(0)


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
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._sender: dict[str, Any] = (
            {"messaging_service_sid": messaging_service_sid} if messaging_service_sid else {"from_": from_number}
        )
        self._status_url = status_url

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def send(self, text: OutgoingText) -> Outcome:
        """One create; see `schedules.gateway` for what the outcomes promise."""
        more: dict[str, Any] = {}
        if self._status_url:
            more["status_callback"] = f"{self._status_url}?token={text.token}"
        if text.valid_seconds is not None:
            more["validity_period"] = text.valid_seconds
        try:
            message = self._client.messages.create(to=text.to, body=text.body, **self._sender, **more)
        except NotSentError as error:
            return NotProcessed(str(error), error.retry_after, error.slow_down)
        except InDoubtError as error:
            return UnknownOutcome(str(error))
        except (TwilioRestException, TwilioServiceException) as error:
            return _outcome_of(error)
        except (TwilioException, *UNREADABLE) as error:
            return UnknownOutcome(type(error).__name__)  # an answer that cannot be read says nothing
        if not message.sid:
            return UnknownOutcome("an answer without an id")
        return Accepted(str(message.sid), str(message.status))

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        """Everything created for a number, newest first, until one is older than `since`; answers to a text are not.

        Without a date filter: it looks at date_sent, which is null for a message not yet sent.
        """
        try:
            for message in self._client.messages.stream(to=phone, page_size=50):
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
        except (TwilioException, *UNREADABLE) as error:  # its words may hold what was listed: not for the log
            raise GatewayDownError(type(error).__name__) from error

    def ids_with(self, phone: str) -> Iterable[str]:
        """Everything to the number, then everything from it."""
        try:
            for wanted in ({"to": phone}, {"from_": phone}):
                for message in self._client.messages.stream(**wanted, page_size=1000):
                    yield str(message.sid)
        except (NotSentError, InDoubtError) as error:
            raise GatewayDownError(str(error)) from error
        except (TwilioException, *UNREADABLE) as error:
            raise GatewayDownError(type(error).__name__) from error

    def forget(self, sid: str, what: Forgetting) -> str | None:
        """What is gone already is forgotten; a text still under way (20009) is for later."""
        try:
            if what == "message":
                self._client.messages(sid).delete()
            else:
                self._client.messages(sid).update(body="")
        except (NotSentError, InDoubtError) as error:
            return str(error)
        except (TwilioRestException, TwilioServiceException) as error:
            return None if _number(error.status) == 404 else f"code {_number(error.code)}"
        except (TwilioException, *UNREADABLE) as error:
            return type(error).__name__
        return None


def _outcome_of(error: TwilioRestException | TwilioServiceException) -> Outcome:
    """An error answer: a full queue was not processed, a 5xx is in doubt, the rest is refused."""
    status, code = _number(error.status) or 0, _number(error.code)
    if error_code(code).treat_as == "retry":
        return NotProcessed(f"code {code}", slow_down=True)
    if status >= 500:
        return UnknownOutcome(f"HTTP {status}")
    return Refused(20003 if status == 401 else code, f"code {code or status}")


def _number(given: object) -> int | None:
    return int(str(given)) if str(given).isdecimal() and len(str(given)) < 9 else None


class SignatureCheck:
    """Whether a webhook was signed by Twilio for the URL that Twilio calls."""

    def __init__(self, auth_token: str, public_url: str) -> None:
        self._validator, self._public_url = RequestValidator(auth_token), public_url.rstrip("/")

    def holds(self, raw_path: str, raw_query: str, form: Any, signature: str) -> bool:
        """`form` is the request's MultiDict: Twilio signs repeated keys, which a plain dict would lose."""
        url = self._public_url + raw_path + (f"?{raw_query}" if raw_query else "")
        # As it nearly always is; the SDK tries every URL twice, with and without a port.
        if compare_digest(self._validator.compute_signature(url, form).encode(), signature.encode()):
            return True
        return bool(self._validator.validate(url, form, signature))

    def sign(self, path: str, form: Mapping[str, str]) -> str:
        """The signature Twilio would give: for the phone page, which posts as Twilio does."""
        return str(self._validator.compute_signature(self._public_url + path, form))

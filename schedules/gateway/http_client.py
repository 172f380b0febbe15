"""HTTP/1.1 for Twilio's SDK: connections that stay open, always with time-outs, never a request twice.

The SDK's own client has no default time-out and a pool of about six. Sockets, TLS and the reading of answers are
Python's; what is here tells what was not processed from what may have been, and ends a request in time.
"""

import re
import select
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from time import monotonic
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

from twilio.http.response import Response

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 15.0
# Idle connections older than this are not trusted: the far side may be closing one just as we write to it.
IDLE_SECONDS = 20.0
# Of a Retry-After: more than that is a mistake of the far side's.
LONGEST_RETRY_AFTER = 3600.0
PLAIN_SECONDS = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)
LONGEST_ANSWER = 16_000_000  # bytes; a page of a thousand texts has two million


class NotSentError(Exception):
    """The request was not processed (refused, not resolved, no TLS, 429): safe to repeat, after a while if given."""

    def __init__(
        self, reason: str, retry_after: float | None = None, *, slow_down: bool = False, body: str = ""
    ) -> None:
        super().__init__(reason)
        self.retry_after, self.slow_down, self.body = retry_after, slow_down, body


class InDoubtError(Exception):
    """The request may have been processed: the answer was late, broken or missing."""


class TruncatedAnswerError(Exception):
    """An answer that ended too soon, or does not say where it ends."""


class _Incoming(RawIOBase):
    """What comes on a socket, until a monotonic instant: its own time-out begins anew with each byte."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection, self._until = connection, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Connection:
    """One socket to one host, for a request at a time. Closed, it opens no more."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._socket = socket.create_connection((host, port), CONNECT_SECONDS)
        self._used_at = monotonic()
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                self._socket = tls.wrap_socket(self._socket, server_hostname=host)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        self._socket.close()

    def is_alive(self) -> bool:
        """An idle connection has nothing to say; one that is readable has been closed."""
        if monotonic() - self._used_at > IDLE_SECONDS:
            return False
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def exchange(self, method: str, request: bytes, seconds: float) -> tuple[HTTPResponse, str]:
        """The answer to a request and its body, if it is whole after so many seconds."""
        until = monotonic() + seconds
        self._socket.settimeout(seconds)
        self._socket.sendall(request)
        # All that it asks of a socket. What it reads from ends with the answer, the socket does not.
        readable: Any = SimpleNamespace(makefile=lambda _mode: BufferedReader(_Incoming(self._socket, until)))
        with HTTPResponse(readable, method=method) as answer:
            answer.begin()
            body = answer.read(LONGEST_ANSWER + 1)
        # Of one that ends with its connection nobody knows whether it is whole; one below 200 is not the last word.
        if answer.status < 200 or len(body) > LONGEST_ANSWER or not (answer.chunked or answer.length == 0):
            raise TruncatedAnswerError
        self._used_at = monotonic()
        return answer, body.decode("utf-8", "replace")


class PooledHttpClient:
    """The SDK's `HttpClient`, to the scheme and host of `api_url`. Thread-safe."""

    is_async = False

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._named, self._prefix = parts.netloc.rpartition("@")[2], parts.path.rstrip("/")
        self._idle: list[_Connection] = []

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
        query = "&".join(filter(None, (target.query, urlencode(params or {}, doseq=True))))
        sent = {"Host": self._named, "Accept-Encoding": "identity"} | dict(headers or {})  # we unpack nothing
        body = b""
        if auth:
            sent["Authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
        if method == "POST":
            body = urlencode(data or {}, doseq=True).encode()
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        return self._exchange(method, _head(method, self._prefix + target.path, query, sent) + body, timeout)

    def _exchange(self, method: str, request: bytes, timeout: float | None) -> Response:
        connection = self._connection()
        try:
            answer, body = connection.exchange(method, request, timeout or ANSWER_SECONDS)
        except (OSError, HTTPException, ValueError, TruncatedAnswerError) as error:
            connection.close()
            raise InDoubtError(type(error).__name__) from error
        if answer.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if answer.status == 429:
            after = parse_retry_after(headers.get("retry-after"), headers.get("date"))
            raise NotSentError("HTTP 429", after, slow_down=True, body=body)
        return Response(answer.status, body, headers)

    def _connection(self) -> _Connection:
        """The open connection that was used last, or a new one."""
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if connection.is_alive():
                    return connection
                connection.close()
        try:
            return _Connection(self._host, self._port, self._tls)
        except OSError as error:
            raise NotSentError(type(error).__name__) from error

    def close(self) -> None:
        """Close every connection that nobody uses; another request opens a new one."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


def _head(method: str, path: str, query: str, headers: Mapping[str, str]) -> bytes:
    """The lines above a body. Raises ValueError for what would be more or other lines than these."""
    address = f"{path}?{query}" if query else path
    lines = [f"{method} {address} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if " " in address or any(end in line for line in lines for end in "\r\n"):
        raise ValueError("an address or a header that no request can have")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def parse_retry_after(retry_after: str | None, date: str | None) -> float | None:
    """What a Retry-After asks for: seconds, or until a date by the far side's own clock; None if it says nothing."""
    given = (retry_after or "").strip()
    if PLAIN_SECONDS.fullmatch(given):
        return min(float(given), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(given)
        since = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return min(max((until - since).total_seconds(), 0.0), LONGEST_RETRY_AFTER)
    except (ValueError, TypeError, OverflowError):  # not a date; or one of the two without a zone
        return None

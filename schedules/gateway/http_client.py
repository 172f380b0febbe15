"""HTTP/1.1 client for Twilio's SDK: persistent connections, always with timeouts, never a repeated request.

The SDK's own client has no default timeout and a pool of about six connections. Sockets, TLS and response parsing are
the standard library's; this module separates requests that were not processed from those that may have been, and
enforces a total deadline.
"""

import re
import select
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from threading import local
from time import monotonic
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

from twilio.http.response import Response

from schedules.gateway.protocol import HeldBackError

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 15.0
# Older idle connections are not reused: the server may be closing one just as we write to it.
IDLE_SECONDS = 20.0
# Longest Retry-After we believe, in seconds: at worst everything waits for it, pages to coaches included.
LONGEST_RETRY_AFTER = 300.0
PLAIN_SECONDS = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)
LONGEST_ANSWER = 16_000_000  # bytes; a page of a thousand texts is about two million


class NotSentError(Exception):
    """The request was not processed (refused, not resolved, no TLS, 429). Safe to repeat, after a while if given."""

    def __init__(
        self, reason: str, retry_after: float | None = None, *, slow_down: bool = False, body: str = ""
    ) -> None:
        super().__init__(reason)
        self.retry_after, self.slow_down, self.body = retry_after, slow_down, body


class InDoubtError(Exception):
    """The request may have been processed: the response was late, broken or missing."""


class TruncatedAnswerError(Exception):
    """A response that ended too early, or does not say where it ends."""


class _Incoming(RawIOBase):
    """Reads from a socket until a monotonic deadline: the socket's own timeout restarts with each byte."""

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
    """One socket to one host, for one request at a time. Once closed, it stays closed."""

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
        """Return whether an idle connection can be reused: if it is readable, the server has closed it."""
        if monotonic() - self._used_at > IDLE_SECONDS:
            return False
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def exchange(self, method: str, request: bytes, seconds: float) -> tuple[HTTPResponse, str]:
        """Send a request and return the response and its body, if it is complete within the deadline."""
        until = monotonic() + seconds
        self._socket.settimeout(seconds)
        self._socket.sendall(request)
        # HTTPResponse needs nothing else of a socket, and closes this reader instead of the socket.
        readable: Any = SimpleNamespace(makefile=lambda _mode: BufferedReader(_Incoming(self._socket, until)))
        with HTTPResponse(readable, method=method) as answer:
            answer.begin()
            body = answer.read(LONGEST_ANSWER + 1)
        # A body that ends with its connection may be incomplete, and a status below 200 is not final.
        if answer.status < 200 or len(body) > LONGEST_ANSWER or not (answer.chunked or answer.length == 0):
            raise TruncatedAnswerError
        self._used_at = monotonic()
        return answer, body.decode("utf-8", "replace")


class PooledHttpClient:
    """An `HttpClient` for the SDK that talks to the scheme and host of `api_url`. Thread-safe."""

    is_async = False

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._named, self._prefix = parts.netloc.rpartition("@")[2], parts.path.rstrip("/")
        self._idle: list[_Connection] = []
        self._thread = local()

    @contextmanager
    def asking_first(self, may_leave: Callable[[], bool]) -> Iterator[None]:
        """Ask before this thread's next request is written, once its connection is open.

        The request raises HeldBackError if it may not. The SDK has no way to pass this on, hence by thread.
        """
        self._thread.may_leave = may_leave
        try:
            yield
        finally:
            self._thread.may_leave = None

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
        """Make one request. Raises NotSentError or InDoubtError; never follows a redirect, never retries."""
        target = urlsplit(url)
        query = "&".join(filter(None, (target.query, urlencode(params or {}, doseq=True))))
        sent = {"Host": self._named, "Accept-Encoding": "identity"} | dict(headers or {})  # we do not decompress
        body = b""
        if auth:
            sent["Authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
        if method == "POST":
            body = urlencode(data or {}, doseq=True).encode()
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        return self._exchange(method, _head(method, self._prefix + target.path, query, sent) + body, timeout)

    def _exchange(self, method: str, request: bytes, timeout: float | None) -> Response:
        connection = self._connection()
        may_leave = getattr(self._thread, "may_leave", None)
        if may_leave:
            self._thread.may_leave = None  # what it asks may make requests of its own
            if not may_leave():
                self._idle.append(connection)
                raise HeldBackError
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
        """Return the most recently used open connection, or a new one."""
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
        """Close all idle connections; the next request opens a new one."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


def _head(method: str, path: str, query: str, headers: Mapping[str, str]) -> bytes:
    """Return the request line and headers. Raises ValueError if a value would inject other lines."""
    address = f"{path}?{query}" if query else path
    lines = [f"{method} {address} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if " " in address or any(end in line for line in lines for end in "\r\n"):
        raise ValueError("an address or a header that no request can have")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def parse_retry_after(retry_after: str | None, date: str | None) -> float | None:
    """Return the seconds a Retry-After asks for (a number, or a date by the server's clock), or None."""
    given = (retry_after or "").strip()
    if PLAIN_SECONDS.fullmatch(given):
        return min(float(given), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(given)
        since = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return min(max((until - since).total_seconds(), 0.0), LONGEST_RETRY_AFTER)
    except (ValueError, TypeError, OverflowError):  # not a date, or only one of the two has a zone
        return None

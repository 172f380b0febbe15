"""HTTP/1.1 for Twilio's SDK: connections that stay open, always with time-outs, never a request twice.

The SDK's own client has no default time-out, a pool of about six and 1.1 ms of CPU a text. Sockets and TLS here are
Python's. Answers are parsed by httptools: a whole text takes 65 microseconds with it, 139 with `http.client`.
"""

import re
import select
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from errno import EALREADY, EINPROGRESS, EISCONN
from functools import lru_cache, partial
from os import strerror
from time import monotonic
from typing import TypeVar
from urllib.parse import quote_plus, urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from twilio.http.response import Response

from schedules.lanes import aside, until_ready

Found = TypeVar("Found")

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 15.0
# Idle connections older than this are not trusted: the far side may be closing one just as we write to it. One used a
# moment ago is not looked at: that costs a twentieth of a text's time.
IDLE_SECONDS, JUST_USED_SECONDS = 20.0, 0.05
# Of a Retry-After: more than that is a mistake of the far side's.
LONGEST_WAIT = 3600.0
SECONDS = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)
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


class CutShortError(Exception):
    """An answer that ended too soon, or does not end."""


class _Answer:
    """One answer, fed piece by piece until it is `whole`. Names of headers are in small letters."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.status, self.whole, self.stays_open = 0, False, False
        self._body: list[bytes] = []
        self._parser = HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """What came next; nothing if the far side has closed."""
        if data:
            self._parser.feed_data(data)
        elif self.status and not self.headers.keys() & {"content-length", "transfer-encoding"}:
            self.whole = True  # as old servers end an answer
        else:
            raise CutShortError

    def text(self) -> str:
        return b"".join(self._body).decode("utf-8", "replace")

    def on_message_begin(self) -> None:
        self.stays_open = False  # until it ends; and if it is one more, which nobody asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.whole:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if not self.whole:
            self.status = self._parser.get_status_code()

    def on_body(self, piece: bytes) -> None:
        if not self.whole:
            self._body.append(piece)

    def on_message_complete(self) -> None:
        if self.status < 200:  # "go on", "early hints": the answer itself follows
            self.status, self.headers = 0, {}
        elif not self.whole:
            self.whole, self.stays_open = True, self._parser.should_keep_alive()


class _Connection:
    """One socket to one host, for a request at a time. Closed, it opens no more."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._socket = _connected(host, port)
        self._used_at = monotonic()
        if tls:
            self._secure(tls, host)

    def _secure(self, tls: ssl.SSLContext, host: str) -> None:
        secure = tls.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        self._socket = secure
        try:
            self._done(secure.do_handshake, self._used_at + CONNECT_SECONDS)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        self._socket.close()

    def is_alive(self) -> bool:
        """An idle connection has nothing to say; one that is readable has been closed."""
        idle = monotonic() - self._used_at
        if idle < JUST_USED_SECONDS:
            return self._socket.fileno() >= 0
        if idle > IDLE_SECONDS or self._socket.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def exchange(self, request: bytes, seconds: float) -> _Answer:
        """The answer to a request, if it is whole after so many seconds."""
        until = monotonic() + seconds
        while request:
            request = request[self._done(partial(self._socket.send, request), until, to_write=True) :]
        answer, read = _Answer(), 0
        until_ready(self._socket, until=until)  # it never is yet, and to look costs a call
        while True:
            piece = self._done(partial(self._socket.recv, 16_384), until)
            answer.feed(piece)
            self._used_at = monotonic()
            if answer.whole:
                return answer
            read += len(piece)
            if read > LONGEST_ANSWER:
                raise CutShortError
            if self._used_at >= until:
                raise TimeoutError

    def _done(self, step: Callable[[], Found], until: float, *, to_write: bool = False) -> Found:
        """What a step returns once the socket lets it, before a monotonic instant."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                until_ready(self._socket, until=until)
            except ssl.SSLWantWriteError:
                until_ready(self._socket, until=until, to_write=True)
            except BlockingIOError:
                until_ready(self._socket, until=until, to_write=to_write)


def _connected(host: str, port: int) -> socket.socket:
    """A socket to the first address of a host that takes it. Raises OSError with what the last one said."""
    failure = OSError("no address")
    for family, kind, protocol, _, address in aside(partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            until = monotonic() + CONNECT_SECONDS
            while (error := connection.connect_ex(address)) in (EINPROGRESS, EALREADY):
                until_ready(connection, until=until, to_write=True)
            if error in (0, EISCONN):
                return connection
            failure = OSError(error, strerror(error))
        except OSError as raised:
            failure = raised
        connection.close()
    raise failure


class PooledHttpClient:
    """The SDK's `HttpClient`, to the scheme and host of `api_url`."""

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
        path = self._prefix + target.path + (f"?{target.query}" if target.query else "")
        if params:
            path += ("&" if target.query else "?") + form(params)
        if any(end in path for end in " \r\n"):
            raise ValueError("an address that no request can have")
        sent, body = dict(headers or {}), b""
        if method == "POST":
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            body = form(data or {}).encode()
        request = f"{method} {path} HTTP/1.1\r\n".encode("latin-1")
        request += _header_lines(self._named, tuple(sent.items()), auth)
        request += b"Content-Length: %d\r\n\r\n" % len(body) if method == "POST" else b"\r\n"
        return self._exchange(request + body, timeout or ANSWER_SECONDS)

    def _exchange(self, request: bytes, seconds: float) -> Response:
        connection = self._connection()
        try:
            answer = connection.exchange(request, seconds)
        except (OSError, HttpParserError, HttpParserUpgrade, CutShortError) as error:
            connection.close()
            raise InDoubtError(type(error).__name__) from error
        if answer.stays_open:
            self._idle.append(connection)
        else:
            connection.close()
        if answer.status == 429:
            after = seconds_asked_for(answer.headers.get("retry-after"), answer.headers.get("date"))
            raise NotSentError("HTTP 429", after, slow_down=True, body=answer.text())
        return Response(answer.status, answer.text(), answer.headers)

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


def form(fields: Mapping[str, object]) -> str:
    """Fields as a form or a query has them, as `urlencode` with `doseq` does it, in half of its time."""
    given = [(name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])]
    return "&".join([f"{_escape(name)}={_escape(str(one))}" for name, one in given])


_ESCAPED = [quote_plus(bytes([number])) for number in range(256)]


def _escape(text: str) -> str:
    return "".join([_ESCAPED[number] for number in text.encode()])


@lru_cache(maxsize=8)  # nearly always the same
def _header_lines(host: str, headers: tuple[tuple[str, str], ...], auth: tuple[str, str] | None) -> bytes:
    sent = {"Host": host, "Accept-Encoding": "identity"} | dict(headers)  # identity: we unpack nothing
    if auth:
        sent["Authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
    lines = [f"{name}: {value}" for name, value in sent.items()]
    if any("\n" in line or "\r" in line for line in lines):
        raise ValueError("a header that no request can have")
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


def seconds_asked_for(retry_after: str | None, date: str | None) -> float | None:
    """What a Retry-After asks for: seconds, or until a date by the far side's own clock; None if it says nothing."""
    given = (retry_after or "").strip()
    if SECONDS.fullmatch(given):
        return min(float(given), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(given)
        since = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return min(max((until - since).total_seconds(), 0.0), LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError):  # not a date; or one of the two without a zone
        return None

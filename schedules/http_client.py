"""HTTP/1.1 for Twilio's SDK: one keep-alive connection a thread, always with time-outs, never a request twice.

The SDK's own client has no default time-out, a pool of about six and 1.1 ms of CPU a text. Sockets and TLS here are
Python's. Answers are parsed by httptools: a whole text takes 65 microseconds with it, 139 with `http.client`.
"""

import select
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Mapping
from time import monotonic
from urllib.parse import urlencode, urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from twilio.http.response import Response

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 15.0
# Idle connections older than this are not trusted: the far side may be closing one just as we write to it. One used a
# moment ago is not looked at: that costs a twentieth of a text's time.
IDLE_SECONDS, JUST_USED_SECONDS = 20.0, 0.05
LONGEST_ANSWER = 16_000_000  # bytes; a page of a thousand texts has two million


class NotSentError(Exception):
    """The request was not processed (refused, not resolved, no TLS, 429): safe to repeat, after a while if given."""

    def __init__(self, reason: str, retry_after: float | None = None, *, slow_down: bool = False) -> None:
        super().__init__(reason)
        self.retry_after, self.slow_down = retry_after, slow_down


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
        plain = socket.create_connection((host, port), CONNECT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = tls.wrap_socket(plain, server_hostname=host) if tls else plain
        self._used_at, self._waits = monotonic(), CONNECT_SECONDS

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
        self._wait_at_most(seconds)
        self._socket.sendall(request)
        answer, read = _Answer(), 0
        while True:
            piece = self._socket.recv(65_536)
            answer.feed(piece)
            self._used_at = monotonic()
            if answer.whole:
                return answer
            read += len(piece)
            if read > LONGEST_ANSWER:
                raise CutShortError
            if self._used_at >= until:
                raise TimeoutError
            self._wait_at_most(until - self._used_at)

    def _wait_at_most(self, seconds: float) -> None:
        if seconds != self._waits:  # nearly never: it would let go of the interpreter, and wait for it, once more
            self._socket.settimeout(seconds)
            self._waits = seconds


class PooledHttpClient:
    """The SDK's `HttpClient`, to the scheme and host of `api_url`."""

    is_async = False

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._named, self._prefix = parts.netloc.rpartition("@")[2], parts.path.rstrip("/")
        self._of_thread = threading.local()
        self._open: set[_Connection] = set()

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
        body = urlencode(data or {}, doseq=True).encode() if method == "POST" else b""
        sent = {"Host": self._named, "Accept-Encoding": "identity", **(headers or {})}  # we unpack nothing
        if auth:
            sent["Authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
        if method == "POST":
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        return self._exchange(_head(method, path, sent) + body, timeout or ANSWER_SECONDS)

    def _exchange(self, request: bytes, seconds: float) -> Response:
        connection = self._connection()
        try:
            answer = connection.exchange(request, seconds)
        except (OSError, HttpParserError, HttpParserUpgrade, CutShortError) as error:
            connection.close()
            raise InDoubtError(type(error).__name__) from error
        if not answer.stays_open:
            connection.close()
        if answer.status == 429:
            raise NotSentError("HTTP 429", _seconds(answer.headers.get("retry-after")), slow_down=True)
        return Response(answer.status, answer.text(), answer.headers)

    def _connection(self) -> _Connection:
        """This thread's open connection, made anew when it is old or the far side has closed it."""
        connection: _Connection | None = getattr(self._of_thread, "connection", None)
        if connection is not None:
            if connection.is_alive():
                return connection
            connection.close()
            self._open.discard(connection)
        try:
            connection = _Connection(self._host, self._port, self._tls)
        except OSError as error:
            raise NotSentError(type(error).__name__) from error
        self._of_thread.connection = connection
        self._open.add(connection)
        return connection

    def close(self) -> None:
        """Close every connection; a thread that goes on opens a new one."""
        while self._open:
            self._open.pop().close()


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if " " in path or any("\n" in line or "\r" in line for line in lines):
        raise ValueError("an address or a header that no request can have")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None

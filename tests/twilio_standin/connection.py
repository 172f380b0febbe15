"""A lean HTTP/1.1 server side for asyncio: keep-alive, Content-Length bodies, no thread per connection.

Measured at about 60 µs a request for the whole stand-in, so that a benchmark sharing two cores with it
measures its own client. asyncio sets TCP_NODELAY on every connection it accepts.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

MOST_HEAD = 65_536
MOST_BODY = 4_000_000
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    """One answer, and what to do about it: `blocking` runs in a thread before it, `after` once it is written."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    dropped: bool = False
    blocking: Callable[[], None] | None = None
    after: Callable[[], None] | None = None


class BadRequestError(Exception):
    """Bytes that are no request this server reads."""


class Connection(asyncio.Protocol):
    """One client; answers its requests one after another."""

    def __init__(self, application: Callable[[Request], Answer], open_ones: "set[Connection]") -> None:
        self._application = application
        self._open_ones = open_ones
        self._buffer = bytearray()
        self._busy = False
        self._last = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open_ones.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_ones.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._take_requests()

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def _take_requests(self) -> None:
        while not self._busy:
            try:
                request = take_request(self._buffer)
            except BadRequestError as bad:
                self._last = True
                return self._write(Answer(400, str(bad).encode(), "text/plain"))
            if request is None:
                return None
            self._last = request.headers.get("connection", "").lower() == "close"
            self._give(self._application(request))
        return None

    def _give(self, answer: Answer) -> None:
        if answer.blocking or answer.delay:
            self._busy = True
            # The loop keeps only weak references to tasks; the call_later below keeps the plain delay alive.
            if answer.blocking:
                self._wait_for(answer.blocking, answer)
            else:
                asyncio.get_running_loop().call_later(answer.delay, self._write_and_go_on, answer)
        else:
            self._write(answer)

    def _wait_for(self, blocking: Callable[[], None], answer: Answer) -> None:
        loop = asyncio.get_running_loop()

        def done(_: object) -> None:
            loop.call_later(answer.delay, self._write_and_go_on, answer)

        loop.run_in_executor(None, blocking).add_done_callback(done)

    def _write_and_go_on(self, answer: Answer) -> None:
        self._busy = False
        self._write(answer)
        self._take_requests()

    def _write(self, answer: Answer) -> None:
        transport = self._transport
        if transport and not transport.is_closing():
            if answer.dropped:
                transport.close()
            else:
                transport.write(encode(answer))
                if self._last:
                    transport.close()
        if answer.after:
            answer.after()


def take_request(buffer: bytearray) -> Request | None:
    """Remove one whole request from the buffer; None while it is not all there."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > MOST_HEAD:
            raise BadRequestError("The head of the request is too long.")
        return None
    request, length = read_head(bytes(buffer[:end]))
    whole = end + 4 + length
    if len(buffer) < whole:
        return None
    request.body = bytes(buffer[end + 4 : whole])
    del buffer[:whole]
    return request


def read_head(head: bytes) -> tuple[Request, int]:
    """The request without its body, and the body's length."""
    first, *rest = head.decode("latin-1").split("\r\n")
    try:
        method, target, version = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        length = int(headers.get("content-length", "0"))
    except ValueError as error:
        raise BadRequestError("This is not an HTTP request.") from error
    if "transfer-encoding" in headers or not 0 <= length <= MOST_BODY:
        raise BadRequestError("A body needs a Content-Length, of at most 4 MB.")
    if version == "HTTP/1.0":
        headers["connection"] = "close"
    path, _, query = target.partition("?")
    return Request(method, path, query, headers), length


def encode(answer: Answer) -> bytes:
    extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    head = (
        f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, '')}\r\n"
        f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n{extra}\r\n"
    )
    return head.encode("latin-1") + answer.body

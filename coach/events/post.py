"""One POST to an endpoint: bounded in time and size, never redirected, never repeated. Decides nothing."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException
from threading import Event, Timer
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from coach.events.addresses import PrivateAddressError, port_of, resolve
from coach.events.decide import Answer

POST_SECONDS = 10.0  # for one request, from connecting to the answer
READ_AT_MOST = 64_000  # bytes of an answer, which nobody looks at
TOO_LATE = "no answer in time"
WORDS: Mapping[type[Exception], str] = {
    PrivateAddressError: "leads into a private network",
    socket.gaierror: "name not found",
    ssl.SSLCertVerificationError: "certificate not valid",
    TimeoutError: TOO_LATE,
    ConnectionRefusedError: "connection refused",
}


def post(url: str, body: bytes, headers: Mapping[str, str], *, public_only: bool, seconds: float) -> Answer:
    """Post and return the answer. Never raises for what the network or the endpoint does.

    Args:
        url: where to.
        body: what.
        headers: besides the usual ones.
        public_only: refuse addresses inside private networks.
        seconds: for all of it, except looking up the name.
    """
    parts = urlsplit(url)
    late, until = Event(), monotonic() + seconds
    try:
        with closing(_connected(parts, public_only, until)) as raw, _cut_off_at(until, raw, late):
            status = _exchange(parts, raw, body, headers, late)
    except (OSError, HTTPException, ValueError) as error:
        return Answer(None, TOO_LATE if late.is_set() else _words_of(error))
    return Answer(status)


def _words_of(error: Exception) -> str:
    return next((words for kind, words in WORDS.items() if isinstance(error, kind)), "connection broken")


def _connected(parts: SplitResult, public_only: bool, until: float) -> socket.socket:
    """Connect to the first address that can be reached, among those just checked."""
    failure: OSError = OSError("no address")
    for address in resolve(parts.hostname or "", port_of(parts), public_only=public_only):
        left = until - monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return socket.create_connection((address, port_of(parts)), left)
        except OSError as error:
            failure = error
    raise failure


@cache
def trusted_authorities() -> ssl.SSLContext:
    """The authorities that this machine trusts, read once."""
    return ssl.create_default_context()


def _exchange(parts: SplitResult, raw: socket.socket, body: bytes, headers: Mapping[str, str], late: Event) -> int:
    connection = HTTPConnection(parts.hostname or "", port_of(parts))
    # The standard library would look the name up again, and might get another address than the one checked.
    connection.sock = (
        trusted_authorities().wrap_socket(raw, server_hostname=parts.hostname) if parts.scheme == "https" else raw
    )
    with closing(connection):
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"Host": parts.netloc, **headers})
        answer = connection.getresponse()
        if late.is_set():  # the library takes a connection that was cut off for the end of the headers
            raise TimeoutError
        with suppress(OSError, HTTPException):
            answer.read(READ_AT_MOST)
        return answer.status


@contextmanager
def _cut_off_at(until: float, raw: socket.socket, late: Event) -> Iterator[None]:
    """Close the connection when time is up. A socket's own timeout starts anew with every byte of an answer."""
    descriptor = raw.dup()  # TLS takes the socket itself over

    def cut_off() -> None:
        late.set()
        with suppress(OSError):
            descriptor.shutdown(socket.SHUT_RDWR)

    timer = Timer(max(0.0, until - monotonic()), cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        descriptor.close()

"""A provider that only waits and counts: `python -m tests.benchmarks.lean_provider SECONDS`. Prints its address.

The stand-in checks, records and plays faults, which takes a third of the time that sending a text does; on one
machine that would be measured too. This one answers each create with the stand-in's own words and counts.
"""

import json
import selectors
import socket
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from tests.benchmarks.dispatch_peers import BODY
from tests.twilio_standin import ACCOUNT_SID, MESSAGING_SERVICE_SID
from tests.twilio_standin.messages import Accepted, show

SID = "SM" + "0" * 32


@dataclass
class Provider:
    """`latency` in seconds; `answer` is that to a create, in the parts around the message's id."""

    latency: float
    answer: list[bytes]
    accepted: int = 0
    received: dict[socket.socket, bytes] = field(default_factory=dict)
    due: deque[tuple[float, socket.socket, int]] = field(default_factory=deque)

    def serve(self, listener: socket.socket) -> None:
        """For ever. A client asks one thing at a time, as HTTP/1.1 without pipelining is."""
        with selectors.DefaultSelector() as ready:
            ready.register(listener, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select(self.due[0][0] - monotonic() if self.due else None):
                    if key.fileobj is listener:
                        ready.register(listener.accept()[0], selectors.EVENT_READ)
                    elif isinstance(key.fileobj, socket.socket) and not self.hear(key.fileobj):
                        ready.unregister(key.fileobj)
                        key.fileobj.close()
                self.answer_what_is_due()

    def hear(self, connection: socket.socket) -> bool:
        """Take what came. Returns whether the client is still there."""
        with suppress(OSError):
            if piece := connection.recv(16_384):
                self.take(connection, self.received.pop(connection, b"") + piece)
                return True
        return False

    def take(self, connection: socket.socket, request: bytes) -> None:
        head, whole, body = request.partition(b"\r\n\r\n")
        if not whole or len(body) < length_of(head):
            self.received[connection] = request
        elif head.startswith(b"POST"):
            self.accepted += 1
            self.due.append((monotonic() + self.latency, connection, self.accepted))
        else:
            connection.sendall(http("200 OK", {"accepted": self.accepted}))

    def answer_what_is_due(self) -> None:
        now = monotonic()
        while self.due and self.due[0][0] <= now:
            _, connection, number = self.due.popleft()
            with suppress(OSError):  # it has gone
                connection.sendall((b"SM%032x" % number).join(self.answer))


def length_of(head: bytes) -> int:
    _, given, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if given else 0


def http(status: str, answer: dict[str, object]) -> bytes:
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def main(latency: float) -> None:
    now = datetime.now(UTC)
    taken = Accepted(SID, "+15551230000", None, MESSAGING_SERVICE_SID, BODY, None, now, "accepted", now)
    answer = http("201 Created", show(taken, ACCOUNT_SID)).split(SID.encode())
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        print(f"Provider listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        Provider(latency, answer).serve(listener)


if __name__ == "__main__":
    main(float(sys.argv[1]))

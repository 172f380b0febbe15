"""A provider that only waits and counts: `python -m tests.benchmarks.lean_provider SECONDS`. Prints its address.

The stand-in checks, records and plays faults, which takes a third of the time that sending a text does; on one
machine that would be measured too. This one answers each create with the stand-in's own words and counts.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.benchmarks.dispatch_peers import BODY
from tests.twilio_standin import ACCOUNT_SID, MESSAGING_SERVICE_SID
from tests.twilio_standin.messages import Accepted, show

SID = "SM" + "0" * 32


@dataclass
class Provider:
    """`latency` in seconds; `answer` is that to a create, but for the message's id."""

    latency: float
    answer: bytes
    accepted: int = 0

    def take(self, transport: asyncio.Transport) -> None:
        """One text more; its answer comes later."""
        self.accepted += 1
        answer = self.answer.replace(SID.encode(), b"SM%032x" % self.accepted)
        asyncio.get_running_loop().call_later(self.latency, transport.write, answer)


class Connection(asyncio.Protocol):
    """One client: a request at a time, as HTTP/1.1 without pipelining is."""

    def __init__(self, provider: Provider) -> None:
        self.provider, self.received = provider, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, whole, body = self.received.partition(b"\r\n\r\n")
        if not whole or len(body) < length_of(head):
            return
        self.received = b""
        if head.startswith(b"POST"):
            self.provider.take(self.transport)
        else:
            self.transport.write(http("200 OK", {"accepted": self.provider.accepted}))


def length_of(head: bytes) -> int:
    _, given, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if given else 0


def http(status: str, answer: dict[str, object]) -> bytes:
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(latency: float) -> None:
    now = datetime.now(UTC)
    taken = Accepted(SID, "+15551230000", None, MESSAGING_SERVICE_SID, BODY, None, now, "accepted", now)
    provider = Provider(latency, http("201 Created", show(taken, ACCOUNT_SID)))
    server = await asyncio.get_running_loop().create_server(lambda: Connection(provider), "127.0.0.1", 0, backlog=1000)
    print(f"Provider listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))

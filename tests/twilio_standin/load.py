"""How many creates a second the stand-in sustains: python -m tests.twilio_standin.load (15 seconds, loopback only).

The stand-in runs as a process of its own and the client is a bare asyncio one in this process, as lean as can
be, so that on two cores the figure is the stand-in's and not the client's.
"""

import argparse
import asyncio
import base64
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from .state import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID


def create_request(host: str) -> bytes:
    """A create like the product's own, one request as bytes."""
    body = urlencode(
        {
            "To": "+15551230000",
            "MessagingServiceSid": MESSAGING_SERVICE_SID,
            "Body": "Stretch your calves tonight. Up to you. Did you take a walk? Legs last night, 0 none to 10 worst?",
            "StatusCallback": "https://coach.example.org/sms/status?outbox=123456",
        }
    )
    authorization = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    return (
        f"POST /2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: Basic {authorization}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def keep_sending(host: str, port: int, request: bytes, until: float) -> int:
    """One keep-alive connection; the number of creates answered 201."""
    reader, writer = await asyncio.open_connection(host, port)
    done = 0
    while time.monotonic() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length
        await reader.readexactly(int(length[1]))
        done += head.startswith(b"HTTP/1.1 201")
    writer.close()
    await writer.wait_closed()
    return done


async def measure(url: str, connections: int, seconds: float) -> float:
    """Creates a second."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    request, begun = create_request(parts.netloc), time.monotonic()
    until = begun + seconds
    senders = (keep_sending(parts.hostname, parts.port, request, until) for _ in range(connections))
    return sum(await asyncio.gather(*senders)) / (time.monotonic() - begun)


def run(latency: float, validate: bool, connections: int, seconds: float) -> None:
    command = [sys.executable, "-m", "tests.twilio_standin", "--port", "0", "--callbacks", "off"]
    command += ["--latency", str(latency)] + ([] if validate else ["--no-validate"])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found
            rate = asyncio.run(measure(found[0], connections, seconds))
            ticks = sum(map(int, Path(f"/proc/{process.pid}/stat").read_text().split()[13:15]))
            cpu = ticks / os.sysconf("SC_CLK_TCK") / max(rate * seconds, 1) * 1e6
            print(f"{connections:>11}  {latency * 1000:>6.0f} ms  {validate!s:>8}  {rate:>9,.0f}  {cpu:>6.0f} µs")
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    seconds = parser.parse_args().seconds
    print("connections    latency  validate  creates/s  stand-in CPU a create")
    for connections, latency, validate in (
        (100, 0.0, False),
        (100, 0.0, True),
        (100, 0.05, False),
        (200, 0.05, False),
        (200, 0.05, True),
    ):
        run(latency, validate, connections, seconds)


if __name__ == "__main__":
    main()

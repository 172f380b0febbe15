"""Another system that is told of events: a real HTTP server, which can be down, refuse, hang or lose its answers."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from coach.accounts.sign_ins import ensure_clinic
from coach.events.deliver import Courier, DeliveryContext
from coach.events.endpoints import add_endpoint, read_endpoint
from coach.runtime import Runtime
from schedules.database.engine import write_transaction

NOWHERE = "http://127.0.0.1:9/"  # where nothing listens


@dataclass
class Received:
    """One request, as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def is_signed_with(self, secret: str) -> bool:
        """Whether another library makes the same signature of it."""
        at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        return Webhook(secret).sign(self.id, at, self.body.decode()) == self.headers["webhook-signature"]


@dataclass
class Receiver:
    """What came, in order; and what it answers: a status, or whatever `behave` does instead."""

    got: list[Received] = field(default_factory=list)
    status: int = 204
    behave: Callable[[BaseHTTPRequestHandler], None] | None = None
    url: str = ""

    def types(self) -> list[str]:
        return [one.told["type"] for one in self.got]


@contextmanager
def receiver(port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens, for as long as the block lasts."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append(Received({name.lower(): value for name, value in self.headers.items()}, body))
            if told.behave is not None:
                told.behave(self)
                return
            self.send_response(told.status)
            if told.status in (301, 307):
                self.send_header("Location", told.url)
            self.end_headers()

        def do_GET(self) -> None:
            raise AssertionError("nobody asks for anything")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    told.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/hook?of=clinic"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def listen(runtime: Runtime, url: str, *types: str, clinic: str = "Clinic") -> tuple[int, str]:
    """Add an endpoint; its id and secret."""
    new = read_endpoint(url, types, in_production=False)
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, clinic, runtime.now())
        return add_endpoint(connection, clinic_id, new, "lead@example.org", runtime.now())


def deliver(runtime: Runtime, seconds: float = 10.0) -> int:
    """Deliver what is due, as a run of a worker does; how many were taken."""
    return Courier(DeliveryContext(runtime.engine, runtime.now, public_only=False, seconds=seconds)).run_to_end()

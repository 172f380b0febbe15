"""The real Twilio SDK pointed at a stand-in, and a small app that receives its webhooks."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, StandIn

from .sdk import Client, RedirectedHttpClient, RequestValidator

PUBLIC_URL = "https://coach.example.org"


@dataclass(frozen=True)
class Webhook:
    path: str
    headers: dict[str, str]
    form: dict[str, str]

    def is_signed_for(self, public_url: str) -> bool:
        signature = self.headers.get("X-Twilio-Signature", "")
        return bool(RequestValidator(AUTH_TOKEN).validate(public_url + self.path, self.form, signature))


@dataclass
class App:
    """What was received, in order, and what is answered."""

    url: str = ""
    received: list[Webhook] = field(default_factory=list)
    status: int = 200
    body: str = "<Response/>"

    def statuses(self) -> list[str]:
        return [webhook.form["MessageStatus"] for webhook in self.received]


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def client(standin: StandIn) -> Iterator[Client]:
    http_client = RedirectedHttpClient(standin.url)
    yield Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http_client)
    http_client.close()


@pytest.fixture
def app() -> Iterator[App]:
    app = App()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(raw, keep_blank_values=True))
            app.received.append(Webhook(self.path, dict(self.headers), form))
            body = app.body.encode()
            self.send_response(app.status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        # With the default of 5, many callbacks at once wait a second for the kernel to try again.
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    app.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()

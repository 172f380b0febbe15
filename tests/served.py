"""The web application on a real port of this machine, for as long as a block lasts."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import make_server

from coach.runtime import Runtime
from coach.web.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(runtime: Runtime, app: Flask | None = None, port: int = 0) -> Iterator[str]:
    """The address it listens on."""
    counted = Counted(app or create_app(runtime))
    server = make_server("127.0.0.1", port, counted, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        counted.wait_until_none()


@dataclass
class Counted:
    """An application that knows how many requests it is answering: none may outlive the database it asks.

    It closes each answer itself: Werkzeug's server does not when the browser has broken the connection off.
    """

    app: Flask
    answering: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        self._count(1)
        try:
            answer = self.app(environ, start_response)
            try:
                yield from answer
            finally:
                getattr(answer, "close", lambda: None)()
        finally:
            self._count(-1)

    def _count(self, by: int) -> None:
        with self.changed:
            self.answering += by
            self.changed.notify_all()

    def wait_until_none(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: not self.answering, timeout=30)

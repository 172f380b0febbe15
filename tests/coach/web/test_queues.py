"""Whoever signs in waits for others who do, and nobody else waits for them."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from coach.web import gunicorn_worker
from coach.web.gunicorn_worker import InTurn, asks_page
from coach.web.sign_in import hashing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TRY = "import fcntl, sys; fcntl.flock(open(sys.argv[1], 'rb'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
SOON = 30  # seconds that a busy machine may need; nothing here waits so long by itself


class Hashing:
    """An application whose first sign-in takes until it is told to end."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if (environ["PATH_INFO"], environ["REQUEST_METHOD"]) == ("/sign-in", "POST"):
            self.begun.set()
            assert self.may_end.wait(SOON)
        start_response("200 OK", [])
        return [b"done"]


def asked(queues: InTurn, path: str, method: str = "POST") -> tuple[bytes, str]:
    told, status, _ = run_wsgi_app(queues, create_environ(path, method=method))
    return b"".join(told), status


@pytest.mark.parametrize(
    ("path", "method"),
    [("/flags/1", "POST"), ("/sign-in", "GET"), ("/sms/inbound", "POST"), ("/sign-in/second-step", "POST")],
)
def test_nobody_else_waits_for_a_sign_in(path: str, method: str) -> None:
    app = Hashing()
    queues = InTurn(app, most_pages=9)
    with ThreadPoolExecutor() as people:
        signing_in = people.submit(asked, queues, "/sign-in")
        assert app.begun.wait(SOON)
        other = people.submit(asked, queues, path, method)
        try:
            assert other.result(SOON) == (b"done", "200 OK")
        finally:
            app.may_end.set()
        assert signing_in.result(SOON) == (b"done", "200 OK")


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/again", "/account/password", "/forgotten-password/token"])
@pytest.mark.parametrize(("patience", "status"), [(0.0, "503 Service Unavailable"), (SOON, "200 OK")])
def test_who_has_waited_too_long_with_a_password_is_asked_to_come_again(
    path: str, patience: float, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gunicorn_worker, "SIGN_IN_PATIENCE", SOON)
    app = Hashing()
    queues = InTurn(app, most_pages=9)
    with ThreadPoolExecutor() as people:
        first = people.submit(asked, queues, "/sign-in")
        assert app.begun.wait(SOON)
        monkeypatch.setattr(gunicorn_worker, "SIGN_IN_PATIENCE", patience)
        second = people.submit(asked, queues, path)
        wait_until_queued(queues, second)
        app.may_end.set()
        assert first.result(SOON) == (b"done", "200 OK")
        told, answered = second.result(SOON)
    assert answered == status
    assert (b"try again" in told) == (status != "200 OK")


def wait_until_queued(queues: InTurn, second: Future[tuple[bytes, str]]) -> None:
    while queues.sign_in_queue._work_queue.empty():
        assert not second.done(), second.result()


def test_hashes_of_two_processes_take_turns() -> None:
    command = [sys.executable, "-c", TRY, hashing.__file__]

    def another() -> int:
        return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode

    assert hashing.alone(another) == 1
    assert another() == 0


@pytest.mark.parametrize(
    ("come", "is_page"),
    [
        (b"GET /sign-in HTTP/1.1\r\n", True),
        (b"POST /sign-in HTTP/1.1\r\nHost: x\r\n\r\nemail=", True),
        (b"POST /sms/inbound HTTP/1.1\r\n", False),
        (b"GET /healthz HTTP/1.1\r\n", False),
        (b"POST /sm", False),
        (b"", False),
    ],
)
def test_a_request_for_a_page_is_known_by_its_first_line_and_nothing_of_it_is_lost(come: bytes, is_page: bool) -> None:
    client, server = socket.socketpair()
    with client, server:
        client.sendall(come)
        assert asks_page(server) == is_page
        client.shutdown(socket.SHUT_WR)
        assert server.recv(1000) == come

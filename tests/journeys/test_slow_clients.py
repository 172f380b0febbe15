"""Clients that send a byte per second to gunicorn, run as in the Procfile, delay nobody else."""

import shlex
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.journeys.test_procfile import PROCFILE, ROOT, STOPS_WITHIN, get, given_settings, wait_for
from tests.served import free_port

GIVEN_UP_AFTER = 90  # seconds, for a busy machine: on a quiet one all are cut off within eight
PATIENT = """
from coach.web import gunicorn_worker
gunicorn_worker.ARRIVES_WITHIN, gunicorn_worker.ENDS_WITHIN = 600.0, 900.0
worker_class, threads, graceful_timeout = "coach.web.gunicorn_worker.Worker", 256, 20
"""
HASTY = """
from coach.web import gunicorn_worker
gunicorn_worker.ARRIVES_WITHIN, gunicorn_worker.ENDS_WITHIN = 2.0, 4.0
worker_class, threads, graceful_timeout = "coach.web.gunicorn_worker.Worker", 4, 10
"""
HEAD = "POST /sms/inbound HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
WHOLE = f"{HEAD}Content-Length: 8\r\nConnection: close\r\n\r\nBody=yes".encode()
SLOW = {
    "says nothing": b"",
    "a slow head": b"GET /sign-in HTTP/1.1\r\nHost: local",
    "a slow body": f"{HEAD}Content-Length: 900000\r\n\r\nBody=".encode(),
    "a slow chunk": f"{HEAD}Transfer-Encoding: chunked\r\n\r\nfffff\r\nBody=".encode(),
    "answers that nobody takes": b"GET /static/govuk.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 300,
}


@contextmanager
def web(folder: Path, **more: str) -> Iterator[int]:
    """The Procfile's web process in the project's folder; its port. It must stop in time and without a traceback."""
    port = free_port()
    given = given_settings(folder, port) | more
    subprocess.run(shlex.split(PROCFILE["release"]), env=given, cwd=ROOT, check=True, timeout=90)
    with (folder / "said.log").open("w") as said:
        process = subprocess.Popen(
            shlex.split(PROCFILE["web"]), env=given, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT, text=True
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", "ok", process)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOPS_WITHIN)
    assert "Traceback" not in (folder / "said.log").read_text()


@contextmanager
def slow_clients(port: int, count: int) -> Iterator[list[socket.socket]]:
    """So many connections that never end by themselves, of every kind in turn."""
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    over = threading.Event()

    def drip() -> None:
        while not over.wait(1):
            for one in sockets:
                with suppress(OSError):  # cut off
                    one.send(b"x")

    for place, one in enumerate(sockets):
        one.sendall(list(SLOW.values())[place % len(SLOW)])
    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    try:
        yield sockets
    finally:
        over.set()
        dripping.join()
        for one in sockets:
            one.close()


def test_nobody_else_waits_for_them(tmp_path: Path) -> None:
    """These are waited for longer than anybody asks for a page: who waited for one of them would not be answered."""
    (tmp_path / "patient.py").write_text(PATIENT)
    with web(tmp_path, GUNICORN_CMD_ARGS=f"--config {tmp_path / 'patient.py'}") as port, slow_clients(port, 50) as slow:
        for _ in range(8):
            assert "Sign in" in get(f"http://127.0.0.1:{port}/sign-in")[1]
        assert any(still_open(one) for one in slow)


def test_more_of_them_than_there_are_threads_are_cut_off_in_their_turn(tmp_path: Path) -> None:
    (tmp_path / "hasty.py").write_text(HASTY)
    with web(tmp_path, GUNICORN_CMD_ARGS=f"--config {tmp_path / 'hasty.py'}") as port, slow_clients(port, 40) as slow:
        remaining, deadline = slow, time.monotonic() + GIVEN_UP_AFTER
        while remaining and time.monotonic() < deadline:
            remaining = [one for one in remaining if still_open(one)]
        assert not remaining
        assert "Sign in" in get(f"http://127.0.0.1:{port}/sign-in")[1]


def still_open(client: socket.socket) -> bool:
    """Whether the server holds its end, once what it has answered has been read."""
    client.settimeout(0.5)
    try:
        while client.recv(4096):
            pass
    except TimeoutError:
        return True
    except OSError:
        return False
    return False


def test_a_slow_line_is_answered_if_it_is_in_time(tmp_path: Path) -> None:
    with web(tmp_path) as port, socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        for place in range(0, len(WHOLE), 60):
            time.sleep(0.5)
            line.sendall(WHOLE[place : place + 60])
        assert line.recv(4096).startswith(b"HTTP/1.1 403")

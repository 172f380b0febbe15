"""Many requests at once, to gunicorn with two processes: while one is busy, the other answers what it can."""

import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from coach.web.serving import AT_HAND
from tests.journeys.test_procfile import ROOT, STOPS_WITHIN, wait_for
from tests.served import free_port

APPLICATION = """
import time
def app(environ, start_response):
    time.sleep(2 if environ["PATH_INFO"] == "/slow" else 0.005)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
"""


def test_few_wait_behind_a_slow_answer_and_the_rest_are_answered_by_the_other(tmp_path: Path) -> None:
    (tmp_path / "slow_app.py").write_text(APPLICATION)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "-w", "2", "--pythonpath", str(tmp_path)]
    with subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}", "slow_app:app"], cwd=ROOT, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/quick", "ok", process)
            with ThreadPoolExecutor(31) as clients:
                slow = clients.submit(seconds_of, port, "/slow")
                time.sleep(0.3)
                waits = list(clients.map(lambda _: seconds_of(port, "/quick"), range(30)))
                assert slow.result() >= 2
        finally:
            process.terminate()
            process.wait(STOPS_WITHIN)
    assert sum(wait > 1 for wait in waits) <= 2 * AT_HAND


def seconds_of(port: int, path: str) -> float:
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert client.makefile("rb").read().endswith(b"ok")
    return time.monotonic() - begun

"""The Procfile as a platform runs it: release, then two web processes and a worker, then SIGTERM."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.served import free_port
from tests.support import BEARER, DATA_KEY, METRICS_TOKEN, SECRET_KEY

ROOT = Path(__file__).parents[2]
PROCFILE = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.M))
STOPS_WITHIN = 25  # what platforms give a process before they kill it


def get(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


@contextmanager
def started(folder: Path, given: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """`honcho start web worker`, stopped as a platform stops it; it must be gone in time."""
    with (folder / "said.log").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "honcho", "-f", str(ROOT / "Procfile"), "-d", str(folder), "start", "web", "worker"],
            env=given,
            cwd=folder,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOPS_WITHIN)


def wait_for(url: str, words: str, process: "subprocess.Popen[str]") -> str:
    deadline, answer = time.monotonic() + 90, ""
    while time.monotonic() < deadline and process.poll() is None:
        answer = get(url)[1]
        if words in answer:
            return answer
        time.sleep(0.3)
    pytest.fail(f"{url} did not say {words!r} but {answer!r}")


def given_settings(folder: Path, port: int) -> dict[str, str]:
    """The whole environment of an installation that keeps everything in a folder."""
    inherited = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return inherited | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/coach.sqlite3",
        "DATA_KEYS": DATA_KEY,
        "SECRET_KEY": SECRET_KEY,
        "METRICS_TOKEN": METRICS_TOKEN,
        "PORT": str(port),
        "LOG_FORMAT": "json",
    }


def test_it_starts_answers_and_stops_in_time(tmp_path: Path) -> None:
    port = free_port()
    given = given_settings(tmp_path, port) | {"WEB_CONCURRENCY": "2"}
    subprocess.run(shlex.split(PROCFILE["release"]), env=given, cwd=tmp_path, check=True, timeout=90)
    address = f"http://127.0.0.1:{port}"
    with started(tmp_path, given) as process:
        wait_for(f"{address}/healthz", "ok", process)
        ready = wait_for(f"{address}/readyz", '"reasons":[]', process)
        assert '"ready":true' in ready
        for _ in range(20):
            unsigned = urllib.request.Request(f"{address}/sms/inbound", data=b"MessageSid=SM1", method="POST")
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(unsigned, timeout=60)
        told = {get(f"{address}/metrics", **BEARER)[1] for _ in range(6)}
        counted = {re.search(r"coach_webhook_seconds_count\{[^}]*inbound[^}]*\} ([\d.]+)", one)[1] for one in told}  # type: ignore[index]
        assert counted == {"20.0"}  # whichever of the two processes answered, for both
    assert get(f"{address}/healthz")[0] == 0
    said = (tmp_path / "said.log").read_text()
    assert "worker_stopping" in said
    assert "Traceback" not in said

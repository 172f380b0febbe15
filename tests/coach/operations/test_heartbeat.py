"""What an installation reports to the outside: a heartbeat while all is well, and errors without personal data."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sentry_sdk
import structlog

from coach.operations.heartbeat import Heartbeat
from coach.operations.job_log import Watch
from coach.operations.logs import configure_logs
from schedules.worker.clock import Job
from tests.coach.conversation.posting import PHONE

BODY = "my legs are dreadful and Jane is asleep"


class Asked(BaseHTTPRequestHandler):
    """Records the requests it gets."""

    seen: list[tuple[str, bytes]] = []  # noqa: RUF012
    may_answer = threading.Event()

    def _keep(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.may_answer.wait(240)
        self.seen.append((self.path, self.rfile.read(length)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = _keep  # noqa: N815  (names required by the standard library)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    Asked.seen.clear()
    Asked.may_answer.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_heartbeat_is_pinged_with_its_path_and_query(elsewhere: str) -> None:
    beat = Heartbeat(f"http://{elsewhere}/ping/abc?source=coach")
    beat.beat()
    beat.finish()
    assert [path for path, _ in Asked.seen] == ["/ping/abc?source=coach"]


def test_a_heartbeat_that_nobody_answers_stops_nothing(elsewhere: str) -> None:
    Asked.may_answer.clear()
    beat = Heartbeat(f"http://{elsewhere}/")
    for _ in range(3):
        beat.beat()
    assert Asked.seen == [], "nobody waited for the answer"
    Asked.may_answer.set()
    beat.finish()
    Heartbeat("").beat()


def test_a_heartbeat_follows_passes_in_which_every_job_was_good(elsewhere: str) -> None:
    beat = Heartbeat(f"http://{elsewhere}/")
    watch, now = Watch("w", beat, lambda: 0.0), {"plan": {"planned": 1}}

    def plan() -> dict[str, int]:
        return now["plan"]

    plan_job, last = watch.over([Job("plan", 5, plan), Job("weekly", 60, lambda: {})])

    def beats() -> int:
        last.run()
        beat.finish()
        return len(Asked.seen)

    plan_job.run()
    assert beats() == 1
    del now["plan"]
    with pytest.raises(KeyError):
        plan_job.run()
    assert beats() == 1
    now["plan"] = {"halted": 1}
    plan_job.run()
    assert beats() == 1
    now["plan"] = {}
    plan_job.run()
    assert beats() == 2


def test_a_job_that_hangs_stops_the_heartbeat(elsewhere: str) -> None:
    clock = [0.0]
    beat = Heartbeat(f"http://{elsewhere}/")
    watch = Watch("w", beat, lambda: clock[0])
    seen: list[int] = []

    def hangs() -> dict[str, int]:
        for now in (send.hangs_after, send.hangs_after + 1):
            clock[0] = now
            last.run()
            beat.finish()
            seen.append(len(Asked.seen))
        return {}

    send = Job("send", 5, hangs)
    hanging, last = watch.over([send, Job("weekly", 60, lambda: {})])
    hanging.run()
    assert seen == [1, 1]
    assert watch.hanging() == []


def test_an_error_report_says_where_and_never_about_whom(as_json: None, elsewhere: str) -> None:
    configure_logs("json", f"http://key@{elsewhere}/1")
    try:
        phone = PHONE
        raise ValueError(f"{phone} wrote {BODY}")
    except ValueError:
        structlog.get_logger().exception("reply_not_understood", reply=7)
    sentry_sdk.flush(5)
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    sent = b"".join(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body for _, body in Asked.seen).decode()
    assert "reply_not_understood" in sent
    assert "ValueError" in sent
    assert "test_heartbeat.py" in sent
    assert "4155550001" not in sent
    assert "dreadful" not in sent

"""Workers side by side, as threads and as processes, on both databases: each text once, whoever takes it."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from coach.runtime import Runtime
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.gateway.protocol import MemoryGateway
from schedules.worker.clock import engine_jobs, run_once
from tests.schedules.sending import at_eight, messages, standin_for, states, worker
from tests.support import DATA_KEY, TestClock, rows
from tests.twilio_standin import StandIn

DUE = 300


def assert_each_sent_once(runtime: Runtime, recipients: list[str]) -> None:
    assert len(recipients) == DUE
    assert max(Counter(recipients).values()) == 1
    assert Counter(states(runtime)) == {"accepted": DUE}
    assert len(rows(runtime.engine, Decision)) == len(rows(runtime.engine, CheckIn)) == DUE
    assert {message.attempts for message in messages(runtime)} == {1}


def test_two_workers_in_two_threads_plan_and_send_each_text_once(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_eight(runtime, clock, DUE)
    together = Barrier(2)

    def work(name: str) -> Counter[str]:
        with worker(runtime, name=name) as dispatcher:
            together.wait()
            return run_once(engine_jobs(dispatcher, runtime.catalogue, runtime.keys))

    with ThreadPoolExecutor(2) as pool:
        totals = sum(pool.map(work, ["one", "two"]), Counter[str]())
    assert (totals["planned"], totals["sent"]) == (DUE, DUE)
    assert_each_sent_once(runtime, [one.to for one in memory.taken])


def start_worker(runtime: Runtime, standin: StandIn, name: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.schedules.dispatch.one_worker", runtime.settings.database_url, standin.url]
    process = subprocess.Popen(
        [*command, runtime.now().isoformat(), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    tell(process, DATA_KEY)
    return process


def tell(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin
    process.stdin.write(line + "\n")
    process.stdin.flush()


def test_two_workers_in_two_processes_plan_and_send_each_text_once(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, DUE)
    with standin_for(runtime, clock) as (standin, _):
        workers = [start_worker(runtime, standin, name) for name in ("one", "two")]
        for one in workers:
            assert one.stdout
            assert one.stdout.readline() == "ready\n"
        for one in workers:
            tell(one, "go")
        counts = [tuple(map(int, one.communicate(timeout=60)[0].split())) for one in workers]
        assert [one.returncode for one in workers] == [0, 0]
        assert [sum(column) for column in zip(*counts, strict=True)] == [DUE, DUE]
        recipients = [one.to for one in standin.accepted]
    assert_each_sent_once(runtime, recipients)

"""The clock that repeats the jobs: it ends when it is told to, and no job waits because the wall clock was set."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import time_machine
from apscheduler.schedulers.background import BackgroundScheduler

from schedules.worker.clock import FixedDelay, Job, bring_forward, run_once, schedule

ROOT = Path(__file__).parents[3]
# So many jobs that the scheduler is nearly always about to hand one over.
BUSY = """
import sys
from threading import Event
from schedules.worker.clock import Job, run_forever

class Begun:
    def __init__(self):
        self.left = int(sys.argv[1])
    def __call__(self):
        self.left -= 1
        if self.left == 0:
            print("begun", flush=True)
        return {}

begun, stopping = Begun(), Event()
run_forever([Job(f"job {number}", 1, begun) for number in range(1000)], stopping)
print("stopped", stopping.is_set(), flush=True)
"""


@pytest.mark.parametrize("told_by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_handing_over_jobs_ends_the_clock(told_by: signal.Signals) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", BUSY, str(runs)],
            cwd=ROOT,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for runs in (1, 300, 900)
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            process.send_signal(told_by)
        for process in running:
            said, wrong = process.communicate(timeout=240)
            assert (process.returncode, said.endswith("stopped True\n")) == (0, True), wrong[-2000:]
    finally:
        for process in running:
            process.kill()
            process.communicate()


NOW = datetime(2027, 2, 11, 1, tzinfo=UTC)


@contextmanager
def paused(*jobs: Job, since: datetime) -> Iterator[BackgroundScheduler]:
    """The scheduler of a worker, with its first runs reckoned at an instant, and none handed over."""
    scheduler = schedule(jobs, since)
    scheduler.start(paused=True)
    try:
        yield scheduler
    finally:
        scheduler.shutdown()


def test_no_job_waits_for_a_clock_that_was_set_back_to_be_right_again() -> None:
    jobs = [Job("page", 5, dict), Job("weekly", 60, dict)]
    with paused(*jobs, since=NOW) as scheduler:
        bring_forward(scheduler, NOW - timedelta(hours=1))
        assert {job.next_run_time for job in scheduler.get_jobs()} == {NOW - timedelta(hours=1)}


def test_a_job_that_is_due_within_its_pause_is_left_alone() -> None:
    with paused(Job("weekly", 60, dict), since=NOW + timedelta(seconds=60)) as scheduler:
        bring_forward(scheduler, NOW)
        assert [job.next_run_time for job in scheduler.get_jobs()] == [NOW + timedelta(seconds=60)]


def test_a_clock_set_forward_runs_no_job_for_the_time_it_leaped_over() -> None:
    assert FixedDelay(2).get_next_fire_time(NOW, NOW + timedelta(days=40)) == NOW + timedelta(days=40, seconds=2)


def test_pages_go_on_in_a_running_worker_whose_clock_goes_back_and_forth() -> None:
    runs: list[int] = []
    ran = Event()

    def job() -> dict[str, int]:
        runs.append(1)
        ran.set()
        return {}

    with time_machine.travel(NOW, tick=True) as traveller:
        scheduler = schedule([Job("page", 1, job)], NOW)
        scheduler.start()
        try:
            for shift in (timedelta(0), timedelta(hours=-1), timedelta(days=40)):
                traveller.shift(shift)
                bring_forward(scheduler, datetime.now(UTC))
                ran.clear()
                assert ran.wait(20)
        finally:
            scheduler.shutdown()
    assert len(runs) < 10


FAILS = """
from threading import Event
from schedules.worker import clock

def fails(_seconds):
    raise MemoryError

clock.sleep = fails
clock.run_forever([clock.Job("page", 1, dict)], Event())
"""


def test_a_worker_whose_main_thread_fails_ends_with_it() -> None:
    command = [sys.executable, "-c", FAILS]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "MemoryError" in ended.stderr) == (1, True)


def test_once_it_is_told_to_stop_a_pass_begins_no_other_job() -> None:
    stopping, begun = Event(), list[str]()

    def lasts() -> dict[str, int]:
        begun.append("send")
        stopping.set()
        return {"sent": 1}

    def comes_after() -> dict[str, int]:
        raise AssertionError("it began")

    jobs = [Job("send", 2, lasts), Job("weekly", 60, comes_after)]
    assert run_once(jobs, stopping) == {"sent": 1}
    assert begun == ["send"]

"""The clock that repeats the jobs: it ends when it is told to, whatever it is doing then."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# So many jobs that the scheduler is nearly always about to hand one over.
BUSY = """
from threading import Event
from schedules.clock import Job, run_for_ever

class Begun:
    def __init__(self):
        self.told = False
    def __call__(self):
        if not self.told:
            self.told = True
            print("begun", flush=True)
        return {}

begun, stopping = Begun(), Event()
run_for_ever([Job(f"job {number}", 1, begun) for number in range(1000)], stopping)
print("stopped", stopping.is_set(), flush=True)
"""


@pytest.mark.parametrize("told_by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_handing_over_jobs_ends_the_clock(told_by: signal.Signals) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", BUSY],
            cwd=ROOT,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        for number, process in enumerate(running):
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            time.sleep(0.1 * number)
            process.send_signal(told_by)
        for process in running:
            said, wrong = process.communicate(timeout=30)
            assert (process.returncode, said.endswith("stopped True\n")) == (0, True), wrong[-2000:]
    finally:
        for process in running:
            process.kill()
            process.communicate()

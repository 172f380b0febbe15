"""Tasks that wait beside each other in one thread: none holds up the rest, none is woken for what is another's."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from time import monotonic, sleep, thread_time

import pytest

from schedules.lanes import Lanes, aside, pause, until_ready

Run = Callable[[Callable[[], object]], object]


@pytest.fixture(params=["thread", "lane"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Runs a task where code may find itself: in a thread of its own, or in a lane."""
    if request.param == "thread":
        yield lambda task: task()
        return
    with Lanes(1) as lanes:
        yield lambda task: lanes.submit(task).result()


def heard(connection: socket.socket, seconds: float = 5) -> bytes:
    until_ready(connection, until=monotonic() + seconds)
    return connection.recv(100)


def test_as_many_wait_at_once_as_there_are_lanes_and_all_are_done_at_the_end() -> None:
    under_way, most, done = 0, 0, 0

    def task() -> None:
        nonlocal under_way, most, done
        under_way += 1
        most = max(most, under_way)
        pause(0.05)
        under_way -= 1
        done += 1

    began = monotonic()
    with Lanes(50) as lanes:
        for _ in range(120):
            lanes.submit(task)
    assert (most, done) == (50, 120)
    assert monotonic() - began < 2, "one after the other they would take six seconds"


def test_what_a_task_returns_or_raises_is_told() -> None:
    with Lanes(2) as lanes:
        assert list(lanes.map(lambda number: 10 // number, [1, 2, 5])) == [10, 5, 2]
        with pytest.raises(ZeroDivisionError):
            lanes.submit(lambda: 1 // 0).result()
        assert lanes.submit(lambda: "still here").result() == "still here"


def test_more_may_be_given_while_all_rest() -> None:
    with Lanes(3) as lanes:
        for _ in range(3):
            assert lanes.submit(threading.current_thread).result().name == "lanes"
            sleep(0.03)


def test_a_socket_is_waited_for_until_it_has_something(run: Run) -> None:
    near, far = socket.socketpair()
    with near, far:
        threading.Timer(0.1, far.sendall, [b"now"]).start()
        assert run(partial(heard, near)) == b"now"


def test_a_wait_ends_in_time(run: Run) -> None:
    near, far = socket.socketpair()
    with near, far:
        began = monotonic()
        with pytest.raises(TimeoutError):
            run(partial(heard, near, 0.2))
        assert 0.2 <= monotonic() - began < 1
        far.sendall(b"late")
        assert run(partial(heard, near)) == b"late"


def test_a_full_socket_is_waited_for_until_it_takes_more(run: Run) -> None:
    near, far = socket.socketpair()

    def fill() -> None:
        near.setblocking(False)
        with suppress(BlockingIOError):
            while near.send(b"x" * 100_000):
                pass
        threading.Timer(0.05, far.recv, [10_000_000]).start()
        until_ready(near, until=monotonic() + 5, to_write=True)
        assert near.send(b"x") == 1

    with near, far:
        run(fill)


def test_each_of_many_hears_what_is_said_to_it_in_whatever_order() -> None:
    pairs = [socket.socketpair() for _ in range(40)]
    with Lanes(40) as lanes:
        futures = [lanes.submit(heard, near) for near, _ in pairs]
        for number in reversed(range(40)):
            pairs[number][1].sendall(b"%d" % number)
        assert [future.result() for future in futures] == [b"%d" % number for number in range(40)]
    for pair in pairs:
        for one in pair:
            one.close()


def test_a_socket_with_the_number_of_one_that_was_closed_is_another() -> None:
    numbers = set()
    with Lanes(4) as lanes:
        for turn in range(30):
            near, far = socket.socketpair()
            with near, far:
                numbers.add(near.fileno())
                threading.Timer(0.005, far.sendall, [b"%d" % turn]).start()
                assert lanes.submit(heard, near, 2).result() == b"%d" % turn
    assert len(numbers) < 30, "the numbers were used again"


def test_a_connection_that_is_closed_while_nobody_waits_for_it_costs_nothing() -> None:
    near, far = socket.socketpair()

    def spent_while_resting() -> float:
        far.sendall(b"before")
        heard(near)
        far.close()
        before = thread_time()
        pause(0.3)
        return thread_time() - before

    with near, Lanes(1) as lanes:
        assert lanes.submit(spent_while_resting).result() < 0.15


def test_what_waits_in_its_own_way_does_so_aside(run: Run) -> None:
    def name() -> str:
        sleep(0.1)
        return threading.current_thread().name

    def fail() -> None:
        raise LookupError

    with Lanes(5) as lanes:
        began = monotonic()
        names = list(lanes.map(lambda _: aside(name), range(5)))
        assert monotonic() - began < 0.4, "one after the other they would take half a second"
    assert all(name.startswith("aside") for name in names)
    with pytest.raises(LookupError):
        run(partial(aside, fail))


def test_pauses_end_in_their_own_order() -> None:
    ended: list[float] = []

    def rest(seconds: float) -> None:
        pause(seconds)
        ended.append(seconds)

    with Lanes(9) as lanes:
        for seconds in (0.3, 0.1, 0.2, 0.05):
            lanes.submit(rest, seconds)
    assert ended == [0.05, 0.1, 0.2, 0.3]


def test_a_fault_of_the_lanes_ends_the_process_for_its_supervisor_to_start_again() -> None:
    """Else a worker would claim texts and wait for ever for somebody to send them."""
    broken = """
from schedules.lanes import Lanes, pause
with Lanes(2) as lanes:
    lanes.submit(pause, 0.2)
    lanes._selector.close()
"""
    ended = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "lanes_broke" in ended.stdout) == (os.EX_SOFTWARE, True)

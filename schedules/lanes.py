"""Many waits in one thread: an executor whose every task has a lane, a greenlet, and lets the others go on meanwhile.

With a thread for each text, handing the interpreter to and fro costs more than the text itself. Code in a lane is as
anywhere else, but that it waits by the functions of this module; outside of lanes they hold up their thread, as usual.
"""

import os
import select
import selectors
import socket
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic, sleep
from typing import ParamSpec, TypeVar

import structlog
from greenlet import getcurrent, greenlet

Given = ParamSpec("Given")
Found = TypeVar("Found")

# How late a task may begin while others are under way, or learn that what it asked for aside is there.
TICK_SECONDS = 0.01
THREADS_ASIDE = 8

log = structlog.get_logger(__name__)


def until_ready(connection: socket.socket, *, until: float, to_write: bool = False) -> None:
    """Wait until a socket can be read, or written. Raises TimeoutError at `until`, a monotonic instant."""
    lane = getcurrent()
    if isinstance(lane, _Lane):
        lane.until_ready(connection, selectors.EVENT_WRITE if to_write else selectors.EVENT_READ, until)
        return
    poll = select.poll()
    poll.register(connection, select.POLLOUT if to_write else select.POLLIN)
    if not poll.poll(max(0.0, until - monotonic()) * 1000):
        raise TimeoutError


def pause(seconds: float) -> None:
    """Wait."""
    lane = getcurrent()
    if isinstance(lane, _Lane):
        lane.pause(seconds)
    else:
        sleep(seconds)


def aside(task: Callable[[], Found]) -> Found:
    """What a task returns or raises that waits in a way of its own, such as for a database."""
    lane = getcurrent()
    return lane.aside(task) if isinstance(lane, _Lane) else task()


class _Lane(greenlet):
    """It waits until its thread goes on with it, at the latest at the monotonic instant `until`."""

    def __init__(self, lanes: "Lanes", run: Callable[[Callable[[], object]], None]) -> None:
        super().__init__(run)
        self.lanes, self.until = lanes, inf

    def until_ready(self, connection: socket.socket, events: int, until: float) -> None:
        number = self.lanes.watch(connection, events)
        self.lanes.watching[number] = self
        try:
            self._wait(until)
        finally:
            self.lanes.watching.pop(number, None)

    def pause(self, seconds: float) -> None:
        self.lanes.resting.add(self)
        with suppress(TimeoutError):
            self._wait(monotonic() + seconds)
        self.lanes.resting.discard(self)

    def aside(self, task: Callable[[], Found]) -> Found:
        future = self.lanes.threads.submit(task)
        future.add_done_callback(lambda _: self.lanes.back.put(self))
        self._wait(inf)
        return future.result()

    def _wait(self, until: float) -> None:
        self.until = until
        self.lanes.look_at = min(self.lanes.look_at, until)
        self.lanes.hub.switch()


class Lanes(Executor):
    """Does what is submitted to it, `count` tasks at a time, in one thread; at the end of its block all are done."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._given: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._busy, self._free = 0, list[greenlet]()
        self._selector = selectors.DefaultSelector()
        self._watched: dict[int, tuple[socket.socket, int]] = {}
        # What lanes wait for: a socket, by its number; time; a thread that comes back with what they asked for.
        self.watching: dict[int, _Lane] = {}
        self.resting: set[_Lane] = set()
        self.back: SimpleQueue[_Lane] = SimpleQueue()
        self.threads = ThreadPoolExecutor(THREADS_ASIDE, "aside")
        self.look_at = inf  # when the first of them may have waited long enough
        self.hub: greenlet  # that of the thread, while it runs
        self._thread = Thread(target=self._run, name="lanes", daemon=True)
        self._thread.start()

    def do(self, task: Callable[[], object]) -> None:
        """One task more, after those that wait. It must not raise: nobody would hear of it."""
        self._given.put(task)

    def submit(self, fn: Callable[Given, Found], /, *args: Given.args, **kwargs: Given.kwargs) -> "Future[Found]":
        """One task more, which returns or raises something."""
        future: Future[Found] = Future()
        self.do(partial(_tell, future, partial(fn, *args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Return when all is done."""
        self._given.put(None)
        self._thread.join()
        self.threads.shutdown()
        self._selector.close()

    def watch(self, connection: socket.socket, events: int) -> int:
        """Have a socket watched from now on. Returns its number.

        It stays watched while nobody waits for it: to begin and end that for each text costs a tenth of the text.
        """
        number = connection.fileno()
        if self._watched.get(number) != (connection, events):
            if number in self._watched:  # other events, or a socket that has its number from one that was closed
                self._selector.unregister(number)
            self._selector.register(number, events)
            self._watched[number] = (connection, events)
        return number

    def _run(self) -> None:
        try:
            self._go_round()
        except BaseException as error:  # a fault of this module: whoever waits for a lane would wait for ever
            log.critical("lanes_broke", error=type(error).__name__)
            os._exit(os.EX_SOFTWARE)  # what was under way is looked up, as after every sudden end

    def _go_round(self) -> None:
        self.hub = getcurrent()
        more = True
        while more or self._busy:
            more = more and self._begin()
            for key, _ in self._selector.select(TICK_SECONDS) if self._busy else ():
                self._go_on(key.fd)
            while not self.back.empty():
                self.back.get().switch()
            if monotonic() >= self.look_at:
                self._end_waits()
        # Here, since a greenlet ends in the thread it belongs to; and while the thread's own is held by anybody,
        # greenlet asks every object there is who holds it: 12 ms in `coach tick`, more where there are more.
        self._free.clear()
        del self.hub

    def _begin(self) -> bool:
        """Give what was submitted to free lanes. Returns whether there may be more."""
        while self._busy < self.count:
            try:
                task = self._given.get(block=not self._busy)
            except Empty:
                return True
            if task is None:
                return False
            self._busy += 1
            lane = self._free.pop() if self._free else _Lane(self, self._fill)
            lane.switch(task)
        return True

    def _fill(self, task: Callable[[], object]) -> None:
        """In a lane, which is kept: to make a new one for each text costs a twentieth of the text."""
        while True:
            task()
            self._busy -= 1
            self._free.append(getcurrent())
            task = self.hub.switch()

    def _go_on(self, number: int) -> None:
        lane = self.watching.pop(number, None)
        if lane:
            lane.switch()
        else:  # the far side has closed a connection that rests
            self._selector.unregister(number)
            del self._watched[number]

    def _end_waits(self) -> None:
        now = monotonic()
        waiting = [*self.watching.values(), *self.resting]
        self.look_at = min((lane.until for lane in waiting if lane.until > now), default=inf)
        for lane in waiting:
            if lane.until <= now:
                lane.throw(TimeoutError)


def _tell(future: "Future[Found]", task: Callable[[], Found]) -> None:
    try:
        future.set_result(task())
    except BaseException as error:  # as every executor does it
        future.set_exception(error)

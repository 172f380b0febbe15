"""Simulated time in one thread: strands that take turns, their processes and machines, and their clocks.

A strand is a greenlet. Whatever waits gives way to the hub, which goes on with whoever is due next; nothing ever waits
for real. Killing a process ends each of its strands where it stands.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random

from greenlet import getcurrent, greenlet

EPOCH = datetime(2026, 3, 2, 18, tzinfo=UTC)  # a Monday; the clocks of the United States change on the Sunday after
# While nothing has happened for long, waits grow: a quiet night is not lived through second by second.
CALM_AFTER, SLACKENS = 4.0, 3.0

# A claimed text that has waited longer than this is looked at again.
FRESH = 2.0


class KilledError(BaseException):
    """The process is dead. No Exception, since no code of a process that is killed runs on."""


@dataclass(eq=False)
class Machine:
    """A machine's clocks: its wall clock may be wrong, and neither of its clocks runs while it is suspended."""

    name: str
    wrong_by: float = 0.0
    drift: float = 0.0
    asleep_until: float = 0.0
    slept: float = 0.0
    dozes_for: float = 0.0  # as soon as it has claimed a text


@dataclass(eq=False)
class Process:
    """A worker or web process. `drawn` is its own source of small choices."""

    name: str
    machine: Machine
    drawn: Random
    alive: bool = True
    strands: set["Strand"] = field(default_factory=set)
    dies_at: str = ""  # the next step of this name kills it
    lived: float = 0.0
    settled: bool = False  # its first round is over
    ran_at: dict[str, float] = field(default_factory=dict)


class Strand(greenlet):
    """One line of work, which the stage goes on with at the instants it asked for."""

    def __init__(self, stage: "Stage", process: Process | None, work: Callable[[], object]) -> None:
        super().__init__(work, stage.hub)
        self.stage, self.process, self.turn, self.number = stage, process, 0, stage.number()
        self.errand = process.name if process else ""
        self.idles_for = 0.0  # it waits for its next round, which may be skipped


class Stage:
    """The hub. `now` is true time in seconds since EPOCH; only it is never wrong."""

    def __init__(self) -> None:
        self.hub = getcurrent()
        self.now = 0.0
        self.happened_at = 0.0
        self.steps = 0
        self._due: list[tuple[float, int, int, Strand]] = []
        self._order = 0
        self.pulses: Callable[[Process], None] = lambda process: None
        self.sleeps: Callable[[float], None] = lambda seconds: None
        self.quiet: Callable[[Process], bool] = lambda process: False
        self._resting: list[Strand] = []
        self._living: set[Strand] = set()
        self.ambushes: list[tuple[Callable[[], object], float]] = []

    def number(self) -> int:
        """The next number: things are told apart, and put in order, by when they were made."""
        self._order += 1
        return self._order

    def spawn(self, process: Process | None, work: Callable[[], object], after: float = 0.0) -> Strand:
        """A new strand, which begins after so many seconds."""
        strand = Strand(self, process, work)
        self._living.add(strand)
        if process is not None:
            process.strands.add(strand)
        self._put(self.now + after, strand)
        return strand

    def at(self, instant: float, work: Callable[[], object], *, stirs: bool = False) -> None:
        """Something that happens outside of the engine. What stirs ends the calm: whoever rests looks around."""

        def happens() -> None:
            if stirs:
                self.happened_at = self.now
                for strand in self._resting:
                    self._put(self.now, strand)
                self._resting.clear()
            work()

        self.spawn(None, happens, max(0.0, instant - self.now))

    def _put(self, at: float, strand: Strand) -> None:
        heappush(self._due, (at, self.number(), strand.turn, strand))

    def run(self, until: float) -> None:
        """Let everything happen until an instant."""
        while self._due and self._due[0][0] <= until:
            at, _, turn, strand = heappop(self._due)
            if strand.dead or turn != strand.turn:
                continue
            process = strand.process
            if process is not None and process.machine.asleep_until > at:
                self._put(process.machine.asleep_until, strand)
                continue
            self.now = max(self.now, at)
            self.steps += 1
            if strand.idles_for and process is not None and self.quiet(process):
                strand.turn += 1
                self._until_next_round(strand, strand.idles_for)
                continue
            self._go_on(strand)
        self.now = max(self.now, until)

    def _go_on(self, strand: Strand) -> None:
        strand.turn += 1
        process = strand.process
        with suppress(KilledError):
            strand.switch()
        if strand.dead:
            self._living.discard(strand)
            if process is not None:
                process.strands.discard(strand)

    def wait(self, seconds: float | None) -> None:
        """Give way for so long, or until woken. Outside of strands nothing waits."""
        strand = getcurrent()
        if not isinstance(strand, Strand):
            return
        if strand.process is not None and not strand.process.alive:
            raise KilledError
        if seconds is not None:
            self._put(self.now + max(0.0, seconds), strand)
        self.hub.switch()

    def rest(self, seconds: float, *, idle: bool = False) -> None:
        """Wait for the next round: for longer and longer while nothing happens outside.

        `idle`: a round in which nothing can happen is skipped.
        """
        strand = getcurrent()
        if not isinstance(strand, Strand):
            return
        self._until_next_round(strand, seconds)
        strand.idles_for = seconds if idle else 0.0
        self.wait(None)
        strand.idles_for = 0.0
        if strand in self._resting:
            self._resting.remove(strand)

    def _until_next_round(self, strand: Strand, seconds: float) -> None:
        calm = self.now - self.happened_at
        if calm >= CALM_AFTER:
            if strand not in self._resting:
                self._resting.append(strand)
            seconds = max(seconds, calm * SLACKENS)
        self._put(self.now + seconds, strand)

    def pulse(self) -> None:
        """A process shows that it lives: about a second of its life has passed, however long the night."""
        if self.process is not None:
            self.process.lived += 1.0
            self.pulses(self.process)

    def wake(self, strand: Strand) -> None:
        """Have a strand that waits go on now."""
        strand.idles_for = 0.0
        if not strand.dead:
            self._put(self.now, strand)

    def kill(self, process: Process) -> None:
        """End a process. Whoever calls from within it ends too, at the next step."""
        process.alive = False
        here = getcurrent()
        for strand in sorted(process.strands, key=lambda one: one.number):
            if strand is not here:
                self._break_off(strand)
        process.strands = {strand for strand in process.strands if strand is here}

    def _break_off(self, strand: Strand) -> None:
        if not strand.dead:
            strand.turn += 1
            strand.parent = getcurrent()
            with suppress(KilledError):
                if strand:  # has begun
                    strand.throw(KilledError)
            strand.parent = self.hub
        self._living.discard(strand)

    def suspend(self, machine: Machine, seconds: float) -> None:
        """Nothing of a machine runs for so long, and its monotonic clock does not count it."""
        if machine.asleep_until > self.now:
            return
        machine.asleep_until = self.now + seconds
        self.sleeps(seconds)

        def woken() -> None:
            machine.slept += seconds

        self.at(machine.asleep_until, woken, stirs=True)

    def doze(self, machine: Machine) -> None:
        """A machine that was told to be suspended once it has claimed a text has claimed one."""
        if machine.dozes_for:
            machine.dozes_for, seconds = 0.0, machine.dozes_for
            self.suspend(machine, seconds)

    def ambush(self, waits: float) -> None:
        """A text has been claimed and waits so long to leave: what was meant to happen just then happens now."""
        if waits < FRESH:
            return
        for act, until in self.ambushes:
            if self.now <= until:
                self.at(self.now + 0.2, act)
        self.ambushes.clear()

    def end(self) -> None:
        """The run is over, also in the midst of it: every strand ends and gives its connection back."""
        left = sorted(self._living, key=lambda one: one.number)
        for strand in left:
            if strand.process is not None:
                strand.process.alive = False
        for strand in left:
            with suppress(Exception):  # the run may have failed already, and the others must end all the same
                self._break_off(strand)
        self._due.clear()

    @property
    def process(self) -> Process | None:
        """Whose step this is; None outside of the engine."""
        strand = getcurrent()
        return strand.process if isinstance(strand, Strand) else None

    def step(self, name: str) -> None:
        """A point at which a process may have been told to die."""
        process = self.process
        if process is None:
            return
        if process.alive and process.dies_at == name:
            process.dies_at = ""
            self.kill(process)
        if not process.alive:
            raise KilledError

    def wall(self) -> datetime:
        """What the wall clock of the machine shows on which this step runs."""
        return EPOCH + timedelta(seconds=self.now + self.wrong_by())

    def wrong_by(self) -> float:
        """By how many seconds that clock is wrong."""
        process = self.process
        return self._error_of(process.machine) if process else 0.0

    def _error_of(self, machine: Machine) -> float:
        return machine.wrong_by + machine.drift * self.now

    def wall_of(self, machine: Machine) -> datetime:
        """What the wall clock of a machine shows."""
        return EPOCH + timedelta(seconds=self.now + self._error_of(machine))

    def monotonic(self) -> float:
        """What its monotonic clock shows, which counts no sleep of the machine."""
        process = self.process
        return 1000.0 + self.now - (process.machine.slept if process else 0.0)

"""Faults on demand: a queue of one-off faults, then a seeded rate."""

import random
import threading
from collections import Counter, deque
from dataclasses import dataclass

# kind: what happens to the request.
KINDS = {
    "error429": "refused with 20429 and Retry-After",
    "error500": "answered 500, not accepted",
    "error503": "answered 503, not accepted",
    "error500_after": "accepted, then answered 500",
    "error503_after": "accepted, then answered 503",
    "drop_before": "connection closed, not accepted",
    "drop_after": "accepted, then the connection is closed without an answer",
    "drop_late": "connection closed, and accepted `seconds` later: a request that surfaces after the caller died",
    "delay": "answered `seconds` late",
    "auth": "refused with 20003",
}
_ALIASES = {"429": "error429", "500": "error500", "503": "error503"}
OPERATIONS = ("create", "fetch", "list", "update", "delete", "any")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `on` is the operation that meets it."""

    kind: str
    seconds: float = 1.0
    retry_after: float = 1.0
    on: str = "create"


class Faults:
    """What goes wrong next; the counts say what did go wrong."""

    def __init__(self) -> None:
        self._lined_up: deque[Fault] = deque()
        self._rates: list[tuple[float, Fault]] = []
        self._random = random.Random(0)
        # A test lines faults up in its thread while the server draws them in its own.
        self._lock = threading.Lock()
        self.down = False
        self.happened: Counter[str] = Counter()

    def next(
        self, kind: str | int, count: int = 1, *, seconds: float = 1.0, retry_after: float = 1.0, on: str = "create"
    ) -> None:
        """The next `count` requests of operation `on` meet this fault; several calls line up."""
        fault = Fault(known_kind(kind), seconds, retry_after, known_operation(on))
        with self._lock:
            self._lined_up.extend([fault] * count)

    def rate(
        self, *, seed: int = 0, seconds: float = 1.0, retry_after: float = 1.0, on: str = "create", **chances: float
    ) -> None:
        """Each request of operation `on` meets a fault with these chances; replaces earlier rates."""
        if sum(chances.values()) > 1 or min(chances.values(), default=0) < 0:
            raise ValueError("The chances of all faults are each at least 0 and together at most 1.")
        kinds = [(chance, known_kind(kind)) for kind, chance in chances.items()]
        rates = [(chance, Fault(kind, seconds, retry_after, known_operation(on))) for chance, kind in kinds]
        with self._lock:
            self._rates, self._random = rates, random.Random(seed)

    def clear(self) -> None:
        with self._lock:
            self._lined_up.clear()
            self._rates = []
            self.down = False

    def draw(self, operation: str) -> Fault | None:
        """The fault this request meets, if any; the stand-in asks once a request."""
        if not (self.down or self._lined_up or self._rates):
            return None
        with self._lock:
            fault = Fault("drop_before") if self.down else self._lined(operation) or self._rolled(operation)
            if fault:
                self.happened[fault.kind] += 1
        return fault

    def _lined(self, operation: str) -> Fault | None:
        for fault in self._lined_up:
            if fault.on in (operation, "any"):
                self._lined_up.remove(fault)
                return fault
        return None

    def _rolled(self, operation: str) -> Fault | None:
        if not any(fault.on in (operation, "any") for _, fault in self._rates):
            return None
        roll = self._random.random()
        for chance, fault in self._rates:
            if roll < chance:
                return fault
            roll -= chance
        return None


def known_kind(kind: str | int) -> str:
    name = _ALIASES.get(str(kind), str(kind))
    if name not in KINDS:
        raise ValueError(f"There is no fault {kind!r}; there are {', '.join(KINDS)}.")
    return name


def known_operation(on: str) -> str:
    if on not in OPERATIONS:
        raise ValueError(f"There is no operation {on!r}; there are {', '.join(OPERATIONS)}.")
    return on

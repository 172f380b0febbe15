"""How many are due on an evening, and what is done to those who send."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`speed`: seconds of the evening a real second, at most. `sessions`, `jumps`: how often they end, clocks jump."""

    people: int
    kills: int
    seed: int
    workers: int = 3
    at_once: int = 8
    speed: float = 20.0
    latency: float = 0.02
    pause: tuple[float, float] = (0.05, 0.4)
    cuts: int = 2
    sessions: int = 4
    jumps: int = 3

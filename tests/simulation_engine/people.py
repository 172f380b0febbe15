"""People as the model knows them: their evenings in local time, and what bars texts. Imports no engine code."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEGAN = datetime(2026, 3, 2, 18, tzinfo=UTC)

# How a text asks about a step by its name: "Did you stretch?", "Light dinner: done?".
ASKS_STEP = re.compile(r"\bDid you\b[^.?]*\?|\bdone\?|\bhecho\?|\b[Hh]iciste\b")
# What the phones write, and what it means: intent, score, yes or no.
MEANS: dict[str, tuple[str, int | None, bool | None]] = {
    "STOP": ("opt_out", None, None),
    "please stop texting me": ("opt_out", None, None),
    "START": ("opt_in", None, None),
    "YES": ("opt_in", None, None),
    "pause 2 days": ("pause", None, None),
    "pause 1 day": ("pause", None, None),
    "resume": ("resume", None, None),
    "I want to kill myself": ("crisis", None, None),
    "time 19:30": ("set_time", None, None),
    "time 18:45": ("set_time", None, None),
    "time 20:10": ("set_time", None, None),
}
for _score in range(11):
    MEANS[f"{_score}"] = ("checkin", _score, None)
    MEANS[f"{_score} yes"] = ("checkin", _score, True)
    MEANS[f"{_score} no"] = ("checkin", _score, False)


@dataclass
class Night:
    """A question that a person was sent: when the provider took it, what is known to have become of it, and the answer.

    `told_at` is when the engine was told that it was taken; `unsure`: the answer may belong here or not.
    """

    on: date
    asks_step: bool
    at: float
    sids: list[str] = field(default_factory=list)
    told_at: float | None = None
    status: str | None = None
    score: int | None = None
    habit: bool | None = None
    unsure: bool = False


@dataclass
class Person:
    """A person as everybody outside knows them."""

    phone: str
    clinic: str
    zone: str
    evening_at: time
    bedtime_at: time | None
    confirmed: bool
    since: float
    id: int = 0
    status: str = "invited"
    barred: dict[str, float] = field(default_factory=dict)  # why, and from when surely
    changes: list[tuple[float, float]] = field(
        default_factory=list
    )  # from when something may, until when it has changed
    paused_until: date | None = None
    pause_known: bool = True
    unanswered: int = 0
    steps_down: bool = False
    unreachable: bool = False
    nights: dict[date, Night] = field(default_factory=dict)
    looked_at: set[date] = field(default_factory=set)
    stops: int = 0
    told_at: float = -1.0  # when the engine was last told that a text to them was taken
    invited_at: float | None = None  # when the engine was told that their welcome was taken
    erased: bool = False

    @property
    def uncertain(self) -> bool:
        """Whether something was tried on them of which nobody knows whether it took effect."""
        return any(until == float("inf") for _, until in self.changes)

    @property
    def number_of_page(self) -> int:
        """How a page names them."""
        return self.id

    def local(self, at: float) -> datetime:
        """What the clock on their wall shows."""
        return (BEGAN + timedelta(seconds=at)).astimezone(ZoneInfo(self.zone))

    def instant(self, on: date, wall: time) -> float:
        """When their wall shows it. No evening is skipped or repeated in these zones."""
        return (datetime.combine(on, wall, ZoneInfo(self.zone)).astimezone(UTC) - BEGAN).total_seconds()

    def window(self, on: date, hours: tuple[time, time]) -> tuple[float, float] | None:
        """From when until when tonight's text may leave."""
        opens = max(self.evening_at, hours[0])
        hour_later = (datetime.combine(on, self.evening_at) + timedelta(hours=1)).time()
        closes = min(hours[1], max(time(20, 30), hour_later))
        if self.bedtime_at is not None and self.bedtime_at >= time(17):
            closes = min(closes, self.bedtime_at)
        return (self.instant(on, opens), self.instant(on, closes)) if opens < closes else None

    def changed(self, begin: float, end: float) -> bool:
        """Whether anything about them changed in that time."""
        return any(since <= end and until >= begin for since, until in self.changes)

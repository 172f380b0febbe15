"""The plan that a seed generates: people, machines, and a list of events that can be removed one by one."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import time
from random import Random

DAY = 86_400.0
# What a world may do. A feature that is left out is one of `known_faults`, or not asked for.
FEATURES = (
    *("kills", "suspends", "skew", "clock_jumps"),
    *("lost", "commit_in_doubt", "deadlock", "locked", "full", "down"),
    *("drops", "late_takes", "refuses", "slows_down", "key_refused", "provider_down", "outages", "odd_sids"),
    *(
        "receipts_lost",
        "receipts_disordered",
        "receipts_contradict",
        "dead_numbers",
        "listing_late",
        "listing_breaks",
        "redacts",
    ),
    *("stops", "pauses", "crises", "new_times", "twice", "strangers"),
    *(
        "coach_edits",
        "coach_writes",
        "narrowed_hours",
        "imports",
        "erasures",
        "two_clinics",
        "unstaffed",
        "two_welcomes",
        "pace",
    ),
)
# Zones of those who take part: whole hours, halves and quarters, and clocks that change within the two weeks.
ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/St_Johns",
    "Europe/London",
    "Asia/Kathmandu",
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person with a phone. `confirmed`: the double opt-in was done elsewhere."""

    number: int
    zone: str
    evening_at: time
    bedtime_at: time | None
    confirmed: bool
    clinic: str = "North"

    @property
    def phone(self) -> str:
        return f"+1415555{self.number:04d}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens `at` (seconds since the beginning): to whom, of which kind, for how long or how much."""

    at: float
    kind: str
    who: int = 0
    what: str = ""
    lasts: float = 0.0
    key: int = 0

    def __str__(self) -> str:
        day, rest = divmod(self.at, DAY)
        return f"day {day:.0f} +{rest / 3600:05.2f} h  {self.kind} {self.what} who={self.who} lasts={self.lasts:.0f}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A world to live through."""

    seed: int
    days: int
    people: tuple[Somebody, ...]
    workers: int
    webs: int
    rate: float
    at_once: int
    opt_out_mode: str
    events: tuple[Event, ...]
    features: frozenset[str]


def make_plan(seed: int, features: Collection[str], days: int | None = None, *, small: bool = False) -> Plan:
    """The plan of a seed. Leaving a feature out leaves the rest as it is. `small`: few people and workers."""
    drawn = Random(f"{seed}:plan")
    length = days or drawn.choice((3, 4, 5, 7, 10, 14))
    # Most evenings fall together: that is where things meet, and what lies between is quickly lived.
    zone, hour = drawn.choice(ZONES), drawn.choice((18, 19, 20))
    count = drawn.choice((2, 3, 4) if small else (2, 3, 3, 4, 5))
    people = tuple(_somebody(drawn, number, zone, hour) for number in range(1, count + 1))
    if "two_clinics" in features:
        people = _also_elsewhere(Random(f"{seed}:clinics"), people, welcome="two_welcomes" in features)
    workers = drawn.choice((1, 2) if small else (1, 2, 2, 3))
    rate = drawn.choice((0.0, 0.0, 0.5, 2.0)) if "pace" in features else 0.0
    mode = drawn.choice(("default", "self"))
    events: list[Event] = []
    for feature in FEATURES:
        makes = MAKERS.get(feature)
        if makes is not None and feature in features:
            events += makes(Random(f"{seed}:{feature}"), length, people, workers)
    events.sort(key=lambda one: (one.at, one.kind, one.who, one.key))
    return Plan(
        seed, length, people, workers, 2, rate, drawn.choice((1, 2, 4)), mode, tuple(events), frozenset(features)
    )


def _somebody(drawn: Random, number: int, zone: str, hour: int) -> Somebody:
    evening_at = time(hour, drawn.choice((0, 0, 0, 1, 5)))
    bedtime = drawn.choice((None, None, time(21, 45), time(22, 30), time(0, 30)))
    return Somebody(number, zone, evening_at, bedtime, drawn.random() < 0.8)


def _also_elsewhere(drawn: Random, people: tuple[Somebody, ...], *, welcome: bool) -> tuple[Somebody, ...]:
    """One phone, enrolled in another clinic as well; with `welcome` neither has said YES yet."""
    one = drawn.choice(people)
    if drawn.random() >= 0.3 or not (one.confirmed or welcome):
        return people
    confirmed = one.confirmed and not welcome
    return (*people, replace(one, evening_at=time(one.evening_at.hour, 2), clinic="South", confirmed=confirmed))


def evening_of(person: Somebody, day: int, offset: float) -> float:
    """About when a person's evening of a day is, near enough to aim at."""
    hours = {"America/New_York": 5, "America/Los_Angeles": 8, "America/Phoenix": 7, "America/St_Johns": 3.5}
    east = {"Europe/London": 0, "Asia/Kathmandu": -5.75}
    utc = person.evening_at.hour + person.evening_at.minute / 60 + (hours | east)[person.zone]
    return day * DAY + ((utc - 18) % 24) * 3600 + offset


def _near(drawn: Random, days: int, people: tuple[Somebody, ...], before: float, after: float) -> float:
    """An instant around somebody's evening, where it hurts."""
    person = drawn.choice(people)
    return max(1.0, evening_of(person, drawn.randrange(days), drawn.uniform(-before, after)))


def _weather(kind: str, what: str, longest: float, per_day: float):  # type: ignore[no-untyped-def]
    def make(drawn: Random, days: int, people: tuple[Somebody, ...], _workers: int) -> list[Event]:
        count = _count(drawn, days * per_day)
        return [
            Event(_near(drawn, days, people, 30, 90), kind, 0, what, drawn.uniform(2, longest), key)
            for key in range(count)
        ]

    return make


def _count(drawn: Random, mean: float) -> int:
    return sum(drawn.random() < mean / 10 for _ in range(10))


STEPS_TO_DIE_AT = ("before commit", "after commit", "asked", "answered", "answered", "transaction", "statement")


def _kills(drawn: Random, days: int, people: tuple[Somebody, ...], workers: int) -> list[Event]:
    found = []
    for key in range(_count(drawn, days * 0.9)):
        at, web = _near(drawn, days, people, 10, 20), drawn.random() < 0.3
        who = drawn.randrange(workers) if not web else -1 - drawn.randrange(2)
        found.append(Event(at, "kill", who, drawn.choice(STEPS_TO_DIE_AT), drawn.uniform(1, 40), key))
    return found


def _suspends(drawn: Random, days: int, people: tuple[Somebody, ...], workers: int) -> list[Event]:
    found = []
    for key in range(_count(drawn, days * 0.6)):
        at, lasts = _near(drawn, days, people, 20, 8), drawn.uniform(30, 900)
        found.append(Event(at, "suspend", drawn.randrange(workers), drawn.choice(("claimed", "")), lasts, key))
    return found


def _skew(drawn: Random, _days: int, _people: tuple[Somebody, ...], workers: int) -> list[Event]:
    """Clocks that differ between machines, within the two minutes that are borne."""
    return [Event(0.5, "clock", who, "", drawn.uniform(-50, 50), who) for who in range(workers)]


def _clock_jumps(drawn: Random, days: int, people: tuple[Somebody, ...], workers: int) -> list[Event]:
    found = []
    for key in range(_count(drawn, days * 0.2)):
        at, who = _near(drawn, days, people, 4000, 4000), drawn.randrange(workers)
        wrong = drawn.choice((-3600.0, 3600.0, -7200.0, 40 * DAY, -2 * DAY))
        found += [Event(at, "clock", who, "", wrong, key), Event(at + drawn.uniform(5, 1500), "clock", who, "", 0, key)]
    return found


def _says(what: tuple[str, ...], per_day: float):  # type: ignore[no-untyped-def]
    def make(drawn: Random, days: int, people: tuple[Somebody, ...], _workers: int) -> list[Event]:
        found = []
        for key in range(_count(drawn, days * per_day)):
            person = drawn.choice(people)
            near = drawn.random() < 0.6
            offset = drawn.uniform(-20, 40) if near else drawn.uniform(-8 * 3600, 3 * 3600)
            at = max(600.0, evening_of(person, drawn.randrange(days), offset))
            found.append(Event(at, "say", person.number, drawn.choice(what), 0, key))
        return found

    return make


def _ambushes(drawn: Random, days: int, people: tuple[Somebody, ...], what: tuple[str, ...]) -> list[Event]:
    """Texts that are written just when a text of ours has been claimed and waits for its turn to leave."""
    found = []
    for key in range(_count(drawn, days * 0.4)):
        person = drawn.choice(people)
        at = max(1.0, evening_of(person, drawn.randrange(days), -20))
        found.append(Event(at, "ambush", person.number, drawn.choice(what), 0, key))
    return found


def _stops(drawn: Random, days: int, people: tuple[Somebody, ...], workers: int) -> list[Event]:
    stops = _says(("STOP", "please stop texting me"), 0.25)(drawn, days, people, workers)
    starts = [
        Event(one.at + drawn.uniform(60, 2 * DAY), "say", one.who, "START", 0, one.key)
        for one in stops
        if drawn.random() < 0.6
    ]
    ambushes = _ambushes(drawn, days, people, ("STOP", "please stop texting me"))
    starts += [Event(one.at + DAY / 2, "say", one.who, "START", 0, one.key + 100) for one in ambushes]
    return [*stops, *starts, *ambushes]


def _edits(what: tuple[str, ...], per_day: float):  # type: ignore[no-untyped-def]
    def make(drawn: Random, days: int, people: tuple[Somebody, ...], _workers: int) -> list[Event]:
        found = []
        for key in range(_count(drawn, days * per_day)):
            person = drawn.choice(people)
            at = max(600.0, evening_of(person, drawn.randrange(days), drawn.uniform(-3 * 3600, 300)))
            found.append(Event(at, "edit", person.number, drawn.choice(what), 0, key))
        return found

    return make


MAKERS = {
    "kills": _kills,
    "suspends": _suspends,
    "skew": _skew,
    "clock_jumps": _clock_jumps,
    "lost": _weather("door", "lost", 20, 0.5),
    "commit_in_doubt": _weather("arm", "commit in doubt", 1, 0.6),
    "deadlock": _weather("door", "deadlock", 15, 0.4),
    "locked": _weather("door", "locked", 30, 0.4),
    "full": _weather("door", "full", 120, 0.2),
    "down": _weather("door", "down", 240, 0.2),
    "slows_down": _weather("provider", "429", 60, 0.25),
    "key_refused": _weather("provider", "key", 200, 0.12),
    "provider_down": _weather("provider", "down", 200, 0.25),
    "outages": _weather("provider", "down", 9000, 0.15),
    "drops": _weather("provider", "drops", 30, 0.8),
    "stops": _stops,
    "pauses": _says(("pause 2 days", "resume", "pause 1 day"), 0.2),
    "crises": lambda drawn, days, people, workers: [
        *_says(("I want to kill myself",), 0.15)(drawn, days, people, workers),
        *_ambushes(drawn, days, people, ("I want to kill myself",))[:1],
    ],
    "new_times": _says(("time 19:30", "time 18:45", "time 20:10"), 0.15),
    "strangers": lambda drawn, days, people, workers: [
        Event(
            drawn.uniform(600, days * DAY), "say", 900 + key, drawn.choice(("hello", "I want to kill myself")), 0, key
        )
        for key in range(_count(drawn, days * 0.1))
    ],
    "coach_edits": _edits(("pause", "resume", "times"), 0.25),
    "coach_writes": _edits(("write",), 0.2),
    "narrowed_hours": _edits(("narrow",), 0.06),
    "imports": _edits(("import",), 0.1),
    "erasures": _edits(("erase",), 0.05),
}

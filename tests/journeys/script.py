"""The script for twelve people over three weeks: who answers what, when, and what it means."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

Event = tuple[datetime, int, "Player", str, str]
FIRST, DAYS = date(2026, 2, 23), 21  # a Monday; most of the zones go over to summer time on 8 March
ZONES = ("New_York", "Chicago", "Denver", "Los_Angeles", "Phoenix", "Honolulu")
ENROLLED_AT = datetime(2026, 2, 23, 15, tzinfo=UTC)
WORDS = {
    (True, True): ("{n} yes", "about a {n}, did em", "bed at 11, legs {n} y", "{n}y", "did it, {n}"),
    (True, False): ("No, {n}", "I forgot. {n}", "{n} no", "legs: {n}, didn't do it"),
    (True, None): ("{n}", "legs {n}", "about a {n}"),
    (False, True): ("Yes!", "yeah I did", "no worries, got it done"),
    (False, False): ("nope, sorry", "no"),
}


@dataclass
class Night:
    """What the script says of one evening's question."""

    state: str = "no_reply"
    score: int | None = None
    habit: bool | None = None
    asks_step: bool = True


@dataclass
class Player:
    """One participant: their times, and what happens on each date."""

    number: int
    zone: str
    evening_at: time
    yes_on: int = 0
    pauses_on: int | None = None
    stops_on: int | None = None
    undelivered_on: frozenset[int] = frozenset()
    nights: dict[date, Night] = field(default_factory=dict)

    @property
    def phone(self) -> str:
        return f"+1415555{self.number:04d}"

    def at(self, day: date, wall: time) -> datetime:
        return datetime.combine(day, wall, ZoneInfo(self.zone)).astimezone(UTC)


def cast() -> list[Player]:
    players = []
    for number in range(12):
        zone = ZONES[number % 6]
        name = f"Pacific/{zone}" if zone == "Honolulu" else f"America/{zone}"
        players.append(Player(number, name, time(19 + number // 6, 10 * (number % 3))))
    players[1].yes_on = 2
    players[3].pauses_on = 8
    players[5].stops_on = 12
    players[7].undelivered_on = frozenset({4, 5})
    players[10].undelivered_on = frozenset({13})
    return players


def write_script(players: list[Player], random: Random) -> list[Event]:
    """Everything anyone says, in order, filling in what each night must come to. Kinds: say, twice."""
    events: list[Event] = []
    order = count()
    for player in players:
        step_sent, told = False, set[str]()
        for index in range(DAYS):
            day = FIRST + timedelta(days=index)
            prompted = index >= player.yes_on and not _paused(player, index) and not _stopped(player, index)
            if not prompted:
                player.nights[day] = Night("not_prompted")
                step_sent = False
                continue
            care = _care_text(index, told)
            told.add(care)
            night = player.nights[day] = Night(asks_step=step_sent and care != "onset")
            step_sent = index not in player.undelivered_on and not care
            if index in player.undelivered_on:
                night.state = "undelivered"
                continue
            for at, kind, body in _answers(player, night, day, random):
                heapq.heappush(events, (at, next(order), player, kind, body))
        yes_at = player.at(FIRST + timedelta(days=player.yes_on), time(14, 5))
        heapq.heappush(events, (yes_at, next(order), player, "say", "YES"))
        if player.pauses_on is not None:
            at = player.at(FIRST + timedelta(days=player.pauses_on), time(23))
            heapq.heappush(events, (at, next(order), player, "say", "pause 3"))
        if player.stops_on is not None:
            at = player.at(FIRST + timedelta(days=player.stops_on), time(9))
            heapq.heappush(events, (at, next(order), player, "twice", "please dont text me anymore"))
    return events


def _care_text(nights: int, told: set[str]) -> str:
    """What an evening says in place of a step, after so many nights: of an iron test, or whether symptoms spread."""
    due = [name for name, first in (("iron test", 9), ("onset", 20)) if nights >= first and name not in told]
    return due[0] if due else ""


def _paused(player: Player, index: int) -> bool:
    return player.pauses_on is not None and player.pauses_on < index <= player.pauses_on + 3


def _stopped(player: Player, index: int) -> bool:
    return player.stops_on is not None and index >= player.stops_on


def _answers(player: Player, night: Night, day: date, random: Random) -> Iterator[tuple[datetime, str, str]]:
    """One evening's answers, and the night they add up to."""
    if random.random() < 0.2:
        return
    soon = player.at(day, player.evening_at) + timedelta(minutes=7)
    at = random.choice((soon, soon, soon, player.at(day + timedelta(days=1), time(1, 30)), soon + timedelta(hours=14)))
    score = random.randint(0, 10) if random.random() < 0.9 else None
    habit = random.choice((True, True, False, None)) if night.asks_step else None
    if score is None and habit is None:
        return
    night.score, night.habit = score, habit
    night.state = {True: "done", False: "not_done", None: "no_reply"}[habit]
    body = random.choice(WORDS[score is not None, habit]).format(n=score)
    style = random.random()
    if style < 0.2 and score is not None and habit is not None:
        yield at, "say", f"{score}"
        yield at + timedelta(minutes=2), "twice", "yes" if habit else "no"
    elif style < 0.3 and score is not None:
        night.score = (score + 3) % 11
        yield at, "say", body
        yield at + timedelta(minutes=3), "say", f"oops meant {night.score} not {score}"
    else:
        yield at, "twice" if style > 0.8 else "say", body


def expected_week(player: Player, monday: date) -> dict[str, float | None]:
    """The week by the definitions, from the script alone."""
    week = [player.nights[monday + timedelta(days=day)] for day in range(7)]
    before = [night for day, night in player.nights.items() if monday - timedelta(days=28) <= day < monday]
    prompted = [night for night in week if night.state not in ("undelivered", "not_prompted")]
    asked = [night for night in prompted if night.asks_step]
    done = sum(night.state == "done" for night in asked)
    not_done = sum(night.state == "not_done" for night in asked)
    answered = sum(night.score is not None or night.habit is not None for night in prompted)
    scores = [night.score for night in prompted if night.score is not None]
    earlier = [night.score for night in before if night.score is not None]
    return {
        "prompted": len(prompted),
        "answered": answered,
        "steps_asked": len(asked),
        "done": done,
        "not_done": not_done,
        "no_reply": len(asked) - done - not_done,
        "undelivered": sum(night.state == "undelivered" for night in week),
        "not_prompted": sum(night.state == "not_prompted" for night in week),
        "response_rate": answered / len(prompted) if prompted else None,
        "adherence_strict": done / len(asked) if asked else None,
        "adherence_observed": done / (done + not_done) if done + not_done else None,
        "score_mean": sum(scores) / len(scores) if scores else None,
        "score_n": len(scores),
        "baseline_mean": sum(earlier) / len(earlier) if earlier else None,
        "baseline_n": len(earlier),
    }

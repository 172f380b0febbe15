"""Twelve people in six zones for three weeks across a clock change, through the real web app, the real SDK and a
provider over HTTP. A seeded script says who answers what and when; the summary must equal what the script implies.
"""

import heapq
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from coach.cli.main import coach
from coach.config import Settings
from coach.database.schema import load_keys
from coach.jobs import tick
from coach.runtime import Runtime, gateway_from
from content.catalogue import Catalogue
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from tests.journeys.script import DAYS, ENROLLED_AT, FIRST, Event, Player, cast, expected_week, write_script
from tests.served import free_port, served
from tests.support import DATA_KEY, PUBLIC_URL, TestClock, enrol, rows, settings_for
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID, StandIn

TICK = timedelta(minutes=10)


@pytest.fixture
def app_port() -> int:
    return free_port()


@pytest.fixture
def standin(clock: TestClock, app_port: int) -> Iterator[StandIn]:
    with StandIn(
        now=clock,
        public_url=PUBLIC_URL,
        target_url=f"http://127.0.0.1:{app_port}",
        inbound_url=f"{PUBLIC_URL}/sms/inbound",
        callbacks="on_demand+shuffled+doubled=0.3",
        seed=21,
    ) as standin:
        yield standin


@pytest.fixture
def real(database_url: str, engine: Engine, catalogue: Catalogue, clock: TestClock, standin: StandIn) -> Runtime:
    settings: Settings = settings_for(
        database_url,
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        twilio_messaging_service_sid=MESSAGING_SERVICE_SID,
        twilio_api_url=standin.url,
    )
    return Runtime(settings, engine, catalogue, load_keys(engine), gateway_from(settings), clock)


def test_three_weeks_of_twelve_people_are_texted_once_an_evening_and_summed_up_truly(
    real: Runtime, clock: TestClock, standin: StandIn, app_port: int
) -> None:
    players = cast()
    events = write_script(players, Random(7))
    clock.shows = ENROLLED_AT
    ids = enrol(
        real,
        *({"phone": one.phone, "time_zone": one.zone, "evening_time": f"{one.evening_at:%H:%M}"} for one in players),
        confirmed=False,
    )
    with served(real, port=app_port):
        play(real, clock, standin, players, events)
    assert standin.violations == []
    check_texts(players, standin)
    check_rows(real, players, ids)
    for week in ("2026-W09", "2026-W10", "2026-W11"):
        check_summary(real, players, ids, week)


def play(
    real: Runtime,
    clock: TestClock,
    standin: StandIn,
    players: list[Player],
    events: list[Event],
) -> None:
    ends_at = datetime.combine(FIRST + timedelta(days=DAYS), time(22), UTC)
    due = {player.at(day, player.evening_at) for player in players for day in player.nights}
    with real.dispatcher() as dispatcher:
        while clock.shows < ends_at:
            while events and events[0][0] <= clock.shows:
                _, _, player, kind, body = heapq.heappop(events)
                say(standin, player, kind, body)
            fail_or_allow(standin, players, clock.shows)
            tick(real, dispatcher)
            standin.deliver_callbacks()
            clock.shows += TICK
            while not (clock.shows in due or is_now_and_then(clock.shows) or (events and events[0][0] <= clock.shows)):
                clock.shows += TICK


def is_now_and_then(at: datetime) -> bool:
    """Whether there is a tick although nothing is due and nobody writes."""
    return at.minute == 0 and at.hour % 3 == 0


def say(standin: StandIn, player: Player, kind: str, body: str) -> None:
    first = standin.text(player.phone, body)
    assert first.status == 200
    if kind == "twice":
        assert standin.text(player.phone, body, again=first.sid) == first


def fail_or_allow(standin: StandIn, players: list[Player], now: datetime) -> None:
    for player in players:
        if player.undelivered_on:
            index = (now.astimezone(ZoneInfo(player.zone)).date() - FIRST).days
            if index in player.undelivered_on:
                standin.fail_delivery(player.phone, 30003)
            else:
                standin.allow(player.phone)


def check_texts(players: list[Player], standin: StandIn) -> None:
    """Exactly one text per due evening, at the person's local time and no later than a tick."""
    for player in players:
        welcome, *nudges = standin.accepted_to(player.phone)
        assert "YES" in welcome.body
        due = [
            player.at(day, player.evening_at) for day, night in player.nights.items() if night.state != "not_prompted"
        ]
        assert len(nudges) == len(due), player
        for nudge, at in zip(nudges, due, strict=True):
            assert timedelta(0) <= nudge.accepted_at - at <= TICK, player


def check_rows(real: Runtime, players: list[Player], ids: list[int]) -> None:
    messages = rows(real.engine, OutboxMessage)
    states = Counter(message.state for message in messages if message.kind == "nudge")
    undelivered = sum(len(player.undelivered_on) for player in players)
    assert set(states) == {"delivered", "undelivered"}
    assert states["undelivered"] == undelivered
    decisions = rows(real.engine, Decision)
    assert len({(one.enrolment_id, one.slot, one.local_on) for one in decisions}) == len(decisions)


def check_summary(real: Runtime, players: list[Player], ids: list[int], week: str) -> None:
    told = CliRunner().invoke(
        coach,
        ["summary", "--week", week, "--format", "json"],
        env={"DATABASE_URL": real.settings.database_url, "DATA_KEYS": DATA_KEY},
        catch_exceptions=False,
    )
    summary = json.loads(told.stdout)
    assert (summary["week"], len(summary["participants"])) == (week, 12)
    by_id = {one["id"]: one for one in summary["participants"]}
    monday = date.fromisocalendar(2026, int(week[-2:]), 1)
    for player, id in zip(players, ids, strict=True):
        expected = expected_week(player, monday)
        assert {name: by_id[id][name] for name in expected} == pytest.approx(expected), (player.number, week)
    for name in ("prompted", "answered", "done", "not_done", "no_reply", "undelivered", "not_prompted"):
        assert summary["totals"][name] == sum(one[name] for one in summary["participants"])

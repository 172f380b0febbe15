"""A wall time happens exactly once on every local date, in every zone there is."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.timing.local_time import (
    dates_of_week,
    instant_of,
    iso_week_of,
    local_date_of,
    local_time_of,
    next_occurrence,
    night_of,
    parse_wall_time,
    zone,
    zone_names,
)
from tests.schedules.timing.zones import FIRST, Change, zones_by_behaviour

WALLS = [time(0), time(0, 30), time(1), time(1, 59, 59), time(2, 30), time(3), time(12), time(20), time(23, 30)]
ONE_DAY = timedelta(days=1)


def by_looking(wall: datetime, tz: ZoneInfo, change: Change) -> datetime:
    """The first instant that shows `wall`, of the two offsets around a change; the change itself if none does."""
    candidates = [wall.replace(tzinfo=UTC) - offset for offset in (change.before, change.after)]
    shown = [one for one in candidates if one.astimezone(tz).replace(tzinfo=None) == wall]
    return min(shown, default=change.at)


def test_around_every_change_of_every_zone_each_wall_time_happens_once_a_date() -> None:
    seen = 0
    for (_, changes), names in zones_by_behaviour().items():
        tz = ZoneInfo(names[0])
        for change in changes:
            changes_on = change.at.astimezone(tz).date()
            days = [changes_on + ahead * ONE_DAY for ahead in (-2, -1, 0, 1)]
            for wall in WALLS:
                found = [instant_of(day, wall, names[0]) for day in days]
                assert found == [by_looking(datetime.combine(day, wall), tz, change) for day in days], names
                assert found == sorted(set(found)), (names, days, wall)
            seen += 1
    assert seen > 1000


def test_in_every_zone_a_wall_time_is_shown_once_a_date_and_later_on_later_dates() -> None:
    draw = Random(1)
    for name in sorted(zone_names()):
        tz = ZoneInfo(name)
        start = date(2020, 1, 1) + draw.randrange(5800) * ONE_DAY
        wall = time(draw.randrange(24), draw.randrange(60))
        days = [start + ahead * ONE_DAY for ahead in range(8)]
        found = [instant_of(day, wall, name) for day in days]
        assert found == sorted(set(found)), (name, start, wall)
        for day, instant in zip(days, found, strict=True):
            local = instant.astimezone(tz).replace(tzinfo=None)
            assert local == datetime.combine(day, wall) or local - datetime.combine(day, wall) < timedelta(hours=2)


@pytest.mark.parametrize(
    ("name", "day", "wall", "shows"),
    [
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:00Z"),  # spring: 2 to 3
        ("America/New_York", date(2026, 3, 8), time(2), "2026-03-08T07:00Z"),
        ("America/New_York", date(2026, 3, 8), time(1, 59), "2026-03-08T06:59Z"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30Z"),  # autumn: the first of two
        ("America/New_York", date(2026, 11, 1), time(2), "2026-11-01T07:00Z"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30Z"),  # half an hour
        ("Africa/Cairo", date(2026, 4, 24), time(0, 15), "2026-04-23T22:00Z"),  # midnight does not exist
        ("America/Nuuk", date(2026, 3, 28), time(23, 30), "2026-03-29T01:00Z"),  # the gap ends on the next date
        ("Antarctica/Troll", date(2026, 3, 29), time(1, 30), "2026-03-29T01:00Z"),  # two hours
        ("Europe/London", date(2026, 7, 1), time(20), "2026-07-01T19:00Z"),
        ("Asia/Kathmandu", date(2026, 7, 1), time(20), "2026-07-01T14:15Z"),
    ],
)
def test_gaps_move_to_their_end_and_folds_happen_the_first_time(name: str, day: date, wall: time, shows: str) -> None:
    assert instant_of(day, wall, name) == datetime.fromisoformat(shows)


ALL_CHANGES = sorted(
    {(names[0], change.at) for (_, changes), names in zones_by_behaviour().items() for change in changes}
)
NEAR_A_CHANGE = st.builds(
    lambda place, minutes: (place[0], place[1] + timedelta(minutes=minutes)),
    st.sampled_from(ALL_CHANGES),
    st.integers(-2880, 2880),
)
ANYWHERE = st.tuples(
    st.sampled_from(sorted(zone_names())), st.integers(0, 16 * 365 * 1440).map(lambda n: FIRST + timedelta(minutes=n))
)
WALL_TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.one_of(NEAR_A_CHANGE, ANYWHERE), WALL_TIMES)
def test_the_next_occurrence_is_the_first_of_all_that_are_later(place: tuple[str, datetime], wall: time) -> None:
    name, after = place
    around = [local_date_of(after, name) + ahead * ONE_DAY for ahead in range(-3, 4)]
    later = [(instant_of(day, wall, name), day) for day in around if instant_of(day, wall, name) > after]
    assert next_occurrence(after, wall, name) == (min(later)[1], min(later)[0])


def test_an_occurrence_at_this_very_instant_is_not_the_next_one() -> None:
    at = datetime(2026, 3, 3, 1, tzinfo=UTC)
    assert next_occurrence(at, time(20), "America/New_York") == (date(2026, 3, 3), at + ONE_DAY)


@pytest.mark.parametrize(
    ("local", "night"),
    [
        ("2026-03-02T20:00", date(2026, 3, 2)),
        ("2026-03-03T01:30", date(2026, 3, 2)),
        ("2026-03-03T11:59:59", date(2026, 3, 2)),
        ("2026-03-03T12:00", date(2026, 3, 3)),
        ("2026-01-01T00:10", date(2025, 12, 31)),
    ],
)
@pytest.mark.parametrize("name", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_night_is_named_by_its_evening_and_ends_at_noon(local: str, night: date, name: str) -> None:
    assert night_of(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(name)).astimezone(UTC), name) == night


def test_the_same_instant_is_another_date_and_time_elsewhere() -> None:
    instant = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert local_date_of(instant, "Asia/Tokyo") == date(2026, 3, 3)
    assert local_time_of(instant, "Asia/Tokyo") == time(8, 30)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "posix/UTC", "../etc/passwd", "/etc/localtime", "EST5EDT4", "\0"])
def test_what_is_no_zone_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone: use an IANA name"):
        zone(name)


@pytest.mark.parametrize(
    ("text", "read"),
    [("20:30", time(20, 30)), ("8:05", time(8, 5)), (" 00:00 ", time(0)), ("23:59", time(23, 59))],
)
def test_wall_times_are_read(text: str, read: time) -> None:
    assert parse_wall_time(text) == read


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "20", "20:", ":30", "24:00", "12:60", "8pm", "20.30", "20:3", "020:30", "-1:30", "+8:30"),
        *("20:30:00", "20:30 PM", "1e1:00", "0x8:00", "½:30", "20:²0", "8 :30"),
    ],
)
def test_rubbish_is_not_a_wall_time(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time: write HH:MM on the 24-hour clock"):
        parse_wall_time(text)


@given(st.text(max_size=8))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_text_is_a_wall_time_or_refused(text: str) -> None:
    try:
        found = parse_wall_time(text)
    except ValueError:
        return
    assert isinstance(found, time)


@pytest.mark.parametrize(
    ("week", "monday"),
    [("2026-W47", date(2026, 11, 16)), ("2026-W01", date(2025, 12, 29)), ("2026-W53", date(2026, 12, 28))],
)
def test_a_week_runs_from_monday_to_sunday(week: str, monday: date) -> None:
    assert dates_of_week(week) == (monday, monday + 6 * ONE_DAY)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_every_date_lies_in_its_week(day: date) -> None:
    monday, sunday = dates_of_week(iso_week_of(day))
    assert monday <= day <= sunday
    assert (monday.isoweekday(), sunday - monday) == (1, 6 * ONE_DAY)


@pytest.mark.parametrize(
    "week",
    [
        *("", "2026", "2026-47", "2026-W7", "2026-W00", "2027-W53", "2026-W54", "26-W47", "2026-w47", " 026-W47"),
        *("2_26-W47", "2026-W 7", "2026-W+7", "9999-W52", "2026-W470"),
    ],
)
def test_what_is_no_week_is_refused_in_one_sentence(week: str) -> None:
    with pytest.raises(ValueError, match="is not a week: write it as 2026-W47"):
        dates_of_week(week)

"""When a text may arrive: federal bound, clinic's table, bedtime, own choice; on days the clocks change as well."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.timing.local_time import instant_of
from schedules.timing.quiet_hours import (
    QuietHours,
    Window,
    example_time,
    is_quiet,
    next_daytime,
    permitted_today,
    quiet_hours_from,
    send_window,
    why_not_an_evening_time,
)
from tests.schedules.timing.zones import zones_by_behaviour

NEW_YORK = "America/New_York"
MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 1)
FEDERAL = QuietHours()
FLORIDA = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "08:00", "end": "20:00"}]
TEXAS = [{"days": [7], "start": "12:00", "end": "21:00"}]
BOX = timedelta(hours=4)


def at(day: date, wall: str, zone: str = NEW_YORK) -> datetime:
    return instant_of(day, time.fromisoformat(wall), zone)


@pytest.mark.parametrize(
    ("wanted", "bedtime", "table", "day", "opens", "closes"),
    [
        ("18:00", None, None, MONDAY, "18:00", "20:30"),  # the default end
        ("15:00", None, None, MONDAY, "15:00", "19:00"),  # its own time box
        ("20:15", None, None, MONDAY, "20:15", "21:00"),  # chosen later: an hour on, but not past the outer bound
        ("19:45", None, None, MONDAY, "19:45", "20:45"),
        ("20:59", None, None, MONDAY, "20:59", "21:00"),
        ("07:00", None, None, MONDAY, "08:00", "12:00"),  # never before eight
        ("18:00", "19:00", None, MONDAY, "18:00", "19:00"),  # nobody is woken
        ("18:00", "00:30", None, MONDAY, "18:00", "20:30"),  # a bedtime past midnight binds nothing
        ("18:00", "10:00", None, MONDAY, "18:00", "20:30"),  # nor one of a night worker
        ("18:00", None, FLORIDA, MONDAY, "18:00", "20:00"),
        ("19:45", None, FLORIDA, MONDAY, "19:45", "20:00"),
        ("09:30", None, TEXAS, SUNDAY, "12:00", "16:00"),
        ("09:30", None, TEXAS, MONDAY, "09:30", "13:30"),
    ],
)
def test_the_narrowest_bound_wins(
    wanted: str, bedtime: str | None, table: Any, day: date, opens: str, closes: str
) -> None:
    asleep = time.fromisoformat(bedtime) if bedtime else None
    window = send_window(day, time.fromisoformat(wanted), BOX, asleep, NEW_YORK, quiet_hours_from(table))
    assert window == Window(at(day, opens), at(day, closes))


@pytest.mark.parametrize(
    ("wanted", "bedtime", "table"),
    [("21:00", None, None), ("23:30", None, None), ("20:00", "20:00", None), ("20:00", None, FLORIDA)],
)
def test_a_time_in_quiet_hours_has_no_window(wanted: str, bedtime: str | None, table: Any) -> None:
    asleep = time.fromisoformat(bedtime) if bedtime else None
    assert send_window(MONDAY, time.fromisoformat(wanted), BOX, asleep, NEW_YORK, quiet_hours_from(table)) is None


def test_a_window_holds_its_first_instant_and_not_its_last() -> None:
    window = Window(at(MONDAY, "09:00"), at(MONDAY, "10:00"))
    assert window.holds(window.opens_at)
    assert not window.holds(window.closes_at)
    assert not window.holds(window.opens_at - timedelta(microseconds=1))


def test_rows_about_the_same_day_narrow_each_other_and_none_widens_the_federal_bound() -> None:
    wide = {"days": [1], "start": "05:00", "end": "23:00"}
    hours = quiet_hours_from([*FLORIDA, *TEXAS, wide])
    assert hours.permitted(SUNDAY) == (time(12), time(20))
    assert hours.permitted(MONDAY) == (time(8), time(20))
    assert quiet_hours_from([wide]).permitted(MONDAY) == (time(8), time(21))
    assert quiet_hours_from(None) == quiet_hours_from([]) == FEDERAL


@pytest.mark.parametrize(
    "row",
    [
        {"days": [1], "start": "20:00", "end": "08:00"},
        {"days": [1], "start": "09:00", "end": "09:00"},
        {"days": [1], "start": "9", "end": "20:00"},
        {"days": [0], "start": "09:00", "end": "20:00"},  # 0 is not Sunday here
        {"days": [8], "start": "09:00", "end": "20:00"},
        {"days": ["mon"], "start": "09:00", "end": "20:00"},
        {"days": [1], "start": "09:00"},
        {"start": "09:00", "end": "20:00"},
    ],
)
def test_a_table_that_makes_no_sense_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"quiet hours|is not a time"):
        quiet_hours_from([row])


@pytest.mark.parametrize(
    ("wall", "bedtime", "table", "day", "quiet"),
    [
        ("07:59", None, None, MONDAY, True),
        ("08:00", None, None, MONDAY, False),
        ("20:59", None, None, MONDAY, False),
        ("21:00", None, None, MONDAY, True),
        ("02:00", None, None, MONDAY, True),
        ("20:00", None, FLORIDA, MONDAY, True),
        ("11:59", None, TEXAS, SUNDAY, True),
        ("12:00", None, TEXAS, SUNDAY, False),
        ("19:00", "19:00", None, MONDAY, True),
        ("19:00", "01:00", None, MONDAY, False),
    ],
)
def test_quiet_hours_hold_whoever_chose_what(
    wall: str, bedtime: str | None, table: Any, day: date, quiet: bool
) -> None:
    asleep = time.fromisoformat(bedtime) if bedtime else None
    assert is_quiet(at(day, wall), asleep, NEW_YORK, quiet_hours_from(table)) is quiet


def test_a_day_without_permitted_hours_is_quiet_from_end_to_end() -> None:
    evenings_only = quiet_hours_from([{"days": [1], "start": "19:00", "end": "21:00"}])
    assert permitted_today(at(MONDAY, "18:00"), time(18), NEW_YORK, evenings_only) is None
    assert is_quiet(at(MONDAY, "19:30"), time(18), NEW_YORK, evenings_only)


@pytest.mark.parametrize(
    ("now", "opens", "closes"),
    [
        (at(MONDAY, "10:00"), at(MONDAY, "09:00"), at(MONDAY, "20:30")),  # open now
        (at(MONDAY, "08:30"), at(MONDAY, "09:00"), at(MONDAY, "20:30")),
        (at(MONDAY, "20:30"), at(date(2026, 3, 3), "09:00"), at(date(2026, 3, 3), "20:30")),
        (at(SUNDAY, "01:00"), at(SUNDAY, "12:00"), at(SUNDAY, "20:30")),  # the Sunday rule
    ],
)
def test_a_text_without_a_time_waits_for_the_next_daytime(now: datetime, opens: datetime, closes: datetime) -> None:
    assert next_daytime(now, None, NEW_YORK, quiet_hours_from(TEXAS)) == Window(opens, closes)


def test_a_clinic_that_leaves_no_time_at_all_has_no_next_daytime() -> None:
    never = quiet_hours_from([{"days": [1, 2, 3, 4, 5, 6, 7], "start": "20:45", "end": "21:00"}])
    assert next_daytime(at(MONDAY, "10:00"), None, NEW_YORK, never) is None


@pytest.mark.parametrize(
    ("wanted", "bedtime", "table", "reason"),
    [
        ("20:00", None, None, None),
        ("08:00", None, None, None),
        ("20:45", "21:00", None, None),
        ("20:46", None, None, "20:46 is too close to quiet hours: choose a time from 08:00 to 20:45"),
        ("20:59", None, None, "20:59 is too close to quiet hours"),
        ("21:00", None, None, "21:00 is in quiet hours: choose a time from 08:00 to 20:45"),
        ("07:30", None, None, "07:30 is in quiet hours"),
        ("20:00", None, FLORIDA, "20:00 is in quiet hours: choose a time from 08:00 to 19:45"),
        ("11:00", None, TEXAS, "from 12:00"),  # a daily time must be good on Sundays as well
        ("20:00", "19:30", None, "20:00 is not before the bedtime 19:30"),
        ("20:00", "20:00", None, "is not before the bedtime"),
        ("20:00", "00:30", None, None),
    ],
)
def test_an_evening_time_is_taken_or_refused_in_one_sentence(
    wanted: str, bedtime: str | None, table: Any, reason: str | None
) -> None:
    asleep = time.fromisoformat(bedtime) if bedtime else None
    found = why_not_an_evening_time(time.fromisoformat(wanted), asleep, quiet_hours_from(table))
    assert (found is None) if reason is None else (found is not None and reason in found)


@pytest.mark.parametrize("bedtime", [None, "23:00", "20:30", "19:30", "00:30"])
@pytest.mark.parametrize("table", [None, FLORIDA, TEXAS])
def test_the_time_in_an_example_is_one_that_they_can_have(bedtime: str | None, table: Any) -> None:
    asleep, hours = time.fromisoformat(bedtime) if bedtime else None, quiet_hours_from(table)
    assert why_not_an_evening_time(example_time(asleep, hours), asleep, hours) is None


def test_the_usual_example_stands_wherever_it_may() -> None:
    assert f"{example_time(None, FEDERAL):%H:%M}" == "20:30"


WALLS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59]))
DAYS_AND_ZONES = st.sampled_from(
    sorted(
        {
            (names[0], change.at.astimezone(ZoneInfo(names[0])).date() + timedelta(days=ahead))
            for (_, changes), names in zones_by_behaviour().items()
            for change in changes
            for ahead in (-1, 0, 1)
        }
    )
)
TABLES = st.sampled_from([None, FLORIDA, TEXAS, [*FLORIDA, *TEXAS]])


@settings(derandomize=True, max_examples=500, deadline=None)
@given(DAYS_AND_ZONES, WALLS, st.none() | WALLS, st.integers(1, 600), TABLES)
def test_no_window_ever_lies_outside_eight_to_nine_or_past_bedtime_on_any_day_the_clocks_change(
    place: tuple[str, date], wanted: time, bedtime: time | None, minutes: int, table: Any
) -> None:
    name, day = place
    rules = quiet_hours_from(table)
    window = send_window(day, wanted, timedelta(minutes=minutes), bedtime, name, rules)
    if window is None:
        return
    opens, closes = (one.astimezone(ZoneInfo(name)) for one in (window.opens_at, window.closes_at))
    assert (opens.date(), closes.date()) == (day, day)
    assert time(8) <= opens.time() < closes.time() <= time(21)
    assert rules.permitted(day)[0] <= opens.time() < closes.time() <= rules.permitted(day)[1]
    assert bedtime is None or bedtime < time(17) or closes.time() <= bedtime
    for instant in (window.opens_at, window.closes_at - timedelta(seconds=1)):
        assert not is_quiet(instant, bedtime, name, rules)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(DAYS_AND_ZONES, st.integers(0, 1439), TABLES)
def test_the_next_daytime_is_not_over_and_not_quiet(place: tuple[str, date], minute: int, table: Any) -> None:
    name, day = place
    now = datetime.combine(day, time(), UTC) + timedelta(minutes=minute)
    rules = quiet_hours_from(table)
    window = next_daytime(now, None, name, rules)
    assert window
    assert now < window.closes_at
    assert not is_quiet(max(now, window.opens_at), None, name, rules)
    assert window.opens_at - now < timedelta(days=2)

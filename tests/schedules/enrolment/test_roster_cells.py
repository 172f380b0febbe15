"""Cells that are well formed and cannot be meant are refused with what is likely meant; what nobody sees is dropped."""

import pytest

from content.catalogue import Catalogue
from schedules.enrolment.roster_file import MOST_PEOPLE, RosterRules, read_roster
from schedules.timing.quiet_hours import quiet_hours_from
from tests.schedules.enrolment.test_roster import GOOD, NOW, errors, read


@pytest.fixture(scope="module")
def rules(catalogue: Catalogue) -> RosterRules:
    return RosterRules(catalogue, [], "us", quiet_hours_from(None), NOW)


EAST = GOOD | {"phone": "+14155550199"}


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        (
            "time_zone",
            "EST",
            "'EST' is not a place and ignores daylight saving time: write the place, most likely America/New",
        ),
        ("time_zone", "MST", "most likely America/Denver"),
        ("time_zone", "HST", "most likely Pacific/Honolulu"),
        ("time_zone", "EST5EDT", "most likely America/New_York"),
        ("time_zone", "Etc/GMT+8", "most likely America/Los_Angeles"),
        ("time_zone", "UTC", "most likely Europe/London"),
        ("time_zone", "CET", "most likely Europe/Madrid"),
        ("time_zone", "PST", "'PST' is not a time zone: write the place, most likely America/Los_Angeles"),
        ("time_zone", "Boston", "is not a time zone: write Eastern, Central, Mountain"),
        (
            "evening_time",
            "8:00",
            "08:00 is not in the evening: an evening is between 16:00 and 20:45, on the",
        ),
        ("evening_time", "8:00", "such as 20:00"),
        ("evening_time", "07:30", "such as 19:30"),
        ("evening_time", "12:00", "12:00 is not in the evening"),
        ("evening_time", "15:59", "15:59 is not in the evening"),
        ("phone", "0000000000", "no phone has this number: ask them for it again"),
        ("phone", "+1 012 555 0123", "no phone has this number: ask them for it again"),
        ("phone", "+1 415 055 0123", "no phone has this number: ask them for it again"),
        ("phone", "+1 911 555 0123", "no phone has this number: ask them for it again"),
        ("phone", "+1 415 911 0123", "no phone has this number: ask them for it again"),
        ("phone", "+44 0000 000000", "no phone has this number: ask them for it again"),
        (
            "phone",
            "+1 800 555 0123",
            "this is a toll-free number, which gets no texts: ask for their own cell",
        ),
        ("phone", "(888) 555-0123", "toll-free"),
        ("phone", "+44 800 055 5111", "toll-free"),
        ("phone", "+1 900 555 0123", "premium-rate"),
        ("consent_at", "1904-01-01", "nobody agreed to these texts in 1904: give the date on which the person did"),
        ("consent_at", "1970-01-01T00:00:00Z", "nobody agreed to these texts in 1970"),
        ("consent_at", "2001-01-01", "nobody agreed to these texts in 2001"),
    ],
)
def test_a_cell_that_is_well_formed_and_cannot_be_meant_is_refused(
    rules: RosterRules, column: str, cell: str, reason: str
) -> None:
    entries, [wrong] = read(rules, EAST, GOOD | {column: cell})
    assert (wrong.row, wrong.column, len(entries)) == (3, column, 1)
    assert reason in wrong.reason


@pytest.mark.parametrize("zone", ["America/New_York", "US/Eastern", "Europe/London", "Asia/Kolkata", "Iceland"])
def test_a_place_is_a_zone(rules: RosterRules, zone: str) -> None:
    assert errors(rules, time_zone=zone) == []


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Eastern", "America/New_York"),
        ("pacific time", "America/Los_Angeles"),
        ("US Central", "America/Chicago"),
        ("Chicago", "America/Chicago"),
        ("new york", "America/New_York"),
        ("Buenos Aires", "America/Buenos_Aires"),
        ("america/los_angeles", "America/Los_Angeles"),
    ],
)
def test_a_zone_is_understood_as_people_write_it(rules: RosterRules, written: str, zone: str) -> None:
    [entry], wrong = read(rules, GOOD | {"time_zone": written})
    assert (wrong, entry.time_zone) == ([], zone)


def test_a_column_without_a_name_is_nothing_until_something_stands_in_it(rules: RosterRules) -> None:
    columns, row = [*GOOD, "", "  "], list(GOOD.values())
    assert read_roster(columns, [[*row, "", ""], row[:4]], rules)[1][0].column == "phone", "only the number is twice"
    assert read_roster(columns, [[*row, "", ""]], rules)[1] == []
    [wrong] = read_roster(columns, [[*row, "", "lost"]], rules)[1]
    assert str(wrong) == "row 2: 6 cells under 4 headings: check the commas"
    between = [columns[0], "", *columns[1:4]]
    assert read_roster(between, [[row[0], "", *row[1:]]], rules)[1] == []
    [wrong] = read_roster(between, [[row[0], "lost", *row[1:]]], rules)[1]
    assert "a column without a name" in wrong.reason


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("\u202eevil", "evil"),
        ("\u200fMar\u2066ía\u2069", "María"),
        ("\ufeffJo\u200b", "Jo"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("O\u0301scar", "O\u0301scar"),
        ("\u202e", None),
    ],
)
def test_marks_that_turn_or_hide_the_text_are_dropped(rules: RosterRules, cell: str, kept: str | None) -> None:
    [entry], wrong = read(rules, GOOD | {"first_name": cell, "phone": f"\u202a{GOOD['phone']}\u202c"})
    assert (wrong, entry.first_name, entry.phone) == ([], kept, "+14155550134")


def test_more_people_or_columns_than_a_roster_has_are_refused_at_once(rules: RosterRules) -> None:
    row = list(GOOD.values())
    for columns, rows, reason in (
        (list(GOOD), [row] * (MOST_PEOPLE + 1), "more than 10,000 people in one file: split it"),
        (["x"] * 200_000, [row], "200000 columns are no roster: check what separates them"),
    ):
        entries, [wrong] = read_roster(columns, rows, rules)
        assert (entries, str(wrong)) == ([], f"row 1: {reason}")

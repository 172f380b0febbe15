"""A roster is checked as a whole: every wrong cell by row and column, in one sentence that says what to do."""

from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.catalogue import Catalogue
from schedules.enrolment.roster_file import COLUMNS, RosterEntry, RosterError, RosterRules, read_phone, read_roster
from schedules.timing.quiet_hours import quiet_hours_from

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
GOOD = {
    "phone": "+1 415 555 0134",
    "time_zone": "America/New_York",
    "consent_source": "paper form",
    "consent_at": "2026-02-01T10:00:00Z",
}


@pytest.fixture(scope="module")
def rules(catalogue: Catalogue) -> RosterRules:
    return RosterRules(catalogue, ["ada@clinic.test"], "us", quiet_hours_from(None), NOW)


def read(rules: RosterRules, *people: dict[str, str]) -> tuple[list[RosterEntry], list[RosterError]]:
    columns = list(dict.fromkeys(name for person in people for name in person))
    return read_roster(columns, [[person.get(name, "") for name in columns] for person in people], rules)


def errors(rules: RosterRules, **cells: str) -> list[tuple[int, str]]:
    return [(one.row, one.column) for one in read(rules, GOOD | cells)[1]]


def test_a_whole_row_is_read(rules: RosterRules) -> None:
    more = {
        "first_name": "  Ana   María ",
        "evening_time": "19:45",
        "bedtime": "22:30",
        "language": "ES",
        "programme": "evening",
        "exclude": "caffeine; fall_risk;",
        "coach": "Ada@Clinic.test",
    }
    [entry], wrong = read(rules, GOOD | more)
    assert wrong == []
    assert entry == RosterEntry(
        row=2,
        phone="+14155550134",
        time_zone="America/New_York",
        consent_source="paper form",
        consent_at=datetime(2026, 2, 1, 10, tzinfo=UTC),
        first_name="Ana María",
        evening_at=time(19, 45),
        bedtime_at=time(22, 30),
        language="es",
        programme="evening",
        exclude=("caffeine", "fall_risk"),
        coach="ada@clinic.test",
    )


def test_only_four_columns_are_required_and_an_empty_cell_is_an_absent_one(rules: RosterRules) -> None:
    [entry], wrong = read(rules, GOOD | {"evening_time": "", "exclude": "  "})
    assert wrong == []
    assert (entry.evening_at, entry.exclude, entry.language, entry.coach) == (None, None, None, None)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("phone", "", "empty: every row needs it"),
        ("phone", "12", "this is not a phone number: write it as +1 415 555 0134"),
        ("phone", "555-0134", "is not a phone number"),  # no area code
        ("phone", "+1 415 555 0134 ext. 5", "is not a phone number"),
        ("phone", "call me", "is not a phone number"),
        ("time_zone", "", "empty"),
        ("time_zone", "Boston", "'Boston' is not a time zone: write Eastern, Central"),
        ("time_zone", "posix/UTC", "is not a time zone"),
        ("consent_source", "", "empty"),
        ("consent_source", "x" * 121, "longer than 120 characters: shorten it"),
        ("consent_at", "", "empty"),
        ("consent_at", "1/2/2026", "'1/2/2026' is not a date and time: write it as 2026-11-01T10:30:00Z"),
        ("consent_at", "0001-01-01", "is not a date and time"),
        ("consent_at", "9999-12-31T23:59", "is not a date and time"),
        ("consent_at", "2026-03-03T10:00:00Z", "this is in the future"),
        ("first_name", "x" * 61, "longer than 60 characters"),
        ("evening_time", "8pm", "'8pm' is not a time: write HH:MM"),
        ("evening_time", "21:00", "21:00 is in quiet hours: choose a time from 08:00 to 20:45"),
        ("bedtime", "25:00", "is not a time"),
        ("language", "fr", "'fr' is not a language: choose from en, es"),
        ("programme", "daily", "'daily' is not a programme: choose from evening, evening-and-morning"),
        ("exclude", "caffeine;coffee", "'coffee' is not a strategy or exclusion tag"),
        ("coach", "bob@clinic.test", "'bob@clinic.test' is not a coach of this clinic: choose from ada@clinic.test"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(rules: RosterRules, column: str, cell: str, reason: str) -> None:
    entries, [wrong] = read(rules, GOOD | {"phone": "+14155550199"}, GOOD | {column: cell})
    assert (wrong.row, wrong.column) == (3, column)
    assert reason in wrong.reason
    assert str(wrong) == f"row 3, {column}: {wrong.reason}"
    assert len(entries) == 1


def test_every_wrong_cell_of_every_row_is_reported(rules: RosterRules) -> None:
    assert errors(rules, phone="x", time_zone="y", consent_at="z", evening_time="w", language="v") == [
        (2, "phone"),
        (2, "time_zone"),
        (2, "consent_at"),
        (2, "evening_time"),
        (2, "language"),
    ]


def test_an_evening_time_after_bedtime_is_refused(rules: RosterRules) -> None:
    assert errors(rules, evening_time="20:00", bedtime="19:30") == [(2, "evening_time")]
    assert errors(rules, evening_time="20:00", bedtime="00:30") == []


def test_the_clinics_own_quiet_hours_bind_the_evening_time(catalogue: Catalogue) -> None:
    until_eight = quiet_hours_from([{"days": [1, 2, 3, 4, 5, 6, 7], "start": "08:00", "end": "20:00"}])
    strict = RosterRules(catalogue, [], "us", until_eight, NOW)
    assert errors(strict, evening_time="20:00") == [(2, "evening_time")]
    assert errors(strict, evening_time="19:46") == [(2, "evening_time")]
    assert errors(strict, evening_time="19:45") == []


def test_a_number_twice_is_reported_in_any_form_and_even_when_other_cells_are_wrong(rules: RosterRules) -> None:
    rows = [
        GOOD,
        GOOD | {"phone": "(415) 555-0134", "language": "fr"},
        GOOD | {"phone": "+14155550135", "time_zone": "Mars"},
        GOOD | {"phone": "14155550135"},
        GOOD | {"phone": "+14155550134"},
    ]
    _, wrong = read(rules, *rows)
    assert [(one.row, one.column) for one in wrong] == [
        (3, "language"),
        (3, "phone"),
        (4, "time_zone"),
        (5, "phone"),
        (6, "phone"),
    ]
    assert wrong[1].reason == "the same number as in row 2: keep one of the two"
    assert "row 4" in wrong[3].reason


def test_wrong_numbers_are_not_each_others_duplicates(rules: RosterRules) -> None:
    _, wrong = read(rules, GOOD | {"phone": "x"}, GOOD | {"phone": "x"})
    assert [one.reason.startswith("this is not a phone") for one in wrong] == [True, True]


@pytest.mark.parametrize(
    ("raw", "country", "stored"),
    [
        ("+14155550134", "us", "+14155550134"),
        ("(415) 555-0134", "us", "+14155550134"),
        ("415.555.0134", "us", "+14155550134"),
        ("1 415 555 0134", "us", "+14155550134"),
        ("011 44 20 7946 0018", "us", "+442079460018"),
        ("020 7946 0018", "gb", "+442079460018"),
        ("+44 (0)20 7946 0018", "us", "+442079460018"),
        ("612 34 56 78", "es", "+34612345678"),
        ("+34612345678", "us", "+34612345678"),
    ],
)
def test_a_phone_number_is_read_in_any_usual_form(raw: str, country: str, stored: str) -> None:
    assert read_phone(raw, country) == stored


@pytest.mark.parametrize("raw", ["", "0", "911", "5550134", "+0 415 555 0134", "41555501", "+1415555013456", "++1"])
def test_what_is_no_number_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="is not a phone number"):
        read_phone(raw, "us")


@pytest.mark.parametrize(
    ("given", "zone", "stored"),
    [
        ("2026-02-01T10:00", "America/New_York", "2026-02-01T15:00Z"),
        ("2026-02-01 10:00", "America/New_York", "2026-02-01T15:00Z"),
        ("2026-02-01", "Asia/Tokyo", "2026-01-31T15:00Z"),
        ("2026-02-01T10:00:00Z", "Asia/Tokyo", "2026-02-01T10:00Z"),
        ("2026-02-01T10:00:00-08:00", "Asia/Tokyo", "2026-02-01T18:00Z"),
    ],
)
def test_a_consent_time_without_a_zone_is_in_the_persons_own(
    rules: RosterRules, given: str, zone: str, stored: str
) -> None:
    [entry], wrong = read(rules, GOOD | {"consent_at": given, "time_zone": zone})
    assert wrong == []
    assert entry.consent_at == datetime.fromisoformat(stored)


def test_a_consent_a_moment_ahead_is_a_clock_that_differs_not_a_mistake(rules: RosterRules) -> None:
    assert errors(rules, consent_at="2026-03-02T15:04:00Z") == []
    assert errors(rules, consent_at="2026-03-02T15:06:00Z") == [(2, "consent_at")]
    assert errors(rules, consent_at="2026-03-02T16:00", time_zone="Asia/Tokyo") == []


def test_the_heading_names_every_column_that_is_missing_unknown_or_twice(rules: RosterRules) -> None:
    entries, wrong = read_roster(["phone", "zone", "consent_at", "Consent_At ", "exclude"], [["x"] * 5], rules)
    assert entries == []
    assert {(one.row, one.column) for one in wrong} == {
        (1, "time_zone"),
        (1, "consent_source"),
        (1, "zone"),
        (1, "consent_at"),
    }


def test_the_heading_may_be_in_any_order_and_case(rules: RosterRules) -> None:
    columns = [" Consent_Source", "PHONE", "consent_at", "Time_Zone"]
    [entry], wrong = read_roster(columns, [["web, form", "4155550134", "2026-02-01", "US/Eastern"]], rules)
    assert wrong == []
    assert (entry.consent_source, entry.time_zone) == ("web, form", "US/Eastern")


def test_blank_rows_are_skipped_and_still_counted(rules: RosterRules) -> None:
    columns = list(GOOD)
    rows = [list(GOOD.values()), ["", " ", "", ""], [], ["bad", *list(GOOD.values())[1:]]]
    _, wrong = read_roster(columns, rows, rules)
    assert [(one.row, one.column) for one in wrong] == [(5, "phone")]


def test_a_row_with_more_cells_than_headings_is_an_error_unless_they_are_blank(rules: RosterRules) -> None:
    row = list(GOOD.values())
    entries, wrong = read_roster(list(GOOD), [[*row, "", " "]], rules)
    assert (len(entries), wrong) == (1, [])
    _, [wrong_row] = read_roster(list(GOOD), [[*row, "", "x"]], rules)
    assert str(wrong_row) == "row 2: 6 cells under 4 headings: check the commas"


def test_a_row_with_fewer_cells_misses_what_it_needs(rules: RosterRules) -> None:
    _, wrong = read_roster(list(GOOD), [[GOOD["phone"]]], rules)
    assert [one.column for one in wrong] == ["time_zone", "consent_source", "consent_at"]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.data())
def test_any_cells_are_read_or_refused_and_never_crash(catalogue: Catalogue, data: Any) -> None:
    rules = RosterRules(catalogue, ["ada@clinic.test"], "us", quiet_hours_from(None), NOW)
    cell = st.one_of(st.text(max_size=20), st.sampled_from([*GOOD.values(), "20:00", "en", "0001-01-01T00:00"]))
    row = [data.draw(cell) for _ in COLUMNS]
    entries, wrong = read_roster(COLUMNS, [row], rules)
    assert bool(entries) != bool(wrong) or not any(value.strip() for value in row)
    for one in wrong:
        assert one.row == 2
        assert one.column in COLUMNS
        assert one.reason

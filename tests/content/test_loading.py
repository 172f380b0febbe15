"""A broken library names file, key and reason, and never ends in a traceback."""

from contextlib import suppress
from datetime import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.catalogue import CatalogueError, Problem, load_catalogue
from content.lint import load_checked
from tests.content.conftest import PACKAGED, Broken

CASES = [
    ("strategies.toml", 'acts_on = "tonight"', 'acts_on = "never"', "stretching.acts_on", "one of tonight, tomorrow"),
    ("strategies.toml", 'acts_on = "tonight"', "", "stretching.acts_on", "the field is missing"),
    (
        "strategies.toml",
        'exclude = ["fall_risk"] }',
        'exclude = "fall_risk" }',
        "stretching.en.6.exclude",
        "list of texts",
    ),
    ("strategies.toml", "citation = ", "cited = ", "stretching.citation", "the field is missing"),
    ("strategies.toml", "needs = []", "need = []", "stretching.need", "is not a known field"),
    ("strategies.toml", "exclude = []", 'exclude = "fall_risk"', "stretching.exclude", "must be a list of texts"),
    ("strategies.toml", "exclude = []", 'exclude = ["a", "a"]', "stretching.exclude", "names something twice"),
    (
        "strategies.toml",
        "min_days_between = 0",
        "min_days_between = true",
        "stretching.min_days_between",
        "whole number",
    ),
    ("strategies.toml", "min_days_between = 0", "min_days_between = -1", "stretching.min_days_between", "at least 0"),
    ("strategies.toml", "[stretching.es]", "[stretching.fr]", "stretching.es", "the field is missing"),
    ("strategies.toml", 'en = "Stretching", ', "", "stretching.title.en", "the field is missing"),
    ("strategies.toml", "{bedtime}", "{bed_time}", "en consistent-bedtime.1", "unknown placeholder {bed_time}"),
    ("strategies.toml", "{bedtime}", "{bedtime", "en consistent-bedtime.1", "a brace that belongs to no placeholder"),
    ("strategies.toml", "1 = {", "one = {", "stretching.en.one", "a text's id must be a number"),
    (
        "strategies.toml",
        'reviewer = "Not reviewed by a clinician"',
        "reviewer = 5",
        "review.reviewer",
        "must be a text in quotes",
    ),
    ("strategies.toml", "reviewed_on = 2026-11-29", 'reviewed_on = "today"', "review.reviewed_on", "must be a date"),
    ("strategies.toml", "[stretching]\nguide", "[stretching\nguide", "", "not valid TOML"),
    ("messages/es.toml", "[stopped]", "[stoped]", "stopped", "the field is missing"),
    ("messages/es.toml", "[stopped]", "[stoped]", "stoped", "is not a known field"),
    ("messages/en.toml", "[ask_yes]\n1 = ", "[ask_yes]\n2 = 7 # ", "ask_yes.2", "must be a text in quotes"),
    ("message_keys.toml", 'audience = "coach"', 'audience = "dog"', "coach_page_crisis.audience", "must be one of"),
    ("placeholders.toml", "max_length = 30", "max_length = 0", "clinic.max_length", "must be at least 1"),
    ("safety/us.toml", "[urgent]", "[pressing]", "urgent", "the field is missing"),
    ("programmes.toml", 'anchor = "wall"', 'anchor = "moon"', "evening.slots.1.anchor", "must be one of wall, bedtime"),
    (
        "programmes.toml",
        "default_time = 20:00:00\n",
        "",
        "evening.slots.1.default_time",
        "a slot at wall time needs one",
    ),
    (
        "programmes.toml",
        'default_cadence = "daily"',
        'default_cadence = "x"',
        "evening.default_cadence",
        "not one of its",
    ),
    ("programmes.toml", "weekends = [6, 7]", "weekends = [6, 8]", "evening.cadences.weekends", "ISO weekdays"),
    ("programmes.toml", "after_nights = 56", "after_nights = 200", "evening.taper", "in the order of after_nights"),
    ("programmes.toml", "daily = {", "dayly = {", "evening.cadences", "has no words in [cadence_titles]"),
    ("programmes.toml", "asks_check_in = true", "asks_check_in = false", "evening.slots", "never asks the check-in"),
]


@pytest.mark.parametrize(
    ("file", "words", "instead", "key", "reason"), CASES, ids=[case[3] or case[4] for case in CASES]
)
def test_names_file_key_and_reason(broken: Broken, file: str, words: str, instead: str, key: str, reason: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(broken(file, words, instead))
    assert any((p.file, p.key) == (file, key) and reason in p.reason for p in refused.value.problems), str(
        refused.value
    )


def test_says_each_problem_on_one_readable_line() -> None:
    error = CatalogueError(
        (Problem("strategies.toml", "stretching.acts_on", "is missing"), Problem("a.toml", "", "is gone"))
    )
    assert str(error) == "strategies.toml: stretching.acts_on: is missing\na.toml: is gone"


def test_reports_every_problem_at_once(copy_of_library: Path) -> None:
    (copy_of_library / "programmes.toml").unlink()
    (copy_of_library / "safety" / "us.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(copy_of_library)
    assert {str(problem) for problem in refused.value.problems} == {
        "programmes.toml: the file is missing",
        "safety/us.toml: the file is not UTF-8 text",
    }


@pytest.mark.parametrize("file", sorted(path.relative_to(PACKAGED).as_posix() for path in PACKAGED.glob("*.toml")))
def test_a_missing_file_is_one_plain_sentence(copy_of_library: Path, file: str) -> None:
    (copy_of_library / file).unlink()
    with pytest.raises(CatalogueError) as refused:
        load_checked(copy_of_library)
    assert str(refused.value).splitlines() == [f"{file}: the file is missing"]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"messages: the folder has no .toml file"):
        load_catalogue(tmp_path)


toml_scraps = st.sampled_from(["", "7", "[]", "{}", '""', '"x"', "true", "[1]", '["a", 1]', "2026-01-01", "[[]]", "-3"])


SCRAPPED = [
    "strategies.toml",
    "programmes.toml",
    "placeholders.toml",
    "message_keys.toml",
    "messages/es.toml",
    "safety/us.toml",
]

SAME_FOLDER = [HealthCheck.function_scoped_fixture]  # every example puts the file back


@given(line=st.integers(0, 400), scrap=toml_scraps, file=st.sampled_from(SCRAPPED))
@settings(derandomize=True, max_examples=80, deadline=None, suppress_health_check=SAME_FOLDER)
def test_any_wrong_value_is_a_problem_and_no_traceback(copy_of_library: Path, line: int, scrap: str, file: str) -> None:
    place, good = copy_of_library / file, (PACKAGED / file).read_text(encoding="utf-8")
    lines = good.splitlines()
    row = line % len(lines)
    if " = " in lines[row]:
        lines[row] = f"{lines[row].split(' = ')[0]} = {scrap}"
    place.write_text("\n".join(lines), encoding="utf-8")
    with suppress(CatalogueError):
        load_catalogue(copy_of_library)
    place.write_text(good, encoding="utf-8")


def test_a_new_programme_needs_no_code(copy_of_library: Path) -> None:
    place = copy_of_library / "programmes.toml"
    place.write_text(
        place.read_text(encoding="utf-8")
        + """
[before-bed]
title = { en = "Before bed", es = "Antes de dormir" }
check_in_mode = "evening"
default_cadence = "weekends"
policy = "micro-randomised"
step_down_after = 3
step_down_to = "weekends"
taper = []
carry_on_every_days = 28
cadences = { weekends = [6, 7] }

[[before-bed.slots]]
id = "before-bed"
sends_step = true
asks_check_in = true
anchor = "bedtime"
offset_minutes = -60
time_box_minutes = 45
""",
        encoding="utf-8",
    )
    (slot,) = load_catalogue(copy_of_library).programmes["before-bed"].slots
    assert (slot.anchor, slot.offset_minutes, slot.default_time) == ("bedtime", -60, None)
    assert load_catalogue().programmes["evening"].slots[0].default_time == time(20)

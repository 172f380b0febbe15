"""Attacks on a de-identified export by someone who knows that it was made on a day on which people were texted."""

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from coach.database.schema import load_keys
from coach.database.tables import AuditEvent
from coach.export.write_export import Exported, export_clinic
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import write_transaction
from schedules.database.pseudonyms import LONGEST_CUT, SHARED_CUTS
from schedules.database.tables.evenings import Decision
from schedules.database.tables.people import Enrolment
from schedules.gateway.protocol import MemoryGateway
from tests.coach.living import live
from tests.support import TestClock, enrol, person, rows, say, settings_for

PEOPLE, WEEKS = 200, 40
INSTALLATIONS = 4000
NOTHING_DRAWN = {"available": False, "unavailable_reason": "paused", "eligible": [], "probabilities": {}}
HOW = {"slot": "evening", "policy": "rotation", "policy_version": 1, "covariates": {}, "facts": {}}


@pytest.fixture
def installed(sqlite_engine: Engine, sqlite_url: str, catalogue: Catalogue, clock: TestClock) -> Runtime:
    keys, gateway = load_keys(sqlite_engine), MemoryGateway(clock)
    return Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, keys, gateway, clock)


def everyone_until_today(runtime: Runtime, clock: TestClock) -> None:
    """200 people who began on the same day and had a decision each week up to today."""
    enrol(runtime, *(person(number) for number in range(PEOPLE)))
    begun = clock()
    with write_transaction(runtime.engine) as connection:
        ids = connection.execute(select(Enrolment.id)).scalars().all()
        for week in range(WEEKS + 1):
            at = begun + timedelta(weeks=week)
            same = {"decided_at": at, "local_on": at.date()} | NOTHING_DRAWN | HOW
            connection.execute(insert(Decision), [{"enrolment_id": id} | same for id in ids])
    clock.forward(weeks=WEEKS)


def decision_dates(folder: Path) -> dict[str, list[date]]:
    found: dict[str, list[date]] = {}
    with (folder / "decisions.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["participant_id"], []).append(date.fromisoformat(row["local_date"]))
    return found


def test_whoever_knows_the_day_of_the_export_guesses_dates_no_better_than_1_in_20(
    installed: Runtime, clock: TestClock, tmp_path: Path
) -> None:
    everyone_until_today(installed, clock)
    began, today = rows(installed.engine, Enrolment)[0].starts_on, clock().date()
    export_clinic(installed, 1, tmp_path, "a@b.example", deidentified=True)
    found = decision_dates(tmp_path)
    assert len(found) == PEOPLE
    true = {id: (began - min(dates)).days for id, dates in found.items()}
    last_is_today = {id: (today - max(dates)).days for id, dates in found.items()}
    longest = max(map(len, found.values()))
    longest_is_whole = {id: last_is_today[id] - 7 * (longest - len(dates)) for id, dates in found.items()}
    for guessed in (last_is_today, longest_is_whole):
        right = sum(guessed[id] == true[id] for id in true)
        assert right <= PEOPLE / 20


def test_no_guess_is_better_whatever_the_sum_of_cut_and_shift() -> None:
    """The sum of cut and shift shows, and so does how people's cuts differ. What is the same for all remains hidden."""
    shared, with_small_sums = Counter[int](), Counter[int]()
    for number in range(INSTALLATIONS):
        keys = InstallationKeys.derive(f"{number:064x}")
        people = [keys.pseudonym(id) for id in range(1, 30)]
        least = min(one.cut for one in people)  # as people began on one day, whoever has most rows has the least cut
        shared[least] += 1
        if min(one.cut + one.shift for one in people) == LONGEST_CUT + 1:
            with_small_sums[least] += 1
        assert all(1 <= one.cut <= LONGEST_CUT and one.shift >= 1 for one in people)
    for counts in (shared, with_small_sums):
        usual = sum(counts.values()) / SHARED_CUTS
        assert usual > 50
        assert max(counts.values()) < 1.5 * usual


def test_every_table_ends_and_people_are_shown_as_they_were_then(
    installed: Runtime, clock: TestClock, tmp_path: Path
) -> None:
    live(installed, clock, "rotation", 3)
    clock.forward(weeks=WEEKS)
    say(installed, "+14155550001", "STOP")
    with write_transaction(installed.engine) as connection:
        connection.execute(update(Enrolment).where(Enrolment.id == 2).values(starts_on=clock().date()))
    done = export(installed, tmp_path)
    first, second, third = (installed.keys.pseudonym(id).name for id in (1, 2, 3))
    with (tmp_path / "participants.csv").open(newline="") as file:
        people = {row["participant_id"]: row for row in csv.DictReader(file)}
    assert set(people) == {first, second, third}
    assert (people[first]["status"], people[first]["ended_at"]) == ("active", "")
    assert people[first]["starts_on"]
    assert (people[second]["status"], people[second]["starts_on"]) == ("invited", ""), "they began within the cut"
    with (tmp_path / "messages.csv").open(newline="") as file:
        kinds = {(row["participant_id"], row["kind"]) for row in csv.DictReader(file)}
    assert (first, "checkin") in kinds
    assert (first, "opt_out") not in kinds
    assert {id for id, _ in kinds} == {first, third}
    assert done.cut["participants"] == 0
    assert done.cut["messages"] > 0


def export(installed: Runtime, folder: Path) -> Exported:
    return export_clinic(installed, 1, folder, "a@b.example", deidentified=True)


def test_how_much_was_cut_is_told_to_the_clinic_and_not_in_the_files(
    installed: Runtime, clock: TestClock, tmp_path: Path
) -> None:
    live(installed, clock, "rotation", 6)
    done = export(installed, tmp_path / "soon")
    assert (done.rows["decisions"], done.cut["decisions"]) == (0, 18)
    clock.forward(weeks=LONGEST_CUT)
    later = export(installed, tmp_path / "later")
    assert (later.rows["decisions"], later.cut["decisions"]) == (18, 0), "after half a year nothing is cut"
    told = [one.detail["decisions_cut"] for one in rows(installed.engine, AuditEvent) if one.action == "exported"]
    assert told == [18, 0]

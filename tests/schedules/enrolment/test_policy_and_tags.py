"""A roster sets policy and tags; a randomized policy needs the person's own consent to it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.people import ConsentEvent, Enrolment
from schedules.decisions.policies import CURRENT_VERSION
from schedules.enrolment.policy_choice import NOT_RANDOMISED, POLICY_NAMES, policy_for, with_tags
from tests.support import TestClock, enrol, import_people, person, rows, tick

AGREED = "study form, nurse Ruiz"


def only(runtime: Runtime) -> Any:
    [enrolment] = rows(runtime.engine, Enrolment)
    return enrolment


def consents(runtime: Runtime) -> list[str]:
    return [one.source for one in rows(runtime.engine, ConsentEvent, ConsentEvent.kind == "randomised")]


def test_the_names_of_policies_are_those_that_decisions_compute() -> None:
    assert set(POLICY_NAMES) == set(CURRENT_VERSION)


@pytest.mark.parametrize(
    ("wanted", "current", "agreed", "gets"),
    [
        ("rotation", None, False, "rotation"),
        ("adaptive", None, False, "rotation"),
        ("adaptive", None, True, "adaptive"),
        ("micro-randomised", "rotation", False, "rotation"),
        ("micro-randomised", "adaptive", False, "micro-randomised"),
        ("rotation", "adaptive", False, "rotation"),
    ],
)
def test_a_randomized_policy_needs_consent_or_an_earlier_one(
    wanted: str, current: str | None, agreed: bool, gets: str
) -> None:
    assert policy_for(wanted, current, agreed=agreed) == gets


def test_a_tag_allows_steps_or_bars_them(catalogue: Catalogue) -> None:
    assert with_tags(catalogue, (), ("caffeine",), ("stockings_advised", "fall_risk")) == (
        ["stockings_advised"],
        ["caffeine", "fall_risk"],
    )
    assert with_tags(catalogue, ("stockings_advised",), ("fall_risk",), (), ("stockings_advised", "fall_risk")) == (
        [],
        [],
    )


def test_a_roster_gives_policy_and_tags_and_records_who_said_so(runtime: Runtime, clock: TestClock) -> None:
    cells = {"policy": "micro-randomised", "randomised_consent": AGREED, "tags": "stockings_advised;fall_risk"}
    enrol(runtime, person(1, exclude="caffeine", **cells))
    one = only(runtime)
    assert (one.policy, one.tags, one.exclude) == ("micro-randomised", ["stockings_advised"], ["caffeine", "fall_risk"])
    assert only(runtime).policy_since_at == clock()
    [event] = rows(runtime.engine, ConsentEvent, ConsentEvent.kind == "randomised")
    assert (event.source, event.at) == (AGREED, clock())


def test_without_consent_the_person_is_on_rotation_until_a_roster_brings_it(runtime: Runtime, clock: TestClock) -> None:
    [row] = import_people(runtime, person(1, policy="adaptive")).enrolled
    assert (row.what, row.note, only(runtime).policy) == ("created", NOT_RANDOMISED, "rotation")
    clock.forward(days=1)
    [row] = import_people(runtime, person(1, policy="adaptive")).enrolled
    assert row.what == "ignored"
    [row] = import_people(runtime, person(1, policy="adaptive", randomised_consent=AGREED)).enrolled
    assert (row.what, row.note) == ("updated", None)
    assert (only(runtime).policy, only(runtime).policy_since_at, consents(runtime)) == ("adaptive", clock(), [AGREED])


def test_a_consent_no_longer_counts_once_the_policy_has_changed(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, policy="adaptive", randomised_consent=AGREED))
    for policy, gets in (("rotation", "rotation"), ("micro-randomised", "rotation")):
        clock.forward(days=1)
        import_people(runtime, person(1, policy=policy, randomised_consent=""))
        assert only(runtime).policy == gets
    assert only(runtime).policy_since_at == clock() - timedelta(days=1), "the refused change starts nothing"


def test_a_clinics_program_and_policy_are_for_those_enrolled_from_now_on(runtime: Runtime) -> None:
    enrol(runtime, person(1))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).values(programme="evening-and-morning", policy="micro-randomised"))
    enrol(
        runtime,
        person(2, randomised_consent=AGREED),
        person(3, randomised_consent=AGREED, policy="rotation", programme="evening"),
        person(4),
    )
    assert [(one.programme, one.policy) for one in rows(runtime.engine, Enrolment)] == [
        ("evening", "rotation"),
        ("evening-and-morning", "micro-randomised"),
        ("evening", "rotation"),
        ("evening-and-morning", "rotation"),
    ]


def test_a_repeated_roster_keeps_the_tags_a_coach_gave(runtime: Runtime) -> None:
    cells = person(1, tags="fall_risk")
    enrol(runtime, cells)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(tags=["stockings_advised"]))
    import_people(runtime, cells)
    assert (only(runtime).tags, only(runtime).exclude) == (["stockings_advised"], ["fall_risk"])
    import_people(runtime, person(1, tags="stockings_advised;fall_risk", first_name="Maria"))
    assert (only(runtime).tags, only(runtime).exclude) == (["stockings_advised"], ["fall_risk"])


def test_each_decision_and_check_in_keeps_the_program_and_policy_it_was_made_with(
    runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1))
    began = clock()
    for policy in ("rotation", "adaptive"):
        import_people(runtime, person(1, policy=policy, randomised_consent=AGREED))
        clock.shows = only(runtime).next_due_at
        tick(runtime)
    changed = only(runtime).policy_since_at
    made = [("evening", "rotation", began), ("evening", "adaptive", changed)]
    assert changed > began
    for table in (Decision, CheckIn):
        assert [(one.programme, one.policy, one.policy_since_at) for one in rows(runtime.engine, table)] == made

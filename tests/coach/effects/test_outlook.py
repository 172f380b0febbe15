"""What the present programme can show: from made-up people of the kinds who take part, and as it turns out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import update

from coach.effects.estimates.estimate import estimate_effects
from coach.effects.outlook import (
    DAYS,
    NOTHING,
    PEOPLE,
    Outlook,
    StepOutlook,
    as_json,
    from_json,
    nights_needed,
    weeks_in_words,
)
from coach.effects.power import Simulated
from coach.effects.power_simulation import load_outlook
from coach.effects.results import SCORE
from coach.runtime import Runtime
from coach.simulation import Setup
from coach.simulation.living import simulate_person
from content.catalogue import load_catalogue
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment
from tests.support import enrol, person

STEPS = {"stretching", "massage", "mindfulness", "screens-off", "restful-room", "caffeine", "alcohol"}
OTHER_STEPS = frozenset(load_catalogue().strategies) - STEPS


def simulated(setup: Setup) -> Simulated:
    made = Simulated()
    for number in range(1, setup.participants + 1):
        made.add(simulate_person(setup, load_catalogue(), number))
    return made


def outlook_of(runtime: Runtime, programme: str = "evening") -> Outlook | None:
    with read_transaction(runtime.engine) as connection:
        return load_outlook(connection, runtime.catalogue, 1, programme)


def test_it_is_of_the_policy_the_exclusions_the_cadence_and_the_library_of_now(runtime: Runtime) -> None:
    enrol(runtime, person(1, exclude="fall_risk"), person(2, exclude="fall_risk"))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(policy="micro-randomised", cadence="weekends", status="active"))
        connection.execute(update(Clinic).values(switched_off=["caffeine"]))
    found = outlook_of(runtime)
    assert found
    offered = {one.strategy for one in found.steps if one.evenings}
    assert (found.policy, found.people) == ("micro-randomised", 2)
    assert offered
    assert not offered & {"evening-walk", "caffeine"}
    assert found.without[NOTHING] > DAYS / 2, "most evenings are not theirs"
    assert sum(one.evenings for one in found.steps) + sum(found.without.values()) <= DAYS + 1e-9


def test_where_nobody_takes_part_or_the_programme_is_gone_there_is_none(runtime: Runtime) -> None:
    enrol(runtime, person(1))
    assert outlook_of(runtime, "another") is None
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(status="stopped", next_due_at=None))
    assert outlook_of(runtime) is None


def test_it_equals_what_is_stored_of_it() -> None:
    made = simulated(Setup(8, 14, policy="micro-randomised", switched_off=OTHER_STEPS)).outlook("micro-randomised", 8)
    assert from_json(json.loads(json.dumps(as_json(made)))) == made


def test_where_each_step_follows_from_those_before_it_promises_nothing() -> None:
    few = OTHER_STEPS | {"caffeine", "alcohol"}
    found = simulated(Setup(40, DAYS, policy="rotation", switched_off=few)).outlook("rotation", 40)
    assert found.spread is None
    assert {weeks_in_words(one, found, 1.0) for one in found.steps} == {"cannot be compared"}


TWENTY = Outlook("rotation", 20, 7, 1.8, {}, (StepOutlook("stretching", 4.0, 4 * PEOPLE),))


def test_half_the_effect_needs_four_times_the_nights_and_more_people_fewer_weeks() -> None:
    whole, half = nights_needed(TWENTY, 1.0), nights_needed(TWENTY, 0.5)
    assert whole
    assert half
    assert abs(half / whole - 4) < 0.1
    assert weeks_in_words(TWENTY.steps[0], TWENTY, 1.0) == str(-(-whole // 20)), "a scored night a week each"
    assert weeks_in_words(TWENTY.steps[0], replace(TWENTY, people=200), 1.0) == "1"


def test_where_people_are_too_few_for_so_many_steps_it_reckons_with_enough() -> None:
    assert (TWENTY.reckoned_with, replace(TWENTY, people=7).reckoned_with) == (20, 17)
    assert nights_needed(replace(TWENTY, people=7), 1.0) == nights_needed(replace(TWENTY, people=17), 1.0)


@pytest.mark.parametrize(
    ("outlook", "scored", "words"),
    [
        (replace(TWENTY, spread=None), 90, "cannot be compared"),
        (TWENTY, 0, "hardly ever offered"),
        (TWENTY, 1, "more than two years"),
    ],
)
def test_where_no_number_would_be_honest_it_says_why(outlook: Outlook, scored: int, words: str) -> None:
    assert weeks_in_words(StepOutlook("massage", 0.1, scored), outlook, 0.5) == words


@pytest.mark.parametrize("policy", ["micro-randomised", "rotation"])
def test_of_trials_as_long_as_it_says_about_four_of_five_tell_the_effect(policy: str) -> None:
    planned = simulated(Setup(PEOPLE, DAYS, policy=policy, switched_off=OTHER_STEPS)).outlook(policy, 20)
    step = next(one for one in planned.steps if one.strategy == "stretching")
    weeks, told, trials, enough = int(weeks_in_words(step, planned, 1.0)), 0, 12, 8
    for seed in range(2, 2 + trials):
        effects = {"stretching": -1.0}
        setup = Setup(20, 7 * weeks, "evening", policy, effects, seed, switched_off=OTHER_STEPS)
        nights = simulated(setup).decisions.nights()
        found = estimate_effects(nights.only(np.isfinite(nights.outcome)), SCORE).strategies
        told += any(one.strategy == "stretching" and one.ci_high is not None and one.ci_high < 0 for one in found)
        if told == enough:
            break
    assert told == enough, f"{told} of {trials}"

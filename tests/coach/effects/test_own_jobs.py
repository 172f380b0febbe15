"""What the weekly job stores for each person and for the adaptive policy, and what their page shows of it."""

from datetime import date

import numpy as np
from flask import Flask
from sqlalchemy import update

from coach.database.tables import OwnEffects
from coach.effects.figures import Tally
from coach.privacy.erase import erase
from coach.reflections.own_steps import OwnStep
from coach.reflections.what_helps import store_own_steps
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import SharedBeliefs
from schedules.database.tables.people import Enrolment
from tests.coach.effects.pooled_world import World, live, rows_of
from tests.coach.web.coaches import sign_in
from tests.coach.web.test_effects_page import next_week
from tests.support import TestClock, enrol, person, rows, say, tick

PEOPLE = 7
HELPS = OwnStep("stretching", 14, -0.94, -1.7, -0.1, 0.99)


def lived(runtime: Runtime, clock: TestClock, policy: str, evenings: int) -> None:
    """Seven people who answer every evening."""
    enrol(runtime, *(person(number) for number in range(1, PEOPLE + 1)))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(policy=policy))
    for evening in range(evenings):
        clock.shows = rows(runtime.engine, Enrolment)[0].next_due_at
        tick(runtime)
        for number in range(1, PEOPLE + 1):
            say(runtime, f"+1415555{number:04d}", f"{3 + (evening * number) % 5} yes")


def test_a_programme_gives_each_person_estimates_of_the_steps_they_had_often_enough() -> None:
    world = World(12, 84, (-0.8, 0.0, 0.0))
    tally = Tally(date(2026, 3, 2), rows_of(world, live(world, np.random.default_rng(4)), world.evenings))
    found = tally.own_steps()
    assert set(found) == set(range(12))
    assert all(one.nights >= 10 for steps in found.values() for one in steps)
    assert tally.shared_beliefs() == {}, "nobody was on the adaptive policy"


def test_the_weekly_job_replaces_estimates_that_no_longer_hold(runtime: Runtime, clock: TestClock) -> None:
    lived(runtime, clock, "rotation", 2)
    with write_transaction(runtime.engine) as connection:
        store_own_steps(connection, [1], {1: [HELPS]}, runtime.now())
    next_week(runtime, clock)
    [row] = rows(runtime.engine, OwnEffects)
    assert (row.steps, row.computed_at) == (None, runtime.now())
    assert rows(runtime.engine, SharedBeliefs) == [], "rotation shares nothing with the adaptive policy"


def test_the_adaptive_policy_is_given_what_its_own_people_told(runtime: Runtime, clock: TestClock) -> None:
    lived(runtime, clock, "adaptive", 9)
    next_week(runtime, clock)
    [shared] = rows(runtime.engine, SharedBeliefs)
    assert shared.programme == "evening"
    assert shared.steps
    assert all(sd > 0 for _, sd in shared.steps.values())


def test_their_page_says_it_in_words_until_they_are_erased(runtime: Runtime, clock: TestClock, app: Flask) -> None:
    lived(runtime, clock, "rotation", 2)
    with write_transaction(runtime.engine) as connection:
        store_own_steps(connection, [1, 2], {1: [HELPS]}, runtime.now())
    browser = sign_in(app, runtime, "lead")
    helped, unknown = browser.html("/participants/1"), browser.html("/participants/2")
    assert "may help: nights between 0.1 and 1.7 points better, 14 scored nights with it" in helped
    assert "What offering each step may do" in helped, "and as a picture"
    assert "tell yet which step helps them" in unknown
    assert "What offering each step may do" not in unknown
    with write_transaction(runtime.engine) as connection:
        erase(connection, 1, runtime.now(), actor="a test", at_provider=False)
    assert rows(runtime.engine, OwnEffects) == []

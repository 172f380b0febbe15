"""A page runs the same number of queries whether a clinic has three participants or forty."""

import pytest
from flask import Flask

from coach.adherence.standings import renew_standings
from coach.runtime import Runtime
from coach.summaries.compute import stored_batches
from coach.web.app import create_app
from tests.benchmarks.bench_pages import counted
from tests.coach.web.coaches import Browser, sign_in
from tests.support import TestClock, enrol, person, say, tick

MOST = 36  # Home says why, when and by whom each was attended, who is on leave, and what leads are told of accounts
PAGES = (
    "/",
    "/participants/",
    "/participants/?q=mar&sort=legs",
    "/participants/1",
    "/participants/1/conversation",
    "/inbox/",
    "/inbox/?folder=unknown",
    "/inbox/?kind=crisis&owner=nobody",
    "/inbox/search?q=why",
    "/flags/",
    "/flags/1",
    "/kept/",
    "/inbox/?folder=failed",
    "/inbox/?folder=sent",
    "/inbox/?folder=closed",
    "/inbox/waiting",
    "/summary/?week=2026-W10",
    "/summary/summary.csv?week=2026-W10",
    "/library/",
    "/enrol/",
)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


def an_evening_of(runtime: Runtime, clock: TestClock, numbers: range) -> None:
    """Some more people, texted once; each asks something that waits for a human, one in danger."""
    enrol(runtime, *(person(number, first_name="Maria") for number in numbers))
    clock.shows = clock.shows.replace(hour=1) if clock.shows.hour == 1 else clock.shows.replace(day=3, hour=1)
    tick(runtime)
    for number in numbers:
        say(runtime, f"+1415555{number:04d}", "I want to kill myself" if number % 3 else "why is it so bad?")
    renew_standings(runtime.engine, clock())
    list(stored_batches(runtime.engine, "2026-W10", clock()))


def questions(runtime: Runtime, browser: Browser) -> dict[str, int]:
    """How many statements each page makes, the second time it is opened."""
    found = {}
    for path in PAGES:
        browser.client.get(path)
        with counted(runtime.engine) as statements:
            assert browser.client.get(path).status_code == 200, path
        found[path] = len(statements)
    return found


def test_no_page_asks_more_of_the_database_for_more_people(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    lead = sign_in(app, runtime, "lead")
    an_evening_of(runtime, clock, range(1, 4))
    few = questions(runtime, lead)
    an_evening_of(runtime, clock, range(4, 41))
    many = questions(runtime, lead)
    assert many == few
    assert max(many.values()) <= MOST, many

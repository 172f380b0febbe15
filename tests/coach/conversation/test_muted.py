"""A phone that asked us not to write: held and shown until they, or a coach who spoke with them, end it."""

import pytest
from flask.testing import FlaskClient

from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.conversation.test_emergency_and_no_call import handled
from tests.coach.web.coaches import sign_in
from tests.support import TestClock, rows, tick

__all__ = ["evening"]  # a fixture

PAGE = "/participants/1"
SAYS = "asked us not to write, because somebody else reads this phone"
BUTTON = "They may be called and texted again"
SILENCE = ["please dont reply, he gets the notifications", "no contesten ahorita, él lee todo"]


def sent(runtime: Runtime, clock: TestClock, days: int = 3) -> int:
    count = 0
    for _ in range(days):
        clock.forward(days=1)
        count += tick(runtime)["sent"]
    return count


@pytest.mark.parametrize("words", SILENCE)
def test_after_its_flag_is_handled_nothing_is_texted_and_home_and_page_say_why(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, words)
    handled(evening, clock)
    assert sent(evening, clock) == 0
    browser = sign_in(create_app(evening), evening)
    for path in ("/", PAGE):
        assert SAYS in browser.get(path).replace("Asked", "asked"), path
    assert BUTTON in browser.get(PAGE)
    assert "Resume texts" not in browser.get(PAGE)
    assert "Speak with them" in browser.post(f"{PAGE}/change/release", status=400)


def test_a_coach_ends_it_and_takes_that_back(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, SILENCE[0])
    handled(evening, clock)
    browser = sign_in(create_app(evening), evening)
    assert "They may be called and texted again." in browser.post(f"{PAGE}/may-be-called")
    browser.post(f"{PAGE}/not-to-be-called", {"at": clock().isoformat(), "muted": "yes"})
    assert sent(evening, clock) == 0
    browser.post(f"{PAGE}/may-be-called")
    assert SAYS not in browser.get(PAGE)
    assert sent(evening, clock) > 0
    assert said(client, "4 yes") != "", "answered as it is texted"


def test_their_own_word_ends_it_too(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, SILENCE[0])
    clock.forward(hours=2)
    assert [one.held_for for one in rows(evening.engine, Enrolment)] == ["muted"]
    said(client, "you can text me again, I moved out and he doesn't have this phone")
    assert [one.held_for for one in rows(evening.engine, Enrolment)] == [None]


@pytest.mark.parametrize("stop", ["quit it", "wrong number stop texting my wife", "número equivocado, no molesten"])
def test_what_may_be_a_stop_after_violence_outlasts_its_flag(
    client: FlaskClient, evening: Runtime, clock: TestClock, stop: str
) -> None:
    said(client, "my husband hit me with a belt")
    clock.forward(hours=1)
    said(client, stop)
    handled(evening, clock)
    assert sent(evening, clock) == 0
    assert SAYS in sign_in(create_app(evening), evening).get("/").replace("Asked", "asked")

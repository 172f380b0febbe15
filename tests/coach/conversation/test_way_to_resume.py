"""Texts held because somebody may have died stay held after the flags: pages say where they are resumed."""

from flask.testing import FlaskClient

from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.conversation.test_emergency_and_no_call import handled
from tests.coach.web.coaches import sign_in
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

LINK = 'href="/participants/1#hold"'


def test_home_and_the_flag_link_to_it_until_it_is_done(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "sorry wrong number")
    browser = sign_in(create_app(evening), evening)
    flag = f"/flags/{rows(evening.engine, Flag)[-1].id}"
    assert LINK in browser.html(flag)
    handled(evening, clock)
    assert LINK in browser.html("/")
    browser.post("/participants/1/change/release")
    assert LINK not in browser.html("/")
    assert LINK not in browser.html(flag)

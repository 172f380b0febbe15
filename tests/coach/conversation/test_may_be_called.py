"""A coach who has spoken with somebody ends "do not call" on their page; a newer text sets it again."""

import pytest
from flask.testing import FlaskClient

from coach.alerts.calls import BODY_ALL_THE_SAME, DO_NOT_CALL, TEXT_THEM
from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from coach.web.app import create_app
from tests.coach.conversation.test_calls_unwanted import may_be_called
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.conversation.test_emergency_and_no_call import handled
from tests.coach.conversation.test_safe_to_call import mark
from tests.coach.web.coaches import sign_in
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

PAGE = "/participants/1"
BUTTON = "They may be called again"
UNSAFE = ["my husband hits me, dont call", "my wife reads my texts", "mi esposo me pega, no me llamen"]


@pytest.mark.parametrize("days", [0, 40])
@pytest.mark.parametrize("words", UNSAFE)
def test_the_button_lifts_every_earlier_wish_and_a_newer_text_sets_it_again(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str, days: int
) -> None:
    said(client, words)
    said(client, "dont call me, he listens in")
    browser = sign_in(create_app(evening), evening)
    clock.forward(days=days)
    assert BUTTON in browser.get(PAGE)
    assert "They may be called again." in browser.post(f"{PAGE}/may-be-called")
    assert may_be_called(evening, clock)
    page = browser.get(PAGE)
    assert DO_NOT_CALL.lower() not in page.lower()
    assert BUTTON not in page
    said(client, "dont call me, he hits me")
    assert not may_be_called(evening, clock)
    assert BUTTON in browser.get(PAGE)


def test_danger_told_after_it_is_called_without_a_warning(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, UNSAFE[0])
    handled(evening, clock)
    browser = sign_in(create_app(evening), evening)
    browser.post(f"{PAGE}/may-be-called")
    clock.forward(days=1)
    said(client, "my throat is closing")
    assert mark(evening, clock).words == ""
    assert BODY_ALL_THE_SAME not in browser.get("/")


def test_it_is_recorded_and_undone(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, UNSAFE[0])
    browser = sign_in(create_app(evening), evening)
    browser.post(f"{PAGE}/may-be-called")
    ended_at = clock().isoformat()
    clock.forward(seconds=30)
    browser.post(f"{PAGE}/not-to-be-called", {"at": "2020-01-01T00:00:00+00:00"})
    assert may_be_called(evening, clock), "only what was lifted then"
    assert "Undone." in browser.post(f"{PAGE}/not-to-be-called", {"at": ended_at})
    assert not may_be_called(evening, clock)
    told = [
        (one.action, one.detail["what"]) for one in rows(evening.engine, AuditEvent) if "what" in (one.detail or {})
    ]
    assert told == [("changed", "may be called"), ("changed", "do not call")]


def test_who_wanted_texts_instead_may_be_called_again(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "I want to die")
    said(client, "dont call, text me instead, i cant hear")
    assert mark(evening, clock).words == TEXT_THEM
    browser = sign_in(create_app(evening), evening)
    assert "Once they tell you that calls are welcome" in browser.get(PAGE)
    browser.post(f"{PAGE}/may-be-called")
    assert mark(evening, clock).words == ""


def test_nobody_without_such_a_wish_has_the_button(client: FlaskClient, evening: Runtime) -> None:
    said(client, "I want to die")
    browser = sign_in(create_app(evening), evening)
    assert BUTTON not in browser.get(PAGE)
    browser.post(f"{PAGE}/may-be-called")
    assert not [one for one in rows(evening.engine, AuditEvent) if (one.detail or {}).get("what") == "may be called"]

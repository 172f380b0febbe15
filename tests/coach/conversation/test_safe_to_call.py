"""A phone that somebody else may answer: the permission to call, its end, and what outweighs it, on every page."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.alerts.calls import CALL_ALL_THE_SAME, DO_NOT_CALL, Mark
from coach.alerts.shared_phones import is_not_to_be_called
from coach.database.tables import InboundReply
from coach.inbox.attention import load_reach
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.web.coaches import sign_in
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

HITS = "my husband hits me"


def mark(runtime: Runtime, clock: TestClock) -> Mark:
    number = rows(runtime.engine, InboundReply)[-1].number_hash
    with read_transaction(runtime.engine) as connection:
        found = load_reach(connection, [1], clock())[1].mark
        assert found.may_call or is_not_to_be_called(connection, number, clock())
    return found


@pytest.mark.parametrize(
    ("asks", "back"),
    [
        ("can someone call me now", "ok hes back"),
        ("hes out, you can call me now", "he just walked in"),
        ("llámenme por favor", "ya llegó"),
        ("llámame ahora", "ahí viene"),
    ],
)
def test_whoever_is_back_puts_do_not_call_back(
    client: FlaskClient, evening: Runtime, clock: TestClock, asks: str, back: str
) -> None:
    said(client, HITS)
    said(client, asks)
    assert mark(evening, clock).may_call
    said(client, "he broke my wrist")
    assert mark(evening, clock).may_call, "more of it does not mean that he is back"
    assert said(client, back) == ""
    assert mark(evening, clock).words == DO_NOT_CALL


@pytest.mark.parametrize("first", ["this is her son", "it is cold here"])
@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("its maria. he left for work, you can call me now", 30),
        ("its ok now, call whenever", 30),
        ("safe to call till 9", 60),
    ],
)
def test_a_safe_window_is_taken_and_runs_out_by_itself(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str, words: str, minutes: int
) -> None:
    for text in (HITS, first, words):
        said(client, text)
    clock.forward(minutes=minutes - 1)
    assert mark(evening, clock).may_call
    clock.forward(minutes=1)
    assert not mark(evening, clock).may_call


@pytest.mark.parametrize("words", ["if its safe to call ill tell you", "not safe to call", "is it ok to call you"])
def test_a_condition_is_no_permission(client: FlaskClient, evening: Runtime, clock: TestClock, words: str) -> None:
    said(client, HITS)
    said(client, words)
    assert not mark(evening, clock).may_call


@pytest.mark.parametrize("more", ["he hits me", "my wife reads these so be careful"])
def test_an_open_overdose_is_to_be_called_on_every_page_however_old(
    client: FlaskClient, evening: Runtime, clock: TestClock, more: str
) -> None:
    said(client, "my wife reads my texts")
    said(client, "drank the whole bottle of nyquil to end it all")
    clock.forward(days=3)
    said(client, more)
    assert mark(evening, clock) == Mark(True, CALL_ALL_THE_SAME)
    browser = sign_in(create_app(evening), evening)
    for path in ("/", "/flags/", "/participants/1", "/inbox/"):
        page = browser.get(path)
        assert DO_NOT_CALL.lower() not in page.lower(), path
        assert CALL_ALL_THE_SAME in page, path
    with write_transaction(evening.engine) as connection:
        connection.execute(update(Flag).values(acknowledged_at=clock()))
    assert mark(evening, clock) == Mark(False, DO_NOT_CALL)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            ["la niña se comió las pastillas", "mi yerno le pega a mi hija, ella está aquí escondida conmigo"],
            Mark(True, CALL_ALL_THE_SAME),
        ),
        (["my girl swallowed my pills", "my husband hits me"], Mark(True, CALL_ALL_THE_SAME)),
        (["my girl swallowed my pills", "my husband hits me, dont call"], Mark(False, DO_NOT_CALL)),
        (["my girl swallowed my pills", "my husband hits me", "dont reply"], Mark(False, DO_NOT_CALL)),
        (["my husband hits me, dont call", "my girl swallowed my pills"], Mark(True, CALL_ALL_THE_SAME)),
    ],
)
def test_a_poisoning_is_outweighed_only_by_violence_with_a_wish_not_to_be_called(
    client: FlaskClient, evening: Runtime, clock: TestClock, texts: list[str], expected: Mark
) -> None:
    for words in texts:
        said(client, words)
        clock.forward(hours=2)
    assert mark(evening, clock) == expected
    assert expected.words in rows(evening.engine, InboundReply)[-1].reading["why"]

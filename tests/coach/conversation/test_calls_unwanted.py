"""Somebody who is hurt and asks for no call or no text: coaches are told not to call, until that is taken back."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.alerts.shared_phones import is_not_to_be_called
from coach.database.tables import InboundReply
from coach.inbox.attention import load_reach
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

# Several texts of one person, the last of which leaves no doubt.
HURT = [
    ("please dont call me my wife listens in", "she pinches me hard"),
    ("he has my pills", "i get one meal a day", "dont call here"),
    ("dont ring, he picks up", "he hits me when you text"),
    ("don't call the house", "my husband says he will kill me"),
    ("no me marquen, ella contesta", "me golpea cuando me escriben"),
    ("mi hijo oye cuando hablo", "ella tiene mis medicinas"),
    ("erase what i told you before she sees it",),
    ("borren lo que les dije, él lo ve",),
]
LATER = [31, 60, 400]


def may_be_called(runtime: Runtime, clock: TestClock) -> bool:
    number = rows(runtime.engine, InboundReply)[-1].number_hash
    with read_transaction(runtime.engine) as connection:
        reach = load_reach(connection, [1], clock())[1].mark.may_call
        return reach and not is_not_to_be_called(connection, number, clock())


def why(runtime: Runtime) -> str:
    return str(rows(runtime.engine, InboundReply)[-1].reading["why"])


@pytest.mark.parametrize("texts", HURT)
def test_coaches_are_told_not_to_call_and_nothing_is_named(
    client: FlaskClient, evening: Runtime, clock: TestClock, texts: tuple[str, ...]
) -> None:
    for words in texts:
        answer = said(client, words)
        clock.forward(minutes=2)
    assert "Do not call" in why(evening)
    assert "overdose" not in why(evening)
    assert not [word for word in ("suicid", "leg", "poison") if word in answer.lower()]
    assert not may_be_called(evening, clock)


@pytest.mark.parametrize("words", ["he beats me every time you text me", "me pega cuando me escriben"])
def test_who_is_hurt_for_our_texts_gets_none_and_is_paged(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert said(client, words) == ""
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]
    assert rows(evening.engine, InboundReply)[-1].reading["violence"]


@pytest.mark.parametrize("days", LATER)
def test_a_wish_not_to_be_called_does_not_run_out(
    client: FlaskClient, evening: Runtime, clock: TestClock, days: int
) -> None:
    said(client, "dont phone me, he listens in and he hits me")
    clock.forward(days=days)
    said(client, "5")
    assert not may_be_called(evening, clock)
    said(client, "you can call me now")
    assert may_be_called(evening, clock)


@pytest.mark.parametrize("days", LATER)
def test_that_somebody_reads_along_runs_out_without_such_a_wish(
    client: FlaskClient, evening: Runtime, clock: TestClock, days: int
) -> None:
    said(client, "my sister reads these texts")
    clock.forward(days=days)
    with evening.engine.begin() as connection:
        connection.execute(update(Flag).values(acknowledged_at=clock() - timedelta(days=1)))
    said(client, "5")
    assert may_be_called(evening, clock)


@pytest.mark.parametrize(("hours", "called"), [(1, True), (72, False)])
def test_an_overdose_of_days_ago_sends_no_call_into_violence(
    client: FlaskClient, evening: Runtime, clock: TestClock, hours: int, called: bool
) -> None:
    said(client, "my husband swallowed the whole bottle of pills")
    clock.forward(hours=hours)
    said(client, "he got the machete out, we are locked in the bathroom")
    assert may_be_called(evening, clock) is called


SILENCE = "my husband reads these. please dont reply"
OF_OTHERS = [
    "my uncle dont answer",
    "grandma dont answer her phone",
    "dont answer the bell he said",
    "walter dont answer",
]
NEW_DANGER = [
    *("my grandson has a button battery stuck in his nose", "her oxygen came off and shes blue"),
    *("i cant take this no more", "se le salió el tubo y está morado"),
]


@pytest.mark.parametrize("words", OF_OTHERS)
def test_that_somebody_does_not_answer_is_no_wish_for_silence(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "my husband says he will kill me")
    said(client, words)
    assert "not to write back" not in why(evening)
    clock.forward(minutes=30)
    assert said(client, "he is not breathing")


def test_dont_answer_goes_on_about_whom_the_text_before_was_about(client: FlaskClient, evening: Runtime) -> None:
    said(client, "my husband says he will kill me")
    said(client, "grandpa just stares at the tv")
    said(client, "dont answer")
    assert "not to write back" not in why(evening)


@pytest.mark.parametrize("words", NEW_DANGER)
def test_silence_keeps_no_new_danger_out(client: FlaskClient, evening: Runtime, clock: TestClock, words: str) -> None:
    assert said(client, SILENCE) == ""
    clock.forward(hours=3)
    assert "911" in said(client, words)
    clock.forward(hours=3)
    assert said(client, "ok") == "", "only the danger breaks the silence"

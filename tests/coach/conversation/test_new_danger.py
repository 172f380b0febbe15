"""A new kind of danger in an open crisis gets its own answer, an ordinary answer none; coaches see the worst first."""

import pytest
from flask.testing import FlaskClient

from coach.alerts.shared_phones import is_not_to_be_called
from coach.database.tables import InboundReply
from coach.inbox.flags import load_words
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

OVERDOSE = "i swallowed 30 pills an hour ago"
OTHER_KINDS = {
    "wife says I been talkin gibberish since lunch": "Call 911 now, or have someone take you",
    "crushing chest pain and i cant breathe": "Call 911 now, or have someone take you",
    "house smells like gas": "Get everyone outside",
}


@pytest.mark.parametrize("words", OTHER_KINDS)
def test_a_new_emergency_after_an_overdose_gets_its_own_answer(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, OVERDOSE)
    assert OTHER_KINDS[words] in said(client, words)


def test_whoever_asks_for_the_crisis_line_gets_it_and_a_coach_is_told(client: FlaskClient, evening: Runtime) -> None:
    said(client, "STOP")
    assert "988" in said(client, "whats the 988 number")
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]


@pytest.mark.parametrize(
    "words",
    [
        "ok I'm alone now you can text me",
        "ok safe now at my daughters. you can write",
        "you can write",
        "ya estoy sola, me pueden escribir",
    ],
)
def test_whoever_asked_for_silence_says_plainly_that_we_may_write(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "please dont reply, he gets the notifications")
    clock.forward(hours=3)
    assert "Your coach will read this" in said(client, words) or "Tu coach va a leerlo" in said(client, words)


def test_the_worst_words_are_seen_first_and_not_the_last_plain_ones(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, OVERDOSE)
    clock.forward(hours=2)
    said(client, "hello? is anybody there")
    clock.forward(hours=2)
    said(client, "I want to die")
    with read_transaction(evening.engine) as connection:
        assert list(load_words(connection, [1]).values()) == [OVERDOSE]


def test_an_ordinary_answer_in_an_open_crisis_is_noted_without_the_lines(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "he has been crying in the garage and says he wants to die")
    clock.forward(hours=2)
    answer = said(client, "4 yes")
    assert "Your coach will see this" in answer
    assert "988" not in answer
    assert "988" in said(client, "I want to die")


def test_an_overdose_before_the_danger_does_not_outweigh_do_not_call(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "i took my roommates ropinirole by accident")
    clock.forward(hours=3)
    said(client, "my husband beats me and he reads my phone, please do not call")
    number = rows(evening.engine, InboundReply)[-1].number_hash
    with read_transaction(evening.engine) as connection:
        assert is_not_to_be_called(connection, number, clock())
    said(client, OVERDOSE)
    with read_transaction(evening.engine) as connection:
        assert not is_not_to_be_called(connection, number, clock())


FALSE_ALARM = "false alarm he only licked one, poison control said hes fine"
NEWER_WORDS = [
    (["my boy swallowed one of my pills", FALSE_ALARM, "he wont wake up now", "If he dies I go with him"], 2),
    (["i'm going to shoot myself tonight", "I want to die. I have the 38 here", "4 yes"], 1),
    (["i swallowed 30 pills an hour ago", "I want to die"], 0),
]


@pytest.mark.parametrize("apart", [1, 90])
@pytest.mark.parametrize(("texts", "worst"), NEWER_WORDS)
def test_of_the_gravest_words_the_newest_are_seen_first(
    client: FlaskClient, evening: Runtime, clock: TestClock, texts: list[str], worst: int, apart: int
) -> None:
    for words in texts:
        said(client, words)
        clock.forward(minutes=apart)
    with read_transaction(evening.engine) as connection:
        assert load_words(connection, [1]) == {1: texts[worst]}

"""Texts are held for a doubtful stop only if the question about it was sent; wishes about texts hold nothing."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

CHATTER = ["purple socks", "the mailman came", "radio is on", "gardening"]


def hold(runtime: Runtime) -> str | None:
    found: str | None = rows(runtime.engine, Enrolment)[0].held_for
    return found


def test_the_question_is_sent_once_a_day_whatever_was_replied_before(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    for words in CHATTER:
        said(client, words)
    assert said(client, "yellow socks") == ""  # the replies of the hour are spent
    assert "STOP or NO" in said(client, "Blocking you now.")
    assert hold(evening) == "stop_or_not"


def test_who_cannot_be_asked_is_not_held_and_a_coach_is_flagged(client: FlaskClient, evening: Runtime) -> None:
    assert "STOP or NO" in said(client, "I'm out")
    assert "go on" in said(client, "no keep them")
    for words in CHATTER:
        said(client, words)
    assert said(client, "Blocking you now.") == ""
    assert hold(evening) is None
    assert rows(evening.engine, Flag)[-1].kind == "read"
    assert not rows(evening.engine, Suppression)


@pytest.mark.parametrize("words", ["No more of this please, my wife signed me up", "Not interested anymore"])
def test_in_an_open_crisis_a_doubtful_stop_is_asked_about_and_the_second_one_obeyed(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "I want to kill myself")
    answer = said(client, words)
    assert answer.startswith("Do you want us to stop")
    assert "988" in answer
    assert "stopped" in said(client, "I said no more of this")
    assert rows(evening.engine, Suppression)


def test_where_only_a_worry_is_open_the_question_comes_first(client: FlaskClient, evening: Runtime) -> None:
    said(client, "i want out")
    assert hold(evening) != "stop_or_not"
    assert said(client, "Not interested anymore").startswith("Do you want us to stop")


@pytest.mark.parametrize(
    "words",
    [
        "los domingos no me manden porfa",
        "don't text me, call me",
        "No food ones please",
        "More yoga",
        "quiero más yoga",
    ],
)
def test_a_wish_is_passed_on_and_holds_nothing(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "Your coach will see" in said(client, words)
    assert hold(evening) is None
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert not rows(evening.engine, Suppression)
    assert not rows(evening.engine, Flag)


def test_who_gives_a_borrowed_phone_back_is_held_for_a_coach(client: FlaskClient, evening: Runtime) -> None:
    said(client, "wife wants her phone back, move these to 555-0199")
    assert hold(evening) == "someone_else"
    assert f"{rows(evening.engine, Enrolment)[0].evening_at:%H:%M}" != "17:55"


def test_a_time_put_right_is_offered(client: FlaskClient, evening: Runtime) -> None:
    assert "7:15pm" in said(client, "no mejor 19:15")
    said(client, "yes")
    assert f"{rows(evening.engine, Enrolment)[0].evening_at:%H:%M}" == "19:15"


@pytest.mark.parametrize("words", ["I'd rather hear from you at noon", "can you write me at noon instead"])
def test_whoever_wants_texts_at_noon_is_told_the_first_hour(client: FlaskClient, evening: Runtime, words: str) -> None:
    before = rows(evening.engine, Enrolment)[0].evening_at
    assert "5:00pm" in said(client, words)
    assert rows(evening.engine, Enrolment)[0].evening_at == before


def test_a_doubtful_stop_said_again_in_danger_holds_again_after_a_no(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    doubtful = "honestly idk if i want these anymore"
    assert "STOP or NO" in said(client, doubtful)
    assert "go on" in said(client, "no keep them")
    said(client, "I want to kill myself")
    clock.forward(hours=2)
    answer = said(client, doubtful)
    assert "STOP or NO" in answer
    assert "988" in answer
    assert rows(evening.engine, Enrolment)[0].held_for == "stop_or_not"
    assert rows(evening.engine, InboundReply)[-1].for_coach

"""A death told by a relative, somebody who says the phone is theirs, and the hours after grave news."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from flask.testing import FlaskClient

from coach.conversation.intentions import ForCoach, RecordAnswer, Reply
from coach.conversation.rules.respond import respond
from coach.conversation.state import OpenCheckIn, SenderState, State
from coach.database.tables import InboundReply
from coach.participants.list_rows import ListContext, load_rows
from coach.runtime import Runtime
from coach.understanding import Intent, Reading, TextSpan
from content.catalogue import Catalogue
from schedules.database.engine import read_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from schedules.timing.quiet_hours import QuietHours
from schedules.timing.slots import Timing
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.coach.conversation.test_every_state import PHONE, STATES
from tests.support import TestClock, rows, say
from tests.worlds import Worlds

__all__ = ["evening"]  # a fixture

DEATHS = [
    *("Hi this is his wife. John passed away on Sunday", "this is her daughter, mom died this morning"),
    *(
        "soy su hija, mi mamá murió ayer",
        "this is his son, he is dead",
        "my husband died, this was his phone",
        "my brother died. stop texting him",
    ),
]
TOLD_PLAINLY = [
    *("Maria didn't make it", "she went home to be with the Lord", "u keep texting a dead woman", "sí, ya descansó"),
    *("calling time of death at 4:10", "she's dead and you want to know if she did the step"),
]


@pytest.mark.parametrize("words", DEATHS)
@pytest.mark.parametrize("first", [None, "sorry wrong number", "I want to kill myself", "4 yes"])
def test_a_death_told_by_a_relative_gets_one_condolence_and_then_silence(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str | None, words: str
) -> None:
    if first:
        said(client, first)
    assert "We are so sorry. We have paused" in said(client, words)
    assert rows(evening.engine, Enrolment)[0].held_for == "someone_else"
    for later in (words, "it was very sudden", "thank you", "the flowers were from the neighbors"):
        clock.forward(minutes=20)
        assert said(client, later) == ""
    assert all(reply.for_coach for reply in rows(evening.engine, InboundReply) if reply.body == words)


@pytest.mark.parametrize("words", TOLD_PLAINLY)
def test_a_plain_death_is_no_crisis_of_the_writer_and_no_answer(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "We are so sorry. We have paused" in said(client, words)
    assert rows(evening.engine, Enrolment)[0].held_for == "someone_else"
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    assert rows(evening.engine, CheckIn)[-1].habit is None


@pytest.mark.parametrize("words", ["Please take Maria off your list, she's deceased", "She died on Sunday. STOP"])
def test_the_stop_beside_a_death_is_carried_out(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "We are so sorry" in said(client, words)
    assert len(rows(evening.engine, Suppression)) == 1
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]


def test_a_death_told_while_an_urgent_sign_is_open_stays_on_top_of_the_page(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "crushing chest pain and i cant breathe")
    assert "We are so sorry" in said(client, "Maria passed at 6 this evening")
    with read_transaction(evening.engine) as connection:
        [line] = load_rows(connection, [1], ListContext(evening.catalogue, evening.keys, clock()))
    assert line.stands.judgement.status == "urgent"
    assert "have died" in line.stands.judgement.reasons[0]
    assert "have died" in line.next_up.says


@pytest.mark.parametrize("state", [state for state in STATES if state != "stopped"])
def test_in_every_state_a_death_gets_the_condolence(
    runtime: Runtime, clock: TestClock, worlds: Worlds, state: str
) -> None:
    worlds.begin(STATES[state], runtime, clock)
    assert "so sorry" in (say(runtime, PHONE, DEATHS[0]) or "")
    assert say(runtime, PHONE, DEATHS[0]) is None


@pytest.mark.parametrize("words", ["keep sending them", "resume"])
def test_who_wants_the_texts_back_is_told_once_an_hour_that_a_coach_will_read_it(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "sorry wrong number")
    assert "Your coach will read this" in said(client, words)
    assert said(client, words) == ""
    clock.forward(hours=2)
    assert "Your coach will read this" in said(client, words)
    assert rows(evening.engine, Enrolment)[0].held_for == "someone_else"


def test_it_is_me_from_somebody_not_held_holds_nothing(client: FlaskClient, evening: Runtime) -> None:
    assert "paused" not in said(client, "soy yo")
    assert rows(evening.engine, Enrolment)[0].held_for is None


def test_after_news_of_a_death_an_unclear_text_is_met_without_a_question(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "4 yes")
    assert "sorry for your loss" in said(client, "my dad died")
    assert "Your coach will read this" in said(client, "the service is blorp frum")
    clock.forward(hours=1)
    assert said(client, "mmm blorp") == ""
    assert rows(evening.engine, InboundReply)[-1].for_coach
    clock.forward(hours=12)
    assert "coach" in said(client, "mmm blorp")


def test_an_answer_after_news_of_a_death_is_recorded(client: FlaskClient, evening: Runtime) -> None:
    said(client, "my dad died")
    said(client, "4 yes")
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (4, True)


def test_a_pause_beside_news_of_a_death_is_confirmed_without_cheer(client: FlaskClient, evening: Runtime) -> None:
    answer = said(client, "5 no. my dad died, pause for 2 weeks")
    assert "Enjoy" not in answer
    assert "sorry for your loss" in answer
    assert "no evening texts until" in answer
    assert rows(evening.engine, Enrolment)[0].paused_until_on is not None


@pytest.mark.parametrize("kind", ["grave", "grief"])
def test_news_beside_an_answer_is_recorded_without_echo_or_tally(catalogue: Catalogue, kind: str) -> None:
    today = date(2026, 3, 4)
    timing = Timing(catalogue.programmes["evening"], "America/New_York", time(20), None, QuietHours())
    person = SenderState("active", None, timing, today, OpenCheckIn(today, asks_step=True))
    state = State(person, suppressed=False, carrier_answers=False, country="us")
    news = TextSpan(6, 25, kind, "found out its cancer", "grave news")
    reading = Reading(Intent.CHECKIN, score=5, habit=False, bare=True, recognised=(news,))

    intentions = respond(state, reading)

    assert RecordAnswer(5, False) in intentions
    assert ForCoach() in intentions
    replies = [one.key for one in intentions if isinstance(one, Reply)]
    assert replies == ["grief" if kind == "grief" else "please_read_received"]


def test_in_the_hours_after_grave_news_an_unclear_text_gets_one_kind_answer(catalogue: Catalogue) -> None:
    timing = Timing(catalogue.programmes["evening"], "America/New_York", time(20), None, QuietHours())
    person = SenderState("active", None, timing, date(2026, 3, 4))
    state = State(person, suppressed=False, carrier_answers=False, country="us", news_lately=True)
    unclear = Reading(Intent.UNCLEAR)

    assert respond(state, unclear) == (ForCoach(), Reply("please_read_received"))
    told = replace(state, replied={"please_read_received": timedelta(hours=3)})
    assert respond(told, unclear) == (ForCoach(),)


@pytest.mark.parametrize(
    "words", ["she died last night. my wife", "murió anoche. mi esposa", "he passed away this morning, my husband"]
)
def test_the_loss_of_somebody_of_their_own_ends_nothing_and_a_coach_asks(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "paused" not in said(client, words)
    assert rows(evening.engine, Enrolment)[0].held_for is None
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]


@pytest.mark.parametrize("words", ["sorry phone was dead", "my phone died last night", "legs felt dead. 6 no"])
def test_a_dead_phone_is_no_death(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "so sorry" not in said(client, words)


@pytest.mark.parametrize(
    "words", ["my brother died this morning", "se murió mi hermano hoy. 6 no", "we lost my dad today"]
)
def test_the_bereaved_are_told_of_the_evening_off(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    clock.forward(hours=20)
    assert "We won't text you this evening." in said(client, words)
    assert rows(evening.engine, Enrolment)[0].paused_until_on == date(2026, 3, 5)


@pytest.mark.parametrize("words", ["my brother died this morning", "my brother died years ago"])
def test_no_evening_off_is_promised_after_the_evenings_text(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "this evening" not in said(client, words)

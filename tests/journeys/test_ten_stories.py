"""Ten end-to-end regression tests: signed webhooks in, texts out, on a movable clock."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from schedules.gateway.protocol import MemoryGateway
from tests.coach.conftest import client, signed  # noqa: F401  (fixtures)
from tests.coach.conversation.posting import PHONE, post, text
from tests.support import TestClock, enrol, person, rows, tick

_sids = iter(range(10**6))


class Told:
    """One installation as its phone and its provider see it."""

    def __init__(self, runtime: Runtime, clock: TestClock) -> None:
        self.runtime, self.clock = runtime, clock
        self.client: FlaskClient = create_app(runtime).test_client()

    def says(self, body: str, **more: str) -> str:
        """What comes back to a text of this person."""
        status, answer = post(self.client, "/sms/inbound", text(body, f"SM{next(_sids):032x}", **more))
        assert status == 200
        return answer.partition("<Message>")[2].partition("</Message>")[0]

    def texts(self) -> list[str]:
        """What was sent to them."""
        assert isinstance(self.runtime.gateway, MemoryGateway)
        return [text.body for text in self.runtime.gateway.taken if text.to == PHONE]

    def next_evening(self) -> int:
        """How many texts the next evening brings."""
        before = len(self.texts())
        self.clock.forward(days=1)
        tick(self.runtime)
        return len(self.texts()) - before

    def flags(self) -> list[str]:
        """The kinds that nobody has acknowledged."""
        return [flag.kind for flag in rows(self.runtime.engine, Flag) if flag.acknowledged_at is None]

    def enrolment(self) -> Enrolment:
        """Theirs."""
        found: Enrolment = rows(self.runtime.engine, Enrolment)[0]
        return found

    def check_in(self) -> CheckIn:
        """The last one."""
        found: CheckIn = rows(self.runtime.engine, CheckIn)[-1]
        return found


@pytest.fixture
def told(signed: Runtime, clock: TestClock) -> Told:  # noqa: F811
    """Maria's second evening, five minutes after the question."""
    enrol(signed, person(1, first_name="Maria"))
    clock.forward(hours=10)
    tick(signed)
    clock.forward(days=1)
    tick(signed)
    clock.forward(minutes=5)
    return Told(signed, clock)


def test_thirty_pills_an_hour_ago_with_a_check_in_open(told: Told) -> None:
    answer = told.says("I swallowed about 30 of my sleeping pills an hour ago")
    assert "988" in answer
    assert told.flags() == ["crisis"]
    assert told.check_in().score is None
    assert told.next_evening() == 0


def test_crisis_then_stop_then_start_then_the_next_evening(told: Told) -> None:
    told.says("I dont want to be here anymore, i want to die")
    told.says("STOP")
    assert "OK" in told.says("START")
    assert told.next_evening() == 0
    assert told.flags() == ["crisis"]


def test_an_urgent_sign_then_the_next_evening(told: Told) -> None:
    assert "911" in told.says("my calf is swollen hot and red and i am short of breath")
    assert told.flags() == ["urgent"]
    assert told.next_evening() == 0


def test_chest_pain_as_the_seventh_text_in_ten_minutes(told: Told) -> None:
    for word in ("hi", "hello", "hi", "hello??", "hey", "hi"):
        told.says(word)
    assert "911" in told.says("bad chest pain")
    assert "urgent" in told.flags()


def test_chest_pain_after_stop(told: Told) -> None:
    told.says("STOP")
    assert "911" in told.says("chest pain, cant breathe")
    assert told.flags() == ["urgent"]
    assert rows(told.runtime.engine, Suppression) != []


def test_this_is_his_wife_he_died(told: Told) -> None:
    answer = told.says("This is his wife, he died")
    assert "sorry" in answer
    assert not any(word in answer.lower() for word in ("legs", "step", "0-10", "habit"))
    assert told.flags() == ["read"]
    assert told.next_evening() == 0
    assert rows(told.runtime.engine, Suppression) == [], "nobody is opted out for it"


def test_yes_but_who_is_this_while_invited(signed: Runtime, clock: TestClock) -> None:  # noqa: F811
    enrol(signed, person(1), confirmed=False)
    told = Told(signed, clock)
    told.says("yes but who is this")
    assert told.enrolment().status == "invited"
    assert rows(signed.engine, InboundReply)[0].for_coach
    told.says("YES")
    assert told.enrolment().status == "active"


@pytest.mark.parametrize("words", ["STOP to end", "reply STOP", "STOP2END", "stop means stop"])
def test_the_instruction_for_stopping_copied(told: Told, words: str) -> None:
    assert "stopped" in told.says(words)
    assert told.enrolment().status == "stopped"
    assert told.next_evening() == 0


def test_in_hospital_until_friday_no_texts_please(told: Told) -> None:
    assert "Friday" in told.says("I'm in hospital until Friday, no texts please")
    assert (told.enrolment().status, told.enrolment().paused_until_on) == ("active", date(2026, 3, 6))
    assert [told.next_evening() for _ in range(3)] == [0, 0, 1]


def test_thats_late_half_past_eight_then_yes(told: Told) -> None:
    answer = told.says("That's late, 8:30?")
    assert "8:30pm" in answer
    assert "8:30pm" in told.says("yes")
    assert f"{told.enrolment().evening_at:%H:%M}" == "20:30"
    assert told.check_in().habit is None, "the yes was to the hour"

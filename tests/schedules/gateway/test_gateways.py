"""One contract for every gateway: in memory, and Twilio's real SDK over the stand-in; the simulator where it can."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from schedules.gateway import http_client
from schedules.gateway.protocol import (
    Accepted,
    Gateway,
    GatewayDownError,
    MemoryGateway,
    NotProcessed,
    OutgoingText,
    Refused,
    SimulatedGateway,
    Unknown,
)
from tests.schedules.canned import canned, http
from tests.schedules.sending import twilio
from tests.support import TestClock
from tests.twilio_standin import StandIn

NOW = datetime(2026, 3, 3, 1, tzinfo=UTC)
ANA, BOB = "+14155550001", "+14155550002"


@dataclass
class Provider:
    """A gateway, its clock, and how to make the next request go wrong."""

    gateway: Gateway
    clock: TestClock
    standin: StandIn | None = None

    def refuse_next(self, code: int) -> None:
        if self.standin:
            self.standin.refuse("*", code, times=1)
        else:
            self._answer(Refused(code, f"code {code}"))

    def slow_down_next(self, seconds: float) -> None:
        if self.standin:
            self.standin.faults.next("429", retry_after=seconds)
        else:
            self._answer(NotProcessed("HTTP 429", seconds, slow_down=True))

    def take_next_without_a_word(self) -> None:
        if self.standin:
            self.standin.faults.next("drop_after")
        else:
            self._answer(Unknown("TruncatedAnswerError"))

    def _answer(self, outcome: Refused | NotProcessed | Unknown) -> None:
        assert isinstance(self.gateway, MemoryGateway)
        self.gateway.answers.append(outcome)


@pytest.fixture(params=["memory", "twilio"])
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    clock = TestClock(NOW)
    if request.param == "memory":
        yield Provider(MemoryGateway(clock), clock)
        return
    with StandIn(now=clock) as standin:
        gateway = twilio(standin)
        yield Provider(gateway, clock, standin)
        gateway.close()
        assert standin.violations == []


def text(to: str = ANA, body: str = "Good evening", token: str = "ab" * 16) -> OutgoingText:
    return OutgoingText(to, body, token, 3600)


@pytest.mark.parametrize("body", ["Good evening", "¿Qué tal? 4 sí", "a\nb + c & d = 100 %", "👍 {curly} €", "é" * 300])
def test_what_is_accepted_is_listed_with_its_own_words(provider: Provider, body: str) -> None:
    outcome = provider.gateway.send(text(body=body))
    assert isinstance(outcome, Accepted)
    [listed] = provider.gateway.messages_to(ANA, NOW - timedelta(minutes=2))
    assert (listed.sid, listed.to, listed.body, listed.error_code) == (outcome.sid, ANA, body, None)
    assert abs(listed.created_at - NOW) < timedelta(seconds=1)
    assert listed.created_at.tzinfo is UTC


def test_only_the_numbers_own_and_only_recent_messages_are_listed(provider: Provider) -> None:
    provider.gateway.send(text(body="long ago"))
    provider.clock.forward(hours=2)
    provider.gateway.send(text(BOB))
    provider.gateway.send(text(body="just now"))
    assert [one.body for one in provider.gateway.messages_to(ANA, provider.clock() - timedelta(hours=1))] == [
        "just now"
    ]


def test_more_messages_than_a_page_holds_are_all_listed(provider: Provider) -> None:
    for number in range(60):
        provider.gateway.send(text(body=f"number {number}"))
    found = {one.body for one in provider.gateway.messages_to(ANA, NOW - timedelta(minutes=1))}
    assert found == {f"number {number}" for number in range(60)}


def test_a_refusal_has_its_code_and_nothing_was_taken(provider: Provider) -> None:
    provider.refuse_next(21211)
    assert provider.gateway.send(text()) == Refused(21211, "code 21211")
    assert list(provider.gateway.messages_to(ANA, NOW - timedelta(hours=1))) == []


def test_slow_down_was_not_processed_and_says_when_to_come_again(provider: Provider) -> None:
    provider.slow_down_next(7)
    assert provider.gateway.send(text()) == NotProcessed("HTTP 429", 7.0, slow_down=True)
    assert list(provider.gateway.messages_to(ANA, NOW - timedelta(hours=1))) == []
    assert isinstance(provider.gateway.send(text()), Accepted)


def test_no_answer_is_unknown_and_the_text_may_be_there(provider: Provider) -> None:
    provider.take_next_without_a_word()
    assert isinstance(provider.gateway.send(text()), Unknown)
    [listed] = provider.gateway.messages_to(ANA, NOW - timedelta(minutes=2))
    assert listed.body == "Good evening"


def test_many_threads_send_at_once_and_each_text_has_its_own_id(provider: Provider) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: provider.gateway.send(text(body=f"number {n}")), range(40)))
    assert len({one.sid for one in outcomes if isinstance(one, Accepted)}) == 40


def test_a_closed_gateway_opens_again(provider: Provider) -> None:
    provider.gateway.send(text())
    provider.gateway.close()
    assert isinstance(provider.gateway.send(text()), Accepted)


def test_the_simulator_delivers_at_once_and_is_never_in_doubt() -> None:
    simulator = SimulatedGateway()
    assert simulator.send(text(token="cd" * 16)) == Accepted("SM" + "cd" * 16, "delivered")
    assert list(simulator.messages_to(ANA, NOW)) == []
    simulator.close()


def test_an_answer_that_takes_too_long_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "ANSWER_SECONDS", 0.1)
    with StandIn() as standin:
        gateway = twilio(standin)
        standin.faults.next("delay", seconds=0.5)
        assert gateway.send(text()) == Unknown("TimeoutError")
        assert len(standin.accepted) == 1, "and is not repeated by the client"
        gateway.close()


def test_a_connection_the_far_side_has_closed_is_not_used_again() -> None:
    with StandIn() as standin:
        gateway = twilio(standin)
        assert isinstance(gateway.send(text()), Accepted)
        with standin.refusing_connections():
            refused = gateway.send(text())
        assert refused == NotProcessed("ConnectionRefusedError")
        assert isinstance(gateway.send(text()), Accepted)
        gateway.close()


def test_nobody_at_the_address_was_not_processed() -> None:
    with StandIn() as standin:
        gateway = twilio(standin, api_url="http://nowhere.invalid")
        assert isinstance(gateway.send(text()), NotProcessed)
        with pytest.raises(GatewayDownError):
            list(gateway.messages_to(ANA, NOW))


@pytest.mark.parametrize("fault", ["500", "429", "drop_before", "auth"])
def test_a_list_that_fails_is_a_gateway_down(fault: str) -> None:
    with StandIn() as standin:
        gateway = twilio(standin)
        standin.faults.next(fault, on="list")
        with pytest.raises(GatewayDownError) as down:
            list(gateway.messages_to(ANA, NOW))
        assert "555" not in str(down.value), "no number in what is logged"
        gateway.close()


def test_answers_to_an_incoming_text_are_not_taken_for_our_own_texts() -> None:
    answer = "<Response><Message>Good evening</Message></Response>"
    with StandIn() as standin, canned(http("200 OK", answer).replace(b"application/json", b"text/xml")) as app:
        standin.text(ANA, "HELLO", url=app.url + "/sms/inbound")
        assert [one.body for one in standin.replies] == ["Good evening"]
        gateway = twilio(standin)
        assert list(gateway.messages_to(ANA, datetime.now(UTC) - timedelta(hours=1))) == []
        gateway.close()

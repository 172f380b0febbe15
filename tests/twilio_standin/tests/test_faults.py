"""Faults on demand, against the real SDK and against bare connections."""

import http.client
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import requests

from tests.twilio_standin import ACCOUNT_SID, MESSAGING_SERVICE_SID, StandIn

from .sdk import Client, TwilioRestException

PERSON = "+15551230001"


def create(client: Client) -> str | int:
    """`sent`, the code of a refusal, or `lost` for a connection that gave no answer."""
    try:
        client.messages.create(to=PERSON, body="x", messaging_service_sid=MESSAGING_SERVICE_SID)
    except TwilioRestException as error:
        return int(error.code)
    except requests.RequestException:
        return "lost"
    return "sent"


@pytest.mark.parametrize(
    ("kind", "outcome", "accepted"),
    [
        ("429", 20429, 0),
        ("500", 20500, 0),
        ("503", 20503, 0),
        ("auth", 20003, 0),
        ("drop_before", "lost", 0),
        ("drop_after", "lost", 1),
        ("error500_after", 20500, 1),
        ("error503_after", 20503, 1),
    ],
)
def test_each_fault_has_its_outcome_and_its_truth(
    standin: StandIn, client: Client, kind: str, outcome: str | int, accepted: int
) -> None:
    standin.faults.next(kind, count=2)
    assert [create(client) for _ in range(3)] == [outcome, outcome, "sent"]
    assert len(standin.accepted) == 2 * accepted + 1


def test_a_429_says_when_to_come_again(standin: StandIn) -> None:
    standin.faults.next("429", retry_after=7, on="any")
    answer = requests.get(f"{standin.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", timeout=60)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_delay_is_accepted_at_once_and_answered_late(standin: StandIn, client: Client) -> None:
    standin.faults.next("delay", seconds=0.2)
    begun = time.monotonic()
    assert create(client) == "sent"
    assert time.monotonic() - begun >= 0.2


def test_latency_is_the_same_for_all(client: Client) -> None:
    with StandIn(latency=0.1) as standin:
        client.http_client.url = standin.url
        begun = time.monotonic()
        assert [create(client), create(client)] == ["sent", "sent"]
        assert time.monotonic() - begun >= 0.2


def test_a_late_drop_surfaces_after_the_caller_was_told_nothing(standin: StandIn, client: Client) -> None:
    standin.faults.next("drop_late", seconds=0.2)
    assert create(client) == "lost"
    assert standin.accepted == []
    wait_until(lambda: len(standin.accepted) == 1)


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(3000):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("It did not happen within a minute.")


def test_callbacks_of_a_dropped_create_still_come(standin: StandIn, client: Client) -> None:
    standin.plan_callbacks("immediate")
    standin.faults.next("drop_after")
    assert create(client) == "lost"
    wait_until(lambda: [one.status for one in standin.accepted] == ["delivered"])


def test_down_closes_everything_until_up_again(standin: StandIn, client: Client) -> None:
    standin.faults.down = True
    assert create(client) == "lost"
    standin.faults.down = False
    assert create(client) == "sent"
    assert len(standin.accepted) == 1


def test_connections_can_be_truly_refused(standin: StandIn, client: Client) -> None:
    assert create(client) == "sent"
    with standin.refusing_connections():
        with pytest.raises(ConnectionRefusedError):
            connect(standin).connect()
        assert create(client) == "lost"
    assert create(client) == "sent"


def connect(standin: StandIn) -> http.client.HTTPConnection:
    parts = urlsplit(standin.url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)


def test_a_rate_of_faults_is_repeated_by_its_seed(client: Client) -> None:
    runs = []
    for seed in (1, 1, 2):
        with StandIn() as standin:
            client.http_client.url = standin.url
            standin.faults.rate(seed=seed, error429=0.3, error500=0.2)
            runs.append([create(client) for _ in range(60)])
            assert len(standin.accepted) == runs[-1].count("sent")
            assert sum(standin.faults.happened.values()) == 60 - runs[-1].count("sent")
    assert runs[0] == runs[1] != runs[2]
    assert {*runs[0]} == {"sent", 20429, 20500}
    assert 15 <= runs[0].count("sent") <= 45


def test_faults_meet_only_the_operation_that_they_are_for(standin: StandIn, client: Client) -> None:
    standin.faults.next("500", on="fetch")
    assert create(client) == "sent"
    with pytest.raises(TwilioRestException):
        client.messages(standin.accepted[0].sid).fetch()


def test_cleared_faults_are_gone(standin: StandIn, client: Client) -> None:
    standin.faults.next("500", count=5)
    standin.faults.rate(drop_before=1)
    standin.faults.clear()
    assert create(client) == "sent"


@pytest.mark.parametrize("chances", [{"error500": 0.6, "error429": 0.6}, {"error500": -0.1}, {"error501": 0.1}])
def test_impossible_rates_are_refused(standin: StandIn, chances: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"chances|no fault"):
        standin.faults.rate(**chances)  # type: ignore[arg-type]


def test_an_unknown_operation_is_refused(standin: StandIn) -> None:
    with pytest.raises(ValueError, match="no operation"):
        standin.faults.next("500", on="creates")


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /" + b"x" * 70_000,
    ],
)
def test_what_is_no_http_is_answered_400_and_closed(standin: StandIn, raw: bytes) -> None:
    connection = connect(standin)
    connection.connect()
    connection.sock.sendall(raw)
    answer = b""
    while block := connection.sock.recv(65_536):
        answer += block
    connection.close()
    assert answer.startswith(b"HTTP/1.1 400")


def test_a_request_may_come_in_pieces_and_two_at_once(standin: StandIn) -> None:
    request = f"GET /2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    connection = connect(standin)
    connection.connect()
    for piece in (request[:20], request[20:] + request):
        connection.sock.sendall(piece)
        time.sleep(0.05)
    connection.sock.settimeout(60)
    answers = b""
    while answers.count(b"HTTP/1.1 401 Unauthorized") < 2:
        answers += connection.sock.recv(65_536)
    connection.close()

"""Answers as servers and proxies really give them: in pieces, without an end, too late, more than was asked for."""

import socket

import pytest

from schedules.gateway.http_client import InDoubtError, NotSentError, PooledHttpClient
from tests.schedules.canned import canned, http

OK = http("200 OK", '{"a": 1}')


def pieces_of(answer: bytes) -> list[bytes]:
    return [answer[index : index + 1] for index in range(len(answer))]


CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n4\r\n: 1}\r\n0\r\n\r\n'
SWITCHED = b"HTTP/1.1 101 Switching\r\nUpgrade: h2\r\nConnection: Upgrade\r\n\r\n"
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
ENDLESS = b'HTTP/1.1 200 OK\r\n\r\n{"a": 1}'  # nobody knows whether that is all of it
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"


@pytest.mark.parametrize("pieces", [[OK], pieces_of(OK), [CHUNKED], pieces_of(CHUNKED), [GO_ON + OK], [GO_ON, OK]])
def test_an_answer_is_whole_however_it_comes_and_the_connection_stays(pieces: list[bytes]) -> None:
    with canned(*pieces, stays=True) as server:
        client = PooledHttpClient(server.url + "/base/")
        for _ in range(3):
            answer = client.request(
                "POST", "https://api.test/x?y=1", {"p": "ü"}, {"To": "+1"}, {"X-Own": "1"}, ("u", "p")
            )
            assert (answer.status_code, answer.text) == (200, '{"a": 1}')
        client.close()
    assert server.connections == 1
    head, _, body = server.asked[0].partition("\r\n\r\n")
    assert head.splitlines()[0] == "POST /base/x?y=1&p=%C3%BC HTTP/1.1"
    named = f"Host: {server.url.split('/')[2]}"
    assert {named, "Accept-Encoding: identity", "X-Own: 1", "Authorization: Basic dTpw", "Content-Length: 7"} <= set(
        head.splitlines()
    )
    assert body == "To=%2B1"


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 8\r\n\r\n{"a": 1}',
        b'HTTP/1.0 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}',
    ],
)
def test_a_connection_whose_next_answer_is_not_certain_is_not_used_again(answer: bytes) -> None:
    with canned(answer, stays=True) as server:
        client = PooledHttpClient(server.url)
        for _ in range(2):
            assert client.request("GET", "/x").text == '{"a": 1}'
        client.close()
    assert server.connections == len(server.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [OK[:-1], CHUNKED[:-5], HINT + OK, ENDLESS, b"HTTP/1.1 200 OK\r\nContent-Le", b"", b"SSH-2.0-x\r\n\r\n", SWITCHED],
)
def test_an_answer_cut_short_is_a_doubt_and_nothing_is_asked_twice(answer: bytes) -> None:
    with canned(answer) as server:
        client = PooledHttpClient(server.url)
        with pytest.raises(InDoubtError):
            client.request("POST", "/x", data={"a": "b"})
        client.close()
    assert len(server.asked) == 1


def test_drop_by_drop_is_too_late_as_well() -> None:
    with canned(*pieces_of(OK), pause=0.05, stays=True) as server:
        client = PooledHttpClient(server.url)
        with pytest.raises(InDoubtError, match="TimeoutError"):
            client.request("POST", "/x", timeout=0.3)
        client.close()
    assert len(server.asked) == 1


def test_an_answer_without_an_end_is_given_up() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with canned(head, *[b"100000\r\n" + b"x" * 0x100000 + b"\r\n"] * 40, stays=True) as server:
        client = PooledHttpClient(server.url)
        with pytest.raises(InDoubtError, match="TruncatedAnswerError"):
            client.request("GET", "/x")
        client.close()


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/a b", {}), ("/x", {"X": "1\r\nY: 2"}), ("/x", {"X\n": "1"}), ("/x", {"X": "€"})],
)
def test_nothing_is_sent_that_is_no_request(path: str, headers: dict[str, str]) -> None:
    with canned(OK, stays=True) as server:
        client = PooledHttpClient(server.url)
        with pytest.raises(ValueError, match=r"no request can have|codec can't encode"):
            client.request("GET", path, headers=headers)
        client.close()
    assert server.asked == []


def test_who_asks_to_slow_down_says_for_how_long_and_stays_connected() -> None:
    with canned(http("429 Slow", "", "Retry-After: 9"), stays=True) as server:
        client = PooledHttpClient(server.url)
        for _ in range(2):
            with pytest.raises(NotSentError, match="HTTP 429") as refused:
                client.request("POST", "/x")
            assert (refused.value.retry_after, refused.value.slow_down) == (9.0, True)
        client.close()
    assert server.connections == 1


def test_a_host_is_tried_at_each_of_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    with canned(OK, stays=True) as server:
        port = int(server.url.split(":")[2])
        there = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        nobody = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))
        addresses = [nobody, there]  # no name has two of them on every machine
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        client = PooledHttpClient("http://provider.test")
        assert client.request("GET", "/x").status_code == 200
        client.close()
        addresses = [nobody]
        with pytest.raises(NotSentError, match="ConnectionRefusedError"):
            client.request("GET", "/x")


def test_a_long_request_and_a_long_answer_are_whole() -> None:
    long = "é" * 2_000_000
    with canned(http("200 OK", long, "Connection: close")) as server:
        assert PooledHttpClient(server.url).request("POST", "/x", data={"a": long}).text == long
    assert server.asked[0].endswith("a=" + "%C3%A9" * 2_000_000)

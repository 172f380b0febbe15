"""Answers as servers and proxies really give them: in pieces, without an end, too late, more than was asked for."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep

import pytest

from schedules.http_client import InDoubtError, NotSentError, PooledHttpClient
from tests.schedules.canned import http

OK = http("200 OK", '{"a": 1}')


@dataclass
class Server:
    """Plays the same pieces at every request, a pause before each, and counts the connections and requests."""

    url: str
    connections: int = 0
    asked: list[bytes] = field(default_factory=list)

    def serve(self, connection: socket.socket, pieces: Sequence[bytes], pause: float, then_closes: bool) -> None:
        with connection, suppress(OSError):
            while request := connection.recv(65_536):
                self.asked.append(request)
                for piece in pieces:
                    sleep(pause)
                    connection.sendall(piece)
                if then_closes:
                    return


@contextmanager
def playing(pieces: Sequence[bytes], *, pause: float = 0.0, then_closes: bool = False) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}/base/")

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                server.connections += 1
                threading.Thread(
                    target=server.serve, args=(connection, pieces, pause, then_closes), daemon=True
                ).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def pieces_of(answer: bytes) -> list[bytes]:
    return [answer[index : index + 1] for index in range(len(answer))]


CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n4\r\n: 1}\r\n0\r\n\r\n'
SWITCHED = b"HTTP/1.1 101 Switching\r\nUpgrade: h2\r\nConnection: Upgrade\r\n\r\n"
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"


@pytest.mark.parametrize("pieces", [[OK], pieces_of(OK), [CHUNKED], pieces_of(CHUNKED), [GO_ON + OK], [GO_ON, OK]])
def test_an_answer_is_whole_however_it_comes_and_the_connection_stays(pieces: list[bytes]) -> None:
    with playing(pieces) as server:
        client = PooledHttpClient(server.url)
        for _ in range(3):
            answer = client.request(
                "POST", "https://api.test/x?y=1", {"p": "ü"}, {"To": "+1"}, {"X-Own": "1"}, ("u", "p")
            )
            assert (answer.status_code, answer.text) == (200, '{"a": 1}')
        client.close()
    assert server.connections == 1
    head, _, body = server.asked[0].decode().partition("\r\n\r\n")
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
        b'HTTP/1.1 200 OK\r\n\r\n{"a": 1}',
        OK + OK,
    ],
)
def test_a_connection_whose_next_answer_is_not_certain_is_not_used_again(answer: bytes) -> None:
    with playing([answer], then_closes=b"Content-Length" not in answer) as server:
        client = PooledHttpClient(server.url)
        for _ in range(2):
            assert client.request("GET", "/x").text == '{"a": 1}'
        client.close()
    assert server.connections == len(server.asked) == 2


@pytest.mark.parametrize(
    "answer", [OK[:-1], CHUNKED[:-4], b"HTTP/1.1 200 OK\r\nContent-Le", b"", b"SSH-2.0-x\r\n\r\n", SWITCHED]
)
def test_an_answer_cut_short_is_a_doubt_and_nothing_is_asked_twice(answer: bytes) -> None:
    with playing([answer], then_closes=True) as server:
        client = PooledHttpClient(server.url)
        with pytest.raises(InDoubtError):
            client.request("POST", "/x", data={"a": "b"})
        client.close()
    assert len(server.asked) == 1


def test_drop_by_drop_is_too_late_as_well() -> None:
    with playing(pieces_of(OK), pause=0.05) as server:
        client, began = PooledHttpClient(server.url), monotonic()
        with pytest.raises(InDoubtError, match="TimeoutError"):
            client.request("POST", "/x", timeout=0.3)
        assert 0.3 <= monotonic() - began < 1.5
        client.close()
    assert len(server.asked) == 1


def test_an_answer_without_an_end_is_given_up() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with playing([head, *[b"100000\r\n" + b"x" * 0x100000 + b"\r\n"] * 40]) as server:
        client = PooledHttpClient(server.url)
        with pytest.raises(InDoubtError, match="CutShortError"):
            client.request("GET", "/x")
        client.close()


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/a b", {}), ("/x", {"X": "1\r\nY: 2"}), ("/x", {"X\n": "1"}), ("/x", {"X": "€"})],
)
def test_nothing_is_sent_that_is_no_request(path: str, headers: dict[str, str]) -> None:
    with playing([OK]) as server:
        client = PooledHttpClient(server.url)
        with pytest.raises(ValueError, match=r"no request can have|codec can't encode"):
            client.request("GET", path, headers=headers)
        client.close()
    assert server.asked == []


def test_who_asks_to_slow_down_says_for_how_long_and_stays_connected() -> None:
    with playing([http("429 Slow", "", "Retry-After: 9")]) as server:
        client = PooledHttpClient(server.url)
        for _ in range(2):
            with pytest.raises(NotSentError, match="HTTP 429") as refused:
                client.request("POST", "/x")
            assert (refused.value.retry_after, refused.value.slow_down) == (9.0, True)
        client.close()
    assert server.connections == 1

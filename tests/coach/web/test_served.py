"""The tests' own server: a browser that breaks off leaves nothing open behind it."""

import socket
import struct
from urllib.parse import urlsplit

import pytest

from coach.runtime import Runtime
from tests.served import served

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def test_a_file_is_closed_when_the_browser_breaks_off(
    sqlite_runtime: Runtime, recwarn: pytest.WarningsRecorder
) -> None:
    """One left open would fail whatever test is running when it is collected."""
    with served(sqlite_runtime) as url:
        address = urlsplit(url)
        for _ in range(20):
            with socket.create_connection((address.hostname, address.port)) as browser:
                browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                browser.sendall(f"GET /static/mark.svg HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
                browser.recv(1)
    assert [str(told.message) for told in recwarn] == []

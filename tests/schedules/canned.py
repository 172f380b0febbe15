"""A server that answers every request with the same bytes and remembers what it was asked."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Canned:
    url: str
    asked: list[str] = field(default_factory=list)


def http(status: str, body: str = "", *headers: str, length: int | None = None) -> bytes:
    """One HTTP answer; `length` is what it claims its body to have."""
    size = len(body.encode()) if length is None else length
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {size}", *headers]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


@contextmanager
def canned(answer: bytes, certificate: Path | None = None) -> Iterator[Canned]:
    """Over TLS with a certificate, whose file holds its key too."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Canned(f"http{'s' if certificate else ''}://127.0.0.1:{listener.getsockname()[1]}")
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        listener = tls.wrap_socket(listener, server_side=True)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except ssl.SSLError:
                continue  # nobody vouches for the certificate
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                server.asked.append(_request_on(connection))
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _request_on(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().lower().splitlines()
    wanted = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), 0)
    while len(body) < wanted:
        body += connection.recv(65_536)
    return (head + b"\r\n\r\n" + body).decode()

"""A server that answers every request with the same bytes and remembers what it was asked."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep


@dataclass
class Canned:
    """The same pieces at every request, a pause before each, on a connection that `stays` or ends after one answer."""

    url: str
    pieces: Sequence[bytes]
    pause: float
    stays: bool
    connections: int = 0
    asked: list[str] = field(default_factory=list)

    def serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client has left
            connection.settimeout(60)
            while request := _request_on(connection):
                self.asked.append(request)
                for piece in self.pieces:
                    sleep(self.pause)
                    connection.sendall(piece)
                if not self.stays:
                    return


def http(status: str, body: str = "", *headers: str, length: int | None = None) -> bytes:
    """One HTTP answer; `length` is what it claims its body to have."""
    size = len(body.encode()) if length is None else length
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {size}", *headers]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


@contextmanager
def canned(
    *pieces: bytes, certificate: Path | None = None, pause: float = 0.0, stays: bool = False
) -> Iterator[Canned]:
    """A server of an answer in these pieces; over TLS with a certificate, whose file holds its key too."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http{'s' if certificate else ''}://127.0.0.1:{listener.getsockname()[1]}"
    server = Canned(url, pieces, pause, stays)
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        listener = tls.wrap_socket(listener, server_side=True)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except ssl.SSLError:
                continue  # nobody vouches for the certificate
            except OSError:
                return
            server.connections += 1
            threading.Thread(target=server.serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _request_on(connection: socket.socket) -> str:
    """The next whole request; empty when the client has closed."""
    received, wanted = b"", 0
    while b"\r\n\r\n" not in received or len(received.partition(b"\r\n\r\n")[2]) < wanted:
        piece = connection.recv(65_536)
        if not piece:
            return ""
        received += piece
        lines = received.partition(b"\r\n\r\n")[0].decode().lower().splitlines()
        wanted = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), 0)
    return received.decode()

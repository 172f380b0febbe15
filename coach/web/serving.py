"""The web processes' gunicorn worker: many threads read requests and write answers, one at a time makes them.

gunicorn's own workers wait without end for a client that sends a byte a second: the plain one answers nobody else
meanwhile, the threaded one has a thread less. Here a request must have arrived within `ARRIVES_WITHIN` seconds of its
beginning; after that nothing more of it is waited for, and one that is complete is answered, however long it queued.
Making answers stays with one thread a process: on SQLite many threads wait for each other, and the slowest for seconds.

gunicorn imports this before it makes its processes: whatever is imported here must bear being copied into them.
"""

import socket
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from coach.web import LARGEST_REQUEST

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ARRIVES_WITHIN = 15.0  # what Twilio waits for an answer; a megabyte, the largest we take, at half a megabit a second
AT_HAND = 3  # enough that the thread that makes answers is never idle
JUST_NOW = 0.05  # seconds in which who is not slow has sent a request
ENDS_WITHIN = 30.0  # what platforms wait for an answer: also for who reads a byte a second


class Worker(ThreadWorker):  # type: ignore[misc]  # the library is not typed
    """Threads with limits. What is here runs on the one thread that accepts and waits, so nothing is locked."""

    wsgi: "OneAtATime"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begun: dict[TConn, float] = {}

    def load_wsgi(self) -> None:
        """The application, its requests one at a time."""
        super().load_wsgi()
        self.wsgi = OneAtATime(self.wsgi)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what happens next; while enough is at hand no new connection is let in, and soon asked again."""
        self.set_accept_enabled(self.alive and self.nr_conns < self.worker_connections)
        super().wait_for_and_dispatch_events(timeout if self._accepting else min(timeout, JUST_NOW))

    def set_accept_enabled(self, enabled: bool) -> None:
        """What is not let in waits where every process sees it: else one could have many waiting and another none."""
        super().set_accept_enabled(enabled and self._at_hand() < AT_HAND)

    def _at_hand(self) -> int:
        """Requests that are whole, or may be at once; who is slow in sending theirs keeps nobody out."""
        since = time.monotonic() - JUST_NOW
        return max(len(self.wsgi.whole), sum(begun > since for begun in self.begun.values()))

    def enqueue_req(self, conn: TConn) -> None:
        """A request begins: on a new connection, or on one that is used again."""
        self.begun[conn] = time.monotonic()
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, future: Any) -> None:
        """A request ends, however it does."""
        self.begun.pop(conn, None)
        if future.exception() or future.result():
            super().finish_request(conn, future)
        else:  # gunicorn would wait here for up to 2 s until the client closes its side, and let nobody in meanwhile
            self.nr_conns -= 1
            self.tpool.submit(conn.close, graceful=True)

    def murder_pending(self) -> None:
        """Called about once a second: end who waits to send, and who is too slow."""
        super().murder_pending()
        now = time.monotonic()
        for conn, begun in self.begun.items():
            with suppress(OSError):  # the client has gone
                if now - begun > ENDS_WITHIN:
                    conn.sock.shutdown(socket.SHUT_RDWR)
                elif now - begun > ARRIVES_WITHIN:
                    conn.sock.shutdown(socket.SHUT_RD)


class OneAtATime:
    """An application that is never kept waiting by a client: a request is whole before it, and an answer after it."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app
        self.whole: set[int] = set()  # the threads that have a whole request; each adds and takes away its own
        self.one = ThreadPoolExecutor(1, "answering")  # in the order of their arrival, which a lock would not keep

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if int(environ.get("CONTENT_LENGTH") or 0) <= LARGEST_REQUEST:  # a larger one is refused unread
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(LARGEST_REQUEST + 1))
        self.whole.add(threading.get_ident())
        try:
            return self.one.submit(self._answer, environ, start_response).result()
        finally:
            self.whole.discard(threading.get_ident())

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        answer = self.app(environ, start_response)
        try:
            return list(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()

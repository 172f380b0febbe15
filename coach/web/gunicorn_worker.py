"""The web processes' gunicorn worker: many threads read requests and write answers; texts never wait for pages.

gunicorn's own workers wait without end for a client that sends a byte a second: the plain one answers nobody else
meanwhile, the threaded one has a thread less. Here a request must have arrived within `ARRIVES_WITHIN` seconds of its
beginning; after that nothing more of it is waited for, and one that is complete is answered, however long it queued.

Answers are made in four queues a process. What Twilio calls has one thread of its own: on SQLite many would wait for
each other, and the slowest for seconds. Pages have another, forms a third, where a roster is read, and passwords a
fourth, where a hash takes a quarter of a second: so many of them as may come at once, the texts' thread only shares the
processor. Whoever has waited `SIGN_IN_PATIENCE` seconds to sign in is asked to come again.

gunicorn imports this before it makes its processes: whatever is imported here must bear being copied into them.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from coach.web import LARGEST_REQUEST

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ARRIVES_WITHIN = 15.0  # what Twilio waits for an answer; a megabyte, the largest we take, at half a megabit a second
AT_HAND = 3  # enough that the thread that answers texts is never idle
PAGES_AT_ONCE, FORMS_AT_ONCE = 2, 1
SIGN_IN_PATIENCE = 10.0
PEEKED = 400  # bytes in which a method and a path of ours fit
JUST_NOW = 0.05  # seconds in which who is not slow has sent a request
BEFORE_PAGES = ("/sms/", "/healthz", "/readyz")  # what Twilio and the platform ask, who take silence for an outage
SIGN_INS = ("/sign-in", "/sign-in/again", "/account/password")  # the forms with a password, and links to a new one:
RESETS = "/forgotten-password/"
BUSY = b"Very many people are asking at once. Please try again in a few seconds.\n"
BUSY_PROBLEM = (
    b'{"type":"about:blank","title":"Too Many Requests","status":429,'
    b'"detail":"Very many are asking at once: try again in a few seconds.","errors":[]}'
)
NO_LENGTH = b"The Content-Length of this request is not a number: send how many bytes its body has.\n"
NO_LENGTH_PROBLEM = (
    b'{"type":"about:blank","title":"Bad Request","status":400,'
    b'"detail":"Content-Length is not a number: send how many bytes the body has.","errors":[]}'
)
AGAIN_SOON = [("Retry-After", "5")]
ENDS_WITHIN = 30.0  # what platforms wait for an answer: also for who reads a byte a second


class Worker(ThreadWorker):  # type: ignore[misc]  # the library is not typed
    """Threads with limits. What is here runs on the one thread that accepts and waits, so nothing is locked."""

    wsgi: "InTurn"

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.begun: dict[TConn, float] = {}
        self.for_pages: set[TConn] = set()

    def load_wsgi(self) -> None:
        """The application, its requests in their queues."""
        super().load_wsgi()
        self.wsgi = InTurn(self.wsgi, max(1, self.cfg.threads * 3 // 4), self._look_again)

    def _look_again(self) -> None:
        """A request turned out to be for a page: whoever was not let in for its sake may be, at once."""
        self.method_queue.defer(int)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what happens next; while enough is at hand no new connection is let in, and soon asked again."""
        self.set_accept_enabled(self.alive and self.nr_conns < self.worker_connections)
        super().wait_for_and_dispatch_events(timeout if self._accepting else min(timeout, JUST_NOW))

    def set_accept_enabled(self, enabled: bool) -> None:
        """What is not let in waits where every process sees it: else one could have many waiting and another none."""
        super().set_accept_enabled(enabled and self._at_hand() < AT_HAND)

    def _at_hand(self) -> int:
        """Texts that are whole, or may be at once. Who is slow in sending theirs keeps nobody out, nor do pages."""
        since, known = time.monotonic() - JUST_NOW, self.wsgi.pages
        begun = (conn for conn, begun in self.begun.items() if begun > since)
        return max(len(self.wsgi.texts), sum(conn not in self.for_pages and conn.sock not in known for conn in begun))

    def enqueue_req(self, conn: TConn) -> None:
        """A request begins: on a new connection, or on one that is used again."""
        self.begun[conn] = time.monotonic()
        if asks_page(conn.sock):
            self.for_pages.add(conn)
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, future: Any) -> None:
        """A request ends, however it does."""
        self.begun.pop(conn, None)
        self.for_pages.discard(conn)
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


def asks_page(client: socket.socket) -> bool:
    """Whether what has come of a request is surely not for what Twilio calls; nothing of it is taken."""
    try:
        line = client.recv(PEEKED, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return False
    words = line.split(b" ", 2)
    return len(words) == 3 and not words[1].decode("latin-1").startswith(BEFORE_PAGES)


class InTurn:
    """An application that is never kept waiting by a client: a request is whole before it, and an answer after it.

    `most_pages` may wait at once; whoever comes after them is asked to come again, so that a thread is left for texts.
    """

    def __init__(self, app: "WSGIApplication", most_pages: int, page_came: Callable[[], None] = lambda: None) -> None:
        self.app, self.most_pages, self.page_came = app, most_pages, page_came
        # The connections with a whole request; each thread adds and takes away its own.
        self.texts: set[object] = set()
        self.pages: set[object] = set()
        # In the order of their arrival, which a lock would not keep.
        self.text_queue = ThreadPoolExecutor(1, "texts")
        self.page_queue = ThreadPoolExecutor(PAGES_AT_ONCE, "pages")
        self.form_queue = ThreadPoolExecutor(FORMS_AT_ONCE, "forms")
        self.sign_in_queue = ThreadPoolExecutor(1, "sign-ins")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if not _has_length(environ):
            return _refuse(environ, start_response)
        is_text = environ.get("PATH_INFO", "").startswith(BEFORE_PAGES)
        me = environ.get("gunicorn.socket") or threading.get_ident()
        try:
            if not is_text:
                self.pages.add(me)
                self.page_came()
            _make_whole(environ)
            if is_text:
                self.texts.add(me)
            if len(self.pages) > self.most_pages and not is_text:
                return _turn_away(environ, start_response)
            if is_text:
                return self.text_queue.submit(self._answer, environ, start_response).result()
            if environ.get("REQUEST_METHOD") in ("GET", "HEAD"):
                return self.page_queue.submit(self._answer, environ, start_response).result()
            if not _has_password(environ):
                return self.form_queue.submit(self._answer, environ, start_response).result()
            gives_up_at = time.monotonic() + SIGN_IN_PATIENCE
            return self.sign_in_queue.submit(self._sign_in, gives_up_at, environ, start_response).result()
        finally:
            self.pages.discard(me)
            self.texts.discard(me)

    def _sign_in(self, gives_up_at: float, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        if time.monotonic() > gives_up_at:
            return _turn_away(environ, start_response)
        return self._answer(environ, start_response)

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        answer = self.app(environ, start_response)
        try:
            return list(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()


def _has_password(environ: "WSGIEnvironment") -> bool:
    path = environ.get("PATH_INFO", "")
    return path in SIGN_INS or path.startswith(RESETS)


def _has_length(environ: "WSGIEnvironment") -> bool:
    """Whether the length is a number, as gunicorn sees to and the demo's server does not."""
    length = environ.get("CONTENT_LENGTH") or "0"
    return length.isascii() and length.isdecimal() and len(length) < 20


def _refuse(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    if environ.get("PATH_INFO", "").startswith("/api/"):
        start_response("400 Bad Request", [("Content-Type", "application/problem+json")])
        return [NO_LENGTH_PROBLEM]
    start_response("400 Bad Request", [("Content-Type", "text/plain")])
    return [NO_LENGTH]


def _turn_away(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    if environ.get("PATH_INFO", "").startswith("/api/"):  # other systems are told in their own form
        start_response("429 Too Many Requests", [("Content-Type", "application/problem+json"), *AGAIN_SOON])
        return [BUSY_PROBLEM]
    start_response("503 Service Unavailable", [("Content-Type", "text/plain"), *AGAIN_SOON])
    return [BUSY]


def _make_whole(environ: "WSGIEnvironment") -> None:
    """Take what comes of a request before anybody answers it; one that is too large is refused unread."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length <= LARGEST_REQUEST and (length or "HTTP_TRANSFER_ENCODING" in environ):
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(length or LARGEST_REQUEST + 1))

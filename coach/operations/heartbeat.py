"""The dead man's switch: HEARTBEAT_URL is requested after each good pass, so that silence raises an alarm elsewhere.

It never delays sending: a ping runs on its own thread, one at a time, with a timeout.
"""

import threading
from urllib.parse import urlsplit

import structlog

log = structlog.get_logger(__name__)


class Heartbeat:
    """Pings one address. Without an address it does nothing."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url) if url else None
        self._thread: threading.Thread | None = None

    def beat(self) -> None:
        """Ping, unless the last ping is still running."""
        if self._url is None or (self._thread and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=self._ping, name="heartbeat", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait for a running ping, at most as long as its timeout."""
        if self._thread:
            from schedules.gateway.fetch import REQUEST_SECONDS  # noqa: PLC0415  (as below)

            self._thread.join(REQUEST_SECONDS)

    def _ping(self) -> None:
        from schedules.gateway.fetch import fetch  # noqa: PLC0415  (slow to load, and only for whoever has an address)

        url = self._url
        if url is None:
            return
        query = f"?{url.query}" if url.query else ""
        answer = fetch("GET", f"{url.scheme}://{url.netloc}", f"{url.path or '/'}{query}")
        if answer.status is None or answer.status >= 400:
            log.warning("heartbeat_not_taken", status=answer.status, reason=answer.trouble)

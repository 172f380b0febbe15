"""The dead man's switch: HEARTBEAT_URL is asked for after each good pass, so that silence raises an alarm elsewhere.

It never holds up sending: each ping has a thread of its own, one at a time, and a time-out.
"""

import threading
from urllib.parse import urlsplit

import structlog

from schedules.gateway.fetch import REQUEST_SECONDS, fetch

log = structlog.get_logger(__name__)


class Heartbeat:
    """Pings one address; without an address it does nothing."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url) if url else None
        self._under_way: threading.Thread | None = None

    def beat(self) -> None:
        """Ping, unless the last ping is still under way."""
        if self._url is None or (self._under_way and self._under_way.is_alive()):
            return
        self._under_way = threading.Thread(target=self._ping, name="heartbeat", daemon=True)
        self._under_way.start()

    def finish(self) -> None:
        """Wait for a ping under way, as long as one may take."""
        if self._under_way:
            self._under_way.join(REQUEST_SECONDS)

    def _ping(self) -> None:
        url = self._url
        if url is None:
            return
        query = f"?{url.query}" if url.query else ""
        answer = fetch("GET", f"{url.scheme}://{url.netloc}", f"{url.path or '/'}{query}")
        if answer.status is None or answer.status >= 400:
            log.warning("heartbeat_not_taken", status=answer.status, reason=answer.trouble)

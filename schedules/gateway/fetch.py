"""A single HTTP request and its result: for diagnostics and pings, not for sending texts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from schedules.gateway.http_client import InDoubtError, NotSentError, PooledHttpClient

REQUEST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FetchResult:
    """A response: its HTTP status, or why there was none; its JSON object; and its server's time."""

    status: int | None
    trouble: str
    body: Mapping[str, Any]
    server_time: datetime | None


def fetch(
    method: str,
    base: str,
    path: str,
    *,
    auth: tuple[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = REQUEST_SECONDS,
) -> FetchResult:
    """Make one request on its own connection, never repeated or redirected. Never raises for network errors."""
    client = PooledHttpClient(base)
    try:
        answer = client.request(method, path, data=form, headers=headers, auth=auth, timeout=seconds)
    except NotSentError as error:
        return FetchResult(429 if str(error) == "HTTP 429" else None, str(error), {}, None)
    except (InDoubtError, ValueError) as error:
        return FetchResult(None, str(error), {}, None)
    finally:
        client.close()
    return FetchResult(answer.status_code, "", _json_object(answer.text), _server_time(answer.headers))


def _json_object(text: str) -> Mapping[str, object]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _server_time(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None

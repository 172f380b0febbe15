"""GET …/Messages.json: filters and pages, newest first."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from .errors import RefusedError
from .messages import Accepted, Messages, show

DEFAULT_PAGE_SIZE = 50
_TOKEN_PREFIX = "PA"
Query = dict[str, str]
Wanted = Callable[[Accepted], bool]


def list_messages(messages: Messages, query: Query, account_sid: str, path: str) -> dict[str, Any]:
    """One page. A page token names the last message seen, so that texts that come meanwhile shift nothing."""
    size = _number(query, "PageSize", DEFAULT_PAGE_SIZE, least=1, most=1000)
    page = _number(query, "Page", 0, least=0, most=10**9)
    after = _read_token(messages, query.get("PageToken"))
    matching = _matching(messages, query, after)
    skipped = 0 if after else page * size
    found = list(islice(matching, skipped, skipped + size + 1))
    start = page * size
    shown = [show(message, account_sid) for message in found[:size]]
    next_uri = _uri(path, query, size, page + 1, _TOKEN_PREFIX + found[size - 1].sid) if len(found) > size else None
    return {
        "end": max(start, start + len(shown) - 1),
        "first_page_uri": _uri(path, query, size, 0),
        "messages": shown,
        "next_page_uri": next_uri,
        "page": page,
        "page_size": size,
        "previous_page_uri": _uri(path, query, size, page - 1) if page else None,
        "start": start,
        "uri": _uri(path, query, size, page, query.get("PageToken")),
    }


def _number(query: Query, name: str, default: int, least: int, most: int) -> int:
    try:
        number = int(query.get(name, default))
    except ValueError as error:
        raise RefusedError(20001, name) from error
    if not least <= number <= most:
        raise RefusedError(20001, f"{name} must be {least} to {most}")
    return number


def _read_token(messages: Messages, token: str | None) -> str | None:
    if token is None:
        return None
    sid = token.removeprefix(_TOKEN_PREFIX)
    if messages.get(sid) is None:
        raise RefusedError(20001, "PageToken")
    return sid


def _matching(messages: Messages, query: Query, after: str | None) -> Iterator[Accepted]:
    wanted = [lambda message: not message.deleted, *_date_filters(query)]
    if "From" in query:
        wanted.append(lambda message: message.from_ == query["From"])
    for message in messages.newest_first(query.get("To"), after):
        if all(holds(message) for holds in wanted):
            yield message


def _date_filters(query: Query) -> list[Wanted]:
    """By date_sent in GMT, bounds included; a text that was not sent yet matches none of them."""
    filters = [_between(*_span(query["DateSent"]))] if "DateSent" in query else []
    if "DateSent<" in query:
        filters.append(_between(None, _span(query["DateSent<"])[0]))
    if "DateSent>" in query:
        filters.append(_between(_span(query["DateSent>"])[0], None))
    return filters


def _between(first: datetime | None, last: datetime | None) -> Wanted:
    def holds(message: Accepted) -> bool:
        sent = message.date_sent and message.date_sent.replace(microsecond=0)
        return sent is not None and (first is None or first <= sent) and (last is None or sent <= last)

    return holds


def _span(value: str) -> tuple[datetime, datetime]:
    """First and last second that a date (a whole day) or an instant (itself) means."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise RefusedError(20001, "DateSent") from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment, moment + timedelta(days=1, seconds=-1) if len(value) == len("2026-01-31") else moment


def _uri(path: str, query: Query, size: int, page: int, token: str | None = None) -> str:
    kept = {name: value for name, value in query.items() if name not in ("PageSize", "Page", "PageToken")}
    place = {"PageSize": str(size), "Page": str(page)} | ({"PageToken": token} if token else {})
    return f"{path}?{urlencode(kept | place)}"

"""Numbers in addresses and forms: none larger than a column of the databases holds. PostgreSQL refuses those."""

from typing import Any

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1


def number(given: str) -> int:
    """A whole number of a form or query, for `get(…, type=number)`. Raises ValueError, as `int` does."""
    value = int(given)
    if abs(value) > LARGEST:
        raise ValueError(f"{given} is too large")
    return value


class Number(IntegerConverter):
    """`<int:…>` of an address: where it is larger, there is no such page."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST} | kwargs)

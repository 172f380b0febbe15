"""Reads the operator's table of prices, `coach/costs/prices.toml`."""

import math
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

FILE = Path(__file__).with_name("prices.toml")
AMOUNTS = ("sent", "received", "carrier_fee")


class PriceError(ValueError):
    """The table of prices cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one part (segment) costs in a country, in units of `currency`. `as_of`: the day of the price list."""

    currency: str
    sent: float
    received: float
    carrier_fee: float
    as_of: date


def load_price(country: str, file: Path = FILE) -> Price:
    """Return the prices of a country (ISO 3166, two letters). Raises PriceError if they are missing or unusable."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PriceError(f"{file.name} cannot be read: {error}.") from None
    if country not in table:
        known = ", ".join(sorted(table))
        raise PriceError(
            f"There are no prices for {country}: add a table [{country}] to coach/costs/prices.toml (it has {known})."
        )
    return _price(country, table[country])


def _price(country: str, row: object) -> Price:
    found = row if isinstance(row, dict) else {}
    amounts = [found.get(name) for name in AMOUNTS]
    currency, as_of = found.get("currency"), found.get("as_of")
    usable = all(isinstance(amount, int | float) and 0 <= amount < math.inf for amount in amounts)
    if not (usable and isinstance(currency, str) and isinstance(as_of, date)):
        names = ", ".join(("currency", *AMOUNTS, "as_of"))
        raise PriceError(f"The table [{country}] in coach/costs/prices.toml must have {names}, and no price below 0.")
    sent, received, carrier_fee = map(float, cast("list[float]", amounts))
    return Price(currency, sent, received, carrier_fee, as_of)

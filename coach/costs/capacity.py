"""How long an evening's texts take to send, and what an evening and a month cost. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from coach.costs.prices import Price
from content.catalogue import Catalogue, Programme, Text
from content.rendering import PLACEHOLDER
from content.segments import count, normalise

TYPICAL_NAME = "Dolores"
EVENINGS_A_MONTH = 30.4
PARTS_OF_AN_ANSWER = 1.0  # what people write, and what we answer


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a program costs if everyone enrolled gets each of its texts and answers every question: an upper bound.

    `parts` are those of the texts planned for one person and day; `minutes` is the time in which one such text can be
    sent to everyone at the set rate, None without a rate; amounts are in `currency`.
    """

    participants: int
    programme: str
    texts: int
    parts: float
    minutes: float | None
    per_evening: float
    per_month: float
    currency: str

    def words(self) -> str:
        """Return the plan in sentences."""
        each = "1 text" if self.texts == 1 else f"{self.texts} texts"
        lines = [f"{self.participants:,} people, {each} a day each, {self.parts:.2f} parts together."]
        if self.minutes is None:
            lines.append("How long an evening takes is not known: give --per-second, or set SMS_PER_SECOND.")
        else:
            lines.append(f"If all are due at the same minute, the last leaves {self.minutes:,.0f} minutes later.")
        lines.append(
            f"At most {self.per_evening:,.2f} {self.currency} an evening and {self.per_month:,.2f} {self.currency} a "
            "month, if everyone is texted daily and answers every time."
        )
        return "\n".join(lines)


def plan_capacity(
    catalogue: Catalogue, programme: Programme, language: str, participants: int, price: Price, per_second: float
) -> Capacity:
    """Return what `participants` people in a program need. `per_second` is the sending rate in texts; 0: unknown."""
    planned = [_mean_parts(catalogue, slot.sends_step, slot.asks_check_in, language) for slot in programme.slots]
    questions = sum(slot.asks_check_in for slot in programme.slots)
    sent = sum(planned) + questions * PARTS_OF_AN_ANSWER
    received = questions * PARTS_OF_AN_ANSWER
    per_evening = participants * (sent * (price.sent + price.carrier_fee) + received * price.received)
    return Capacity(
        participants,
        programme.id,
        len(planned),
        sum(planned),
        participants / per_second / 60 if per_second else None,
        per_evening,
        per_evening * EVENINGS_A_MONTH,
        price.currency,
    )


def _mean_parts(catalogue: Catalogue, sends_step: bool, asks_check_in: bool, language: str) -> float:
    """Return the mean number of parts of a slot's text over the library."""
    steps = [text for strategy in catalogue.strategies.values() for text in strategy.texts[language]]
    asked = [strategy.asked[language] for strategy in catalogue.strategies.values()]
    questions = [f"{_typical(one)} {_typical(catalogue.score_question(language))}" for one in asked]
    if not asks_check_in:
        return _mean(map(_typical, steps))
    return (
        _mean(f"{_typical(step)} {words}" for step in steps for words in questions) if sends_step else _mean(questions)
    )


def _mean(texts: Iterable[str]) -> float:
    parts = [count(normalise(text)).parts for text in texts]
    return sum(parts) / len(parts)


def _typical(text: Text) -> str:
    """Fill in the placeholders as for a typical person."""
    defaults = {one.name: one.default for one in text.placeholders}
    return PLACEHOLDER.sub(lambda found: defaults.get(found[1]) or TYPICAL_NAME, text.body)

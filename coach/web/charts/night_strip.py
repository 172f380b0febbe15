"""The last fourteen nights of one person as a row of dots, with their trend. Pure.

A dot stands as high as its score, a ring at the bottom is a question without an answer, a dash a night not asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from coach.adherence.counts import PROMPTED, SCORES_NEEDED
from coach.adherence.days import Day

NIGHTS, WEEK, WORST = 14, 7, 10
CLEARLY = 1.0  # points between the two weeks; less is about the same
STEP, HEIGHT, MARGIN, RADIUS = 9, 36, 5, 2.8
UNANSWERED = (*PROMPTED, "undelivered")


@dataclass(frozen=True, slots=True)
class Trend:
    """How the last week's scores stand to those of the week before: `arrow` and `words` for readers.

    `latest` and `before` are the two averages, each None with too few scores.
    """

    arrow: str
    words: str
    latest: float | None
    before: float | None


def trend_of(scores: Sequence[int | None]) -> Trend:
    """The trend of the last fourteen scores, oldest first, None where one is missing."""
    nights = list(scores)[-NIGHTS:]
    before, latest = _mean(nights[:-WEEK]), _mean(nights[-WEEK:])
    if latest is None or before is None:
        return Trend("", "too few scores for a trend", latest, before)
    if latest - before >= CLEARLY:
        return Trend("↗", "worse than the week before", latest, before)
    if before - latest >= CLEARLY:
        return Trend("↘", "better than the week before", latest, before)
    return Trend("→", "about as the week before", latest, before)


def night_strip(days: Sequence[Day]) -> str:
    """Draw the last fourteen of `days`, oldest first. Its title, which shows on hover, tells all of it in words."""
    shown = list(days)[-NIGHTS:]
    width = STEP * max(1, len(shown) - 1) + 2 * MARGIN
    marks = "".join(_mark(number, day) for number, day in enumerate(shown))
    return (
        f'<svg class="night-strip" role="img" focusable="false" viewBox="0 0 {width} {HEIGHT}">'
        f"<title>{escape(words_of(shown))}</title>"
        f'<line class="ground" x1="0" y1="{HEIGHT - 1}" x2="{width}" y2="{HEIGHT - 1}" stroke="currentColor" '
        f'stroke-opacity="0.35"/>{marks}</svg>'
    )


def words_of(days: Sequence[Day]) -> str:
    """The strip in words: the trend with its averages, then each night."""
    trend = trend_of([day.score for day in days])
    averages = [
        f"{value:.1f} {which}"
        for value, which in ((trend.latest, "in the last 7 nights"), (trend.before, "in the 7 before"))
        if value is not None
    ]
    heads = f"Legs: {trend.words}" + (f" (average {', '.join(averages)})" if averages else "")
    nights = [f"{day.night_on:%b} {day.night_on.day}: {_said(day)}" for day in days if day.state not in _UNTOLD]
    return ". ".join([heads, "; ".join(nights)] if nights else [heads]) + "."


_UNTOLD = ("before", "ahead")


def _said(day: Day) -> str:
    return str(day.score) if day.score is not None else day.words


def _mark(number: int, day: Day) -> str:
    x = MARGIN + STEP * number
    if day.score is not None:
        y = MARGIN + (HEIGHT - 2 * MARGIN) * (1 - day.score / WORST)
        return f'<circle cx="{x}" cy="{y:g}" r="{RADIUS:g}" fill="currentColor"/>'
    bottom = HEIGHT - MARGIN
    if day.state in UNANSWERED:
        return f'<circle cx="{x}" cy="{bottom}" r="2.2" fill="none" stroke="currentColor" stroke-opacity="0.7"/>'
    if day.state in _UNTOLD:
        return ""
    ends = f'x1="{x - 2}" y1="{bottom}" x2="{x + 2}" y2="{bottom}"'
    return f'<line {ends} stroke="currentColor" stroke-opacity="0.7"/>'


def _mean(scores: Sequence[int | None]) -> float | None:
    given = [score for score in scores if score is not None]
    return sum(given) / len(given) if len(given) >= SCORES_NEEDED else None

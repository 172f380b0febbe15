"""The chart of one person's nights. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from coach.adherence.days import Day, rolling_means, runs
from coach.web.charts.drawing import (
    BOTTOM,
    HEIGHT,
    INK,
    LEFT,
    MARK,
    RIGHT,
    SECOND,
    TOP,
    WIDTH,
    Point,
    axis_below,
    axis_left,
    dot,
    joined,
    picture,
    segment,
)

WORST = 10
STEPS_AT, AXIS_AT = HEIGHT + 7, HEIGHT + 14  # the marks of the steps lie between the plot and the dates
MOST_LABELS = 6


def score_chart(days: tuple[Day, ...], description: str) -> str:
    """Scores over nights with a gap where one is missing, the 7-night mean where there are scores enough, and marks
    for the steps: a full triangle done, a ring not done, a dash without an answer. `days` must not be empty.
    """
    first, last = days[0].night_on, days[-1].night_on
    scores = [(day.night_on, float(day.score)) for day in days if day.score is not None]
    means = [(mean.night_on, mean.mean) for mean in rolling_means(days)]
    shapes = [
        *axis_left(((_y(score), str(score)) for score in (0, 5, WORST)), title="0 none, 10 worst"),
        *axis_below(_labels(first, last), AXIS_AT),
        *(joined(run, MARK, 1.2) for run in _unbroken(scores, first, last)),
        *(dot((_x(night, first, last), _y(score)), MARK) for night, score in scores),
        *(joined(run, SECOND, 3, "6 3") for run in _unbroken(means, first, last)),
        *(_step(day.state, _x(day.night_on, first, last)) for day in days),
    ]
    box = (-LEFT, -TOP, LEFT + WIDTH + RIGHT, TOP + AXIS_AT + BOTTOM)
    return picture(shapes, box, "Legs, night by night", description)


def _x(night: date, first: date, last: date) -> float:
    """From the first to the last night that is told of, so that nights missing at an end are seen too."""
    return WIDTH * (night - first).days / max(1, (last - first).days)


def _y(score: float) -> float:
    return HEIGHT * (1 - score / WORST)


def _labels(first: date, last: date) -> Iterator[tuple[float, str]]:
    whole = (last - first).days + 1
    for number in range(0, whole, -(-whole // MOST_LABELS)):
        night = first + timedelta(days=number)
        yield _x(night, first, last), f"{night.day} {night:%b}"


def _unbroken(values: Sequence[tuple[date, float]], first: date, last: date) -> Iterator[list[Point]]:
    """The points of each run of nights without a gap."""
    numbered = zip(runs([night for night, _ in values]), values, strict=True)
    for _, run in groupby(numbered, key=lambda one: one[0]):
        yield [(_x(night, first, last), _y(value)) for _, (night, value) in run]


def _step(state: str, x: float) -> str:
    if state == "done":
        return f'<path d="M{x:.6g},{STEPS_AT - 3}l3.3,6h-6.6Z" fill="{INK}"/>'
    if state == "not_done":
        return f'<circle cx="{x:.6g}" cy="{STEPS_AT}" r="2.8" fill="none" stroke="{INK}" stroke-width="1.3"/>'
    return segment((x - 3, STEPS_AT), (x + 3, STEPS_AT), INK, 1.3) if state == "no_reply" else ""


def nights_chart(days: Sequence[Day]) -> str:
    """Draw one person's nights with what they say in words; nothing without a score."""
    scored = sum(day.score is not None for day in days)
    if not scored:
        return ""
    first, last = days[0].night_on, days[-1].night_on
    dates = f"from {first:%b} {first.day} to {last:%b} {last.day}, {last.year}"
    words = f"{scored} of {len(days)} nights have a score, {dates}; the table lists every night."
    return score_chart(tuple(days), words)

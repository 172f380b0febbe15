"""The picture of the participant's nights, in their language. Pure."""

from collections.abc import Sequence
from itertools import groupby

from coach.adherence.days import Day, runs
from coach.web.charts.drawing import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MARK,
    TOP,
    axis_below,
    axis_left,
    dot,
    joined,
    picture,
)
from coach.web.own_page.words import day_words, words_in

WORST, MOST_LABELS = 10, 4
WIDTH, RIGHT = 300, 26  # narrower than a coach's chart, so that its letters can be read on a phone


def nights_told(days: Sequence[Day], language: str) -> str:
    """Return what the picture shows, in a sentence; empty without a score."""
    scored = [day for day in days if day.score is not None]
    scores = [day.score for day in scored if day.score is not None]
    if not scored:
        return ""
    first, last = (day_words(day.night_on, language) for day in (scored[0], scored[-1]))
    return words_in(language)["told"].format(
        count=len(scored), first=first, last=last, low=min(scores), high=max(scores)
    )


def nights_picture(days: Sequence[Day], language: str) -> str:
    """Draw the scores, with a gap where a night has none; empty without a score."""
    scored = [day for day in days if day.score is not None]
    if not scored:
        return ""
    words, first = words_in(language), days[0].night_on
    across = max(1, (days[-1].night_on - first).days)

    def place(day: Day) -> tuple[float, float]:
        return WIDTH * (day.night_on - first).days / across, HEIGHT * (1 - (day.score or 0) / WORST)

    every = -(-len(days) // MOST_LABELS)
    labels = [(place(day)[0], day_words(day.night_on, language)) for day in days[::every]]
    numbered = zip(runs([day.night_on for day in scored]), scored, strict=True)
    shapes = [
        *axis_left(((HEIGHT * (1 - score / WORST), str(score)) for score in (0, 5, WORST)), WIDTH, words["axis"]),
        *axis_below(labels, width=WIDTH),
        *(joined([place(day) for _, day in run], MARK, 1.2) for _, run in groupby(numbered, key=lambda one: one[0])),
        *(dot(place(day), MARK, 3) for day in scored),
    ]
    box = (-LEFT, -TOP, LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM)
    return picture(shapes, box, words["picture"], nights_told(days, language))

"""A person's steps by the scores of their nights: a dot for each night, a line at the mean. Pure."""

from collections.abc import Sequence

from markupsafe import Markup

from coach.adherence.step_scores import NO_STEP, StepScores
from coach.web.charts.drawing import (
    BOTTOM,
    LETTER_WIDTH,
    LETTERS,
    MARK,
    RIGHT,
    SECOND,
    TOP,
    WIDTH,
    axis_below,
    picture,
    segment,
    text,
)
from content.catalogue import Catalogue

ROW, LONGEST_NAME, WORST, RADIUS = 26, 26, 10, 3.2


def pictured(rows: Sequence[StepScores], catalogue: Catalogue, language: str) -> dict[str, object]:
    """Return the picture of a person's steps and what its table needs, as templates name them."""
    titles = {
        id: strategy.title.get(language) or strategy.title["en"] for id, strategy in catalogue.strategies.items()
    } | {NO_STEP: "No step"}
    names = [titles.get(row.step, row.step) for row in rows]
    scored = sum(len(row.scores) for row in rows)
    words = f"{scored} scored nights of {len(rows)} steps; the table below has their means."
    drawn = Markup(step_chart(rows, names, words)) if scored else ""  # noqa: S704  (its words are escaped)
    return {"steps_tried": rows, "step_picture": drawn, "titles": titles}


def step_chart(rows: Sequence[StepScores], names: Sequence[str], description: str) -> str:
    """Draw one row a step, 0 at the left and 10 at the right; nights with the same score stand side by side."""
    height = max(1, len(rows)) * ROW
    shapes = [segment((_x(score), 0), (_x(score), height), more=' stroke-opacity="0.5"') for score in (0, 5, WORST)]
    shapes += axis_below([(_x(score), str(score)) for score in (0, 5, WORST)], height, title="0 none, 10 worst")
    for number, (row, name) in enumerate(zip(rows, names, strict=True)):
        middle = ROW * (number + 0.5)
        shapes.append(text(-7, middle + 4, _short(name), "end"))
        shapes += _dots(row.scores, middle)
        if row.mean is not None:
            x = _x(row.mean)
            shapes.append(segment((x, middle - 10), (x, middle + 10), SECOND, 3))
    left = LETTERS + LETTER_WIDTH * max((len(_short(name)) for name in names), default=0)
    box = (-left, -TOP, left + WIDTH + RIGHT, TOP + height + BOTTOM + 18)
    return picture(shapes, box, "Steps and the scores of their nights", description)


def _dots(scores: Sequence[int], middle: float) -> list[str]:
    """Dots that lie on one another are set apart."""
    drawn = []
    for place, score in enumerate(scores):
        same = scores[:place].count(score)
        x = _x(score) + same * 2.4
        drawn.append(f'<circle cx="{x:.6g}" cy="{middle:g}" r="{RADIUS:g}" fill="{MARK}" fill-opacity="0.55"/>')
    return drawn


def _x(score: float) -> float:
    return WIDTH * score / WORST


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"

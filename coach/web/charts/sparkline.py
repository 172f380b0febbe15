"""Small pictures of scores for lists, as plain SVG. Pure: fifty of them on a page cost next to nothing."""

from collections.abc import Sequence
from html import escape

WORST = 10
STEP, HEIGHT, MARGIN = 4, 24, 2


def sparkline(scores: Sequence[float | None], words: str, step: int = STEP) -> str:
    """Scores in order of night, None where one is missing: a line that breaks there, a dot for a night alone.

    `words` is what a screen reader says, `step` how far apart the nights (or weeks) stand. Colours are the text's own,
    and the size is the style sheet's.
    """
    width = step * max(1, len(scores) - 1) + 2 * MARGIN
    shapes = "".join(_shape(run, step) for run in unbroken(scores))
    return (
        f'<svg class="sparkline" role="img" viewBox="0 0 {width} {HEIGHT}">'
        f"<title>{escape(words)}</title>"
        f'<line class="ground" x1="0" y1="{HEIGHT - 1}" x2="{width}" y2="{HEIGHT - 1}" stroke="currentColor" '
        f'stroke-opacity="0.35" />{shapes}</svg>'
    )


def unbroken(scores: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The runs of nights without a gap, each as (position, score)."""
    runs: list[list[tuple[int, float]]] = []
    for position, score in enumerate(scores):
        if score is None:
            continue
        if runs and runs[-1][-1][0] == position - 1:
            runs[-1].append((position, score))
        else:
            runs.append([(position, score)])
    return runs


def _shape(run: Sequence[tuple[int, float]], step: int) -> str:
    points = [(MARGIN + step * position, _height_of(score)) for position, score in run]
    if len(points) == 1:
        x, y = points[0]
        return f'<circle cx="{x}" cy="{y:g}" r="1.5" fill="currentColor" />'
    joined = " ".join(f"{x},{y:g}" for x, y in points)
    return (
        f'<polyline points="{joined}" fill="none" stroke="currentColor" stroke-width="1.5" '
        'vector-effect="non-scaling-stroke" />'
    )


def _height_of(score: float) -> float:
    """Ten, the worst, is at the top."""
    return round(MARGIN + (HEIGHT - 2 * MARGIN) * (1 - score / WORST), 1)

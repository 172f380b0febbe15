"""Charts as inline SVG without script or style: axes, lines and marks, in the colors of the page. Pure.

`INK` is the text's own color, the others are the style sheet's, so that light, dark and print need one drawing. The
plot's upper left corner is at 0, 0; what stands around it has negative coordinates or lies beyond `HEIGHT`. Every chart
is described in words too (`title`, `description`), and whoever shows one puts its numbers in a table beside it.
"""

from collections.abc import Iterable, Sequence
from html import escape
from math import floor, log10

INK = "currentColor"
FAINT = "var(--chart-faint, #8899a6)"
MARK = "var(--chart-mark, currentColor)"
SECOND = "var(--chart-second, currentColor)"
# Drawn at this width and shown at 328 to 640 pixels: letters stay between 10 and 20 pixels high.
WIDTH, HEIGHT, LETTERS = 420, 200, 13
LETTER_WIDTH = 7.5  # no less than a reader's font may need
LEFT, RIGHT, TOP, BOTTOM = 46, 16, 11, 25  # around the plot: numbers at the left, a row of labels below
TICK = 5
Tick = tuple[float, str]  # where on the axis, and what it says
Point = tuple[float, float]


def picture(shapes: Iterable[str], box: tuple[float, float, float, float], title: str, description: str) -> str:
    """One picture for a page, scaled to its place; `box` is left, top, width and height."""
    view = " ".join(f"{number:g}" for number in box)
    words = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return f'<svg class="chart" role="img" focusable="false" viewBox="{view}">{words}{"".join(shapes)}</svg>'


def text(x: float, y: float, words: str, anchor: str = "middle", *, turned: bool = False) -> str:
    """Words with their baseline at `y`; `turned` runs from bottom to top."""
    turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
    return (
        f'<text x="{x:.6g}" y="{y:.6g}" text-anchor="{anchor}" font-family="system-ui, sans-serif" '
        f'font-size="{LETTERS}" fill="{INK}"{turn}>{escape(words)}</text>'
    )


def segment(start: Point, end: Point, paint: str = FAINT, width: float = 1, more: str = "") -> str:
    """A straight line."""
    places = f'x1="{start[0]:.6g}" y1="{start[1]:.6g}" x2="{end[0]:.6g}" y2="{end[1]:.6g}"'
    return f'<line {places} stroke="{paint}" stroke-width="{width:g}"{more}/>'


def joined(points: Sequence[Point], paint: str, width: float, dashes: str = "") -> str:
    """A line through points; one alone has none."""
    if len(points) < 2:
        return ""
    course = "L".join(f"{x:.6g},{y:.6g}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="M{course}" fill="none" stroke="{paint}" stroke-width="{width:g}"{dashed}/>'


def dot(at: Point, paint: str, radius: float = 2.6) -> str:
    """A full dot."""
    return f'<circle cx="{at[0]:.6g}" cy="{at[1]:.6g}" r="{radius:g}" fill="{paint}"/>'


def axis_left(ticks: Iterable[Tick], width: float = WIDTH, title: str = "") -> list[str]:
    """Numbers at the left, each with a faint line across the plot, and the axis itself."""
    shapes = [segment((0, 0), (0, HEIGHT))]
    for y, words in ticks:
        shapes += [segment((0, y), (width, y), more=' stroke-opacity="0.5"'), segment((-TICK, y), (0, y))]
        shapes.append(text(-7, y + 4, words, "end"))
    return [*shapes, text(-LEFT + LETTERS, HEIGHT / 2, title, turned=True)] if title else shapes


def axis_below(ticks: Iterable[Tick], y: float = HEIGHT, width: float = WIDTH, title: str = "") -> list[str]:
    """Labels in a row under a line at `y`, with a title under them."""
    shapes = [segment((0, y), (width, y))]
    for x, words in ticks:
        shapes += [segment((x, y), (x, y + TICK)), text(x, y + 18, words)]
    return [*shapes, text(width / 2, y + 36, title)] if title else shapes


def round_step(span: float, about: int) -> float:
    """The least of 1, 2, 5 times a power of ten that divides a span into `about` parts or fewer."""
    raw = span / about
    power = 10.0 ** floor(log10(raw))
    return next(many * power for many in (1, 2, 5, 10) if many * power >= raw * (1 - 1e-9))

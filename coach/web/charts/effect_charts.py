"""The charts of the Effects page. Pure."""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10

from markupsafe import Markup

from coach.reflections.own_steps import OwnStep
from coach.web.charts.drawing import (
    BOTTOM,
    HEIGHT,
    INK,
    LEFT,
    LETTER_WIDTH,
    LETTERS,
    MARK,
    RIGHT,
    SECOND,
    TOP,
    WIDTH,
    Tick,
    axis_below,
    axis_left,
    dot,
    joined,
    picture,
    round_step,
    segment,
    text,
)
from content.catalogue import Catalogue

ROW = 26
LONGEST_NAME = 26  # letters
TITLE = 18  # the height of an axis's title
Bounds = tuple[str, float, float, float]  # a name, and the lower end, the estimate and the upper end
Points = tuple[tuple[str, float], ...]  # a week, and the share in it


def forest_chart(rows: tuple[Bounds, ...], title: str, description: str) -> str:
    """Estimates with their intervals, one row each in the order given, around the line of no difference."""
    low, high, ticks = _round_scale(min(0.0, *(row[1] for row in rows)), max(0.0, *(row[3] for row in rows)))
    height = max(2, len(rows)) * ROW

    def x(value: float) -> float:
        return WIDTH * (value - low) / (high - low)

    labelled = [(x(value), words) for value, words in ticks]
    shapes = [segment((at, 0), (at, height), more=' stroke-opacity="0.5"') for at, _ in labelled]
    shapes += axis_below(labelled, height, title="points of the night's score: left of the line is better")
    shapes.append(segment((x(0), 0), (x(0), height), INK, more=' stroke-dasharray="4 3"'))
    names = [row[0] if len(row[0]) <= LONGEST_NAME else f"{row[0][: LONGEST_NAME - 1]}…" for row in rows]
    for number, (name, (_, lowest, estimate, highest)) in enumerate(zip(names, rows, strict=True)):
        y = height * (number + 0.5) / len(rows)
        shapes += [text(-7, y + 4, name, "end"), segment((x(lowest), y), (x(highest), y), MARK, 2)]
        shapes.append(dot((x(estimate), y), MARK, 3.9))
    left = LETTERS + LETTER_WIDTH * max(map(len, names))
    return picture(shapes, (-left, -TOP, left + WIDTH + RIGHT, TOP + height + BOTTOM + TITLE), title, description)


def own_forest(steps: Sequence[OwnStep], catalogue: Catalogue, language: str = "en") -> Markup:
    """What each step may do for one person, the best first; nothing where nothing is known."""
    names = {id: strategy.title[language] for id, strategy in catalogue.strategies.items()}
    rows = tuple((names.get(one.strategy, one.strategy), one.ci_low, one.estimate, one.ci_high) for one in steps)
    described = "Each step's estimate for this person as a point, and its 95% interval as a line; said in words below."
    drawn = forest_chart(rows, "What offering each step may do for this person's nights", described) if rows else ""
    return Markup(drawn)  # noqa: S704  (a drawing of ours, whose words are escaped)


def _round_scale(low: float, high: float) -> tuple[float, float, list[Tick]]:
    """Round ends around two numbers, and the ticks between them, some six."""
    step = round_step(high - low or 1.0, 6)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    last = max(last, first + 1)
    digits = max(1, -floor(log10(step)))
    ticks = [(step * number, f"{step * number:.{digits}f}".replace("-", "−")) for number in range(first, last + 1)]
    return step * first, step * last, ticks


def share_chart(lines: tuple[tuple[str, Points], ...], title: str, description: str) -> str:
    """Shares from 0 to 1 over weeks: one line, or two (the second dashed), each named right of its last point."""
    weeks = _in_order([week for week, _ in points] for _, points in lines)
    width = WIDTH - LETTER_WIDTH * max(len(name) for name, _ in lines)  # the names need the rest
    step = width / len(weeks)
    places = {week: step * (number + 0.5) for number, week in enumerate(weeks)}
    every = ceil((max(map(len, weeks)) + 1) * LETTER_WIDTH / step)  # so that no two labels touch
    shapes = [
        *axis_left(((HEIGHT * (1 - share), f"{share:.0%}") for share in (0, 0.5, 1)), width),
        *axis_below([(places[week], week) for week in weeks[::every]], width=width),
    ]
    ends = sorted((points[-1][1] for _, points in lines), reverse=True)
    for number, (name, points) in enumerate(lines):
        paint, dashes = ((MARK, ""), (SECOND, "6 3"))[number]
        course = [(places[week], HEIGHT * (1 - share)) for week, share in points]
        shapes += [joined(course, paint, 2, dashes), *(dot(at, paint) for at in course)]
        above = number == 0 if len(set(ends)) == 1 else points[-1][1] == ends[0]
        shapes.append(text(course[-1][0] + 7, course[-1][1] + (-2 if above else 11), name, "start"))
    return picture(shapes, (-LEFT, -TOP, LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM), title, description)


def _in_order(sequences: Iterable[Sequence[str]]) -> list[str]:
    """All weeks once: what only a later line has comes after the week that it follows there."""
    order: list[str] = []
    for sequence in sequences:
        at = 0
        for week in sequence:
            if week not in order:
                order.insert(at, week)
            at = order.index(week) + 1
    return order


def score_bars(counts: tuple[int, ...], title: str, description: str) -> str:
    """How many nights had each score, 0 to 10."""
    step = max(1, round(round_step(max(counts) or 1, 5)))
    top = step * max(1, ceil(max(counts) / step))
    wide = WIDTH / len(counts)
    levels = [(HEIGHT * (1 - number / top), str(number)) for number in range(0, top + 1, step)]
    shapes = axis_left(levels, title="nights")
    for score, count in enumerate(counts):
        tall = HEIGHT * count / top
        place = f'x="{wide * (score + 0.05):.6g}" y="{HEIGHT - tall:.6g}" width="{wide * 0.9:.6g}" height="{tall:.6g}"'
        shapes.append(f'<rect {place} fill="{MARK}"/>' if count else "")
    labels = [(wide * (score + 0.5), str(score)) for score in range(len(counts))]
    shapes += axis_below(labels, title="0 none, 10 worst")
    return picture(shapes, (-LEFT, -TOP, LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM + TITLE), title, description)

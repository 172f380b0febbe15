"""Charts as inline SVG without script or style, through Vega-Lite: for the pages, in the colours of the page. Pure.

A chart is drawn once in sentinel colours, which become the page's own: `INK` the text's, `MARK` and `SECOND` the style
sheet's `--chart-mark` and `--chart-second`. So light, dark and print need one drawing. Every chart is told in words too
(`title`, `description`), and whoever shows one puts its numbers in a table beside it.
"""

import re
from calendar import timegm
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from html import escape
from typing import Any

import altair as alt
import vl_convert

from coach.adherence.days import Day, rolling_means, runs

INK, FAINT, MARK, SECOND = "#010203", "#040506", "#070809", "#0a0b0c"
PAINTS = {
    INK: "currentColor",
    FAINT: "var(--chart-faint, #8899a6)",
    MARK: "var(--chart-mark, currentColor)",
    SECOND: "var(--chart-second, currentColor)",
}
# Drawn at this width and shown at 328 to 640 pixels: letters stay between 10 and 20 pixels high.
WIDTH, HEIGHT, LETTERS = 420, 200, 13
STEP_SHAPES = {"done": "triangle-up", "not done": "circle", "no answer": "stroke"}


@lru_cache(maxsize=256)
def score_chart(days: tuple[Day, ...], description: str) -> str:
    """Scores over nights with a gap where one is missing, the 7-night mean where there are scores enough, and marks
    for the steps: a full triangle done, a ring not done, a dash without an answer. `days` must not be empty.

    A drawing takes a tenth of a second, the first of a process a whole one: the same nights are drawn once.
    """
    layers = [_scores(days), *_means(days), *_steps(days)]
    return as_svg(alt.layer(*layers), "Legs, night by night", description)


def _nights_axis(first: date, last: date) -> alt.X:
    """A label for every sixth of the nights. In UTC: else the machine's own zone would move every night by one."""
    whole = (last - first).days + 1
    labelled = (first + timedelta(days=number) for number in range(0, whole, -(-whole // 6)))
    values = [_milliseconds(on) for on in labelled]
    axis = alt.Axis(format="%-d %b", values=values, grid=False, offset=14, labelFlush=False)
    # From the first to the last night that is told of, so that nights missing at an end are seen too.
    scale = alt.Scale(type="utc", domain=[_milliseconds(first), _milliseconds(last)])
    return alt.X("night:T", title=None, axis=axis, scale=scale)


def _milliseconds(on: date) -> int:
    return 1000 * timegm(on.timetuple())


def _scores(days: Sequence[Day]) -> Any:
    scored = [day for day in days if day.score is not None]
    nights = runs([day.night_on for day in scored])
    rows = [
        {"night": day.night_on.isoformat(), "score": day.score, "run": run}
        for day, run in zip(scored, nights, strict=True)
    ]
    y = alt.Y("score:Q", title="0 none, 10 worst", scale=alt.Scale(domain=[0, 10]), axis=alt.Axis(values=[0, 5, 10]))
    x = _nights_axis(days[0].night_on, days[-1].night_on)
    base = alt.Chart({"values": rows}).encode(x=x, y=y)
    line = base.mark_line(color=MARK, strokeWidth=1.2).encode(detail="run:N")
    return line + base.mark_point(color=MARK, filled=True, size=28, opacity=1)


def _means(days: Sequence[Day]) -> list[Any]:
    means = rolling_means(days)
    nights = runs([mean.night_on for mean in means])
    rows = [
        {"night": mean.night_on.isoformat(), "mean": mean.mean, "run": run}
        for mean, run in zip(means, nights, strict=True)
    ]
    if not rows:
        return []
    chart = alt.Chart({"values": rows}).encode(x="night:T", y="mean:Q", detail="run:N")
    return [chart.mark_line(color=SECOND, strokeWidth=3, strokeDash=[6, 3])]


def _steps(days: Sequence[Day]) -> list[Any]:
    told = {"done": "done", "not_done": "not done", "no_reply": "no answer"}
    rows = [{"night": day.night_on.isoformat(), "step": told[day.state]} for day in days if day.state in told]
    if not rows:
        return []
    shape = alt.Shape(
        "step:N", scale=alt.Scale(domain=list(STEP_SHAPES), range=list(STEP_SHAPES.values())), legend=None
    )
    chart = alt.Chart({"values": rows}).encode(x="night:T", y=alt.value(HEIGHT + 7), shape=shape)
    marks = chart.mark_point(color=INK, size=30, strokeWidth=1.3, opacity=1)
    return [marks.encode(fill=alt.condition("datum.step == 'done'", alt.value(INK), alt.value("transparent")))]


def as_svg(chart: Any, title: str, description: str, height: int = HEIGHT) -> str:
    """Any Altair chart in the page's colours and letters, scaled to its place, with its title and description."""
    spec = chart.properties(width=WIDTH, height=height).configure(**_config()).to_dict()
    return accessible(vl_convert.vegalite_to_svg(spec), title, description)


def _config() -> dict[str, Any]:
    letters: dict[str, Any] = {"labelFontSize": LETTERS, "titleFontSize": LETTERS, "labelColor": INK, "titleColor": INK}
    return {
        "background": "transparent",
        "font": "system-ui, sans-serif",
        # A reader's letters may be wider than those that Vega measured.
        "padding": {"left": 5, "top": 5, "right": 16, "bottom": 5},
        "view": alt.ViewConfig(stroke=None),
        "axis": alt.AxisConfig(
            **letters, titleFontWeight="normal", domainColor=FAINT, tickColor=FAINT, gridColor=FAINT, gridOpacity=0.5
        ),
        "legend": alt.LegendConfig(**letters, orient="bottom", symbolStrokeColor=INK),
        "text": alt.MarkConfig(color=INK, fontSize=LETTERS),
        "point": alt.MarkConfig(color=MARK),
        "rule": alt.MarkConfig(color=INK),
    }


def accessible(svg: str, title: str, description: str) -> str:
    """A drawing of Vega's as one picture for a page: no inline style, no size of its own, told in words."""
    svg = re.sub(r'\s(?:style|aria-[a-z]+|role|xmlns(?::\w+)?|version|class|pointer-events)="[^"]*"', "", svg)
    for sentinel, paint in PAINTS.items():
        svg = svg.replace(sentinel, paint)
    opening, inside = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', opening)
    words = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return f'<svg class="chart" role="img" focusable="false" {box[0] if box else ""}>{words}{inside}'

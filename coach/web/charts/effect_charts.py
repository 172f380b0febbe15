"""The charts of the Effects page, in the colours of the page (see `coach.web.charts.score_charts`). Pure."""

from functools import lru_cache
from typing import Any

import altair as alt

from coach.web.charts.score_charts import INK, MARK, SECOND, as_svg

ROW = 26
Bounds = tuple[str, float, float, float]  # a name, and the lower end, the estimate and the upper end


@lru_cache(maxsize=64)
def forest_chart(rows: tuple[Bounds, ...], title: str, description: str) -> str:
    """Estimates with their intervals, one row each in the order given, around the line of no difference."""
    values = [{"step": name, "low": low, "estimate": estimate, "high": high} for name, low, estimate, high in rows]
    y = alt.Y("step:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=180))
    base = alt.Chart({"values": values}).encode(y=y)
    x = alt.X("low:Q", title="points of the night's score: left of the line is better", axis=alt.Axis(tickCount=6))
    spans = base.mark_rule(color=MARK, strokeWidth=2).encode(x=x, x2="high:Q")
    dots = base.mark_point(color=MARK, filled=True, size=60, opacity=1).encode(x="estimate:Q")
    none = alt.Chart({"values": [{"x": 0}]}).mark_rule(color=INK, strokeDash=[4, 3]).encode(x="x:Q")
    return as_svg(none + spans + dots, title, description, height=max(2, len(rows)) * ROW)


@lru_cache(maxsize=64)
def share_chart(lines: tuple[tuple[str, tuple[tuple[str, float], ...]], ...], title: str, description: str) -> str:
    """Shares from 0 to 1 over weeks: one line, or two (the second dashed), each named right of its last point."""
    layers: list[Any] = []
    for (name, points), colour, dash, above in zip(lines, (MARK, SECOND), ([1, 0], [6, 3]), (-6, 6), strict=False):
        values = [{"week": week, "share": share, "name": name} for week, share in points]
        x = alt.X("week:O", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy"))
        axis = alt.Axis(format=".0%", values=[0, 0.5, 1])
        y = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis)
        base = alt.Chart({"values": values}).encode(x=x, y=y)
        layers += [
            base.mark_line(color=colour, strokeWidth=2, strokeDash=dash),
            base.mark_point(color=colour, filled=True, size=28, opacity=1),
            alt.Chart({"values": values[-1:]})
            .mark_text(align="left", dx=7, dy=above, color=INK)
            .encode(x="week:O", y="share:Q", text="name:N"),
        ]
    return as_svg(alt.layer(*layers), title, description)


@lru_cache(maxsize=64)
def score_bars(counts: tuple[int, ...], title: str, description: str) -> str:
    """How many nights had each score, 0 to 10."""
    values = [{"score": score, "nights": count} for score, count in enumerate(counts)]
    x = alt.X("score:O", title="0 none, 10 worst", axis=alt.Axis(labelAngle=0))
    y = alt.Y("nights:Q", title="nights", axis=alt.Axis(tickCount=4, format="d"))
    return as_svg(alt.Chart({"values": values}).mark_bar(color=MARK).encode(x=x, y=y), title, description)

"""Charts and sparklines as a page shows them: gaps stay gaps, no style or script, told in words."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import altair as alt

from coach.adherence.days import Day
from coach.web.charts.score_charts import INK, accessible, as_svg, score_chart
from coach.web.charts.sparkline import sparkline, unbroken

START = date(2026, 3, 2)
SVG = "{http://www.w3.org/2000/svg}"


def days(*scores: int | None) -> tuple[Day, ...]:
    return tuple(
        Day(START + timedelta(days=number), "no_reply" if score is None else "done", score)
        for number, score in enumerate(scores)
    )


def lines_of(svg: str, colour: str) -> list[str]:
    return re.findall(rf'<path d="([^"]*L[^"]*)"[^>]*stroke="{re.escape(colour)}', svg)


def test_a_missing_night_breaks_the_line() -> None:
    svg = score_chart(days(4, 5, None, 6, 7), "words")
    assert len(lines_of(svg, "var(--chart-mark, currentColor)")) == 2


def test_the_mean_is_drawn_only_where_five_of_seven_nights_have_a_score() -> None:
    few, enough = days(4, None, 4, None, 4, None, 4, None), days(4, 4, 4, None, 4, None, 4, 4)
    assert "var(--chart-second" not in score_chart(few, "words")
    assert "var(--chart-second" in score_chart(enough, "words")


def test_a_single_night_is_drawn() -> None:
    assert "<title>Legs, night by night</title>" in score_chart(days(3), "words")


def test_nights_without_any_score_are_an_empty_chart_and_no_fault() -> None:
    assert not lines_of(score_chart(days(None, None), "words"), "var(--chart-mark, currentColor)")


def test_a_label_names_its_own_night_whatever_zone_the_machine_is_in() -> None:
    svg = score_chart(days(1, 2, 3), "words")
    assert re.findall(r">(\d+ \w+)</text>", svg) == ["1 Mar", "2 Mar", "3 Mar"], "the night before each question"


def test_nights_missing_at_an_end_are_seen_too() -> None:
    svg = score_chart(days(1, 2, None, None, None, None, None), "words")
    assert re.findall(r">(\d+ \w+)</text>", svg)[-1] == "7 Mar"


def test_nothing_in_a_picture_is_refused_by_the_content_security_policy() -> None:
    svg = score_chart(days(4, None, 6, 1, 9, 3, 2), "<b>words</b>")
    assert not re.search(r"style|<script|on\w+=|url\(", svg)
    assert "&lt;b&gt;words&lt;/b&gt;" in svg
    assert not re.search(r'(?:fill|stroke)="#', svg), "every colour is the page's"


def test_any_chart_can_be_drawn_and_told() -> None:
    chart = alt.Chart({"values": [{"a": 1, "b": 2}]}).mark_point(color=INK).encode(x="a:Q", y="b:Q")
    svg = as_svg(chart, "Title", "Description", height=90)
    root = ElementTree.fromstring(svg)
    assert (root.get("role"), root[0].text, root[1].text) == ("img", "Title", "Description")
    assert "width" not in root.attrib, "its place gives it a size"


def test_what_vega_says_of_itself_is_left_out() -> None:
    raw = '<svg xmlns="x" class="marks" width="9" viewBox="0 0 9 9"><g role="graphics-object" aria-label="a b"/></svg>'
    assert accessible(raw, "t", "d").endswith("<title>t</title><desc>d</desc><g/></svg>")


def test_a_sparkline_breaks_at_gaps_and_shows_a_lonely_night_as_a_dot() -> None:
    svg = sparkline([4, 5, None, 6, None], "legs")
    assert (svg.count("<polyline"), svg.count("<circle")) == (1, 1)
    assert unbroken([None, 3, None, 4, 5]) == [[(1, 3)], [(3, 4), (4, 5)]]


def test_the_worst_night_is_the_highest_point_of_a_sparkline() -> None:
    assert 'points="2,22 6,2"' in sparkline([0, 10], "legs")


def test_the_words_of_a_sparkline_are_escaped() -> None:
    assert "<title>&lt;b&gt;</title>" in sparkline([], "<b>")

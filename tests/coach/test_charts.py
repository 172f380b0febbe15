"""Charts and sparklines as a page shows them: gaps stay gaps, no style or script, told in words."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

from coach.adherence.days import Day
from coach.web.charts.drawing import picture, text
from coach.web.charts.effect_charts import forest_chart, score_bars, share_chart
from coach.web.charts.score_charts import score_chart
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


def labels(svg: str) -> list[str]:
    return re.findall(r">([^<]+)</text>", svg)


def test_a_picture_has_its_words_and_takes_its_size_from_its_place() -> None:
    root = ElementTree.fromstring(picture([text(1, 2, "a < b")], (0, 0, 90, 40), "Title", "Description"))
    assert (root.get("role"), root[0].text, root[1].text, root[2].text) == ("img", "Title", "Description", "a < b")
    assert "width" not in root.attrib


def test_a_forest_has_a_row_for_each_step_around_the_line_of_no_difference() -> None:
    svg = forest_chart(
        (("Calf stretches", -1.3, -0.7, -0.1), ("A name that is far too long to fit", 0.2, 0.5, 0.9)), "t", "d"
    )
    assert labels(svg)[:6] == ["−1.5", "−1.0", "−0.5", "0.0", "0.5", "1.0"]
    assert {"Calf stretches", "A name that is far too lo…"} <= set(labels(svg))
    assert svg.count("stroke-dasharray") == 1


def test_a_forest_of_one_estimate_of_nothing_is_drawn() -> None:
    ElementTree.fromstring(forest_chart((("Walking", 0.0, 0.0, 0.0),), "t", "d"))


def test_weeks_stand_in_their_own_order_and_a_line_alone_is_solid() -> None:
    svg = share_chart((("still answering", tuple((str(week), 0.5) for week in range(12))),), "t", "d")
    assert [one for one in labels(svg) if one.isdecimal()] == [str(week) for week in range(12)]
    assert "stroke-dasharray" not in svg


def test_a_week_that_only_one_line_has_stands_between_its_neighbours() -> None:
    answered, done = (("W51", 0.9), ("W01", 0.8)), (("W51", 0.5), ("W52", 0.4), ("W01", 0.4))
    svg = share_chart((("answered", answered), ("steps done", done)), "t", "d")
    assert [one for one in labels(svg) if one.startswith("W")] == ["W51", "W52", "W01"]
    assert svg.count("stroke-dasharray") == 1


def test_bars_are_counted_in_whole_nights() -> None:
    svg = score_bars((0, 0, 1, *[0] * 8), "t", "d")
    assert svg.count("<rect") == 1
    assert [one for one in labels(svg) if one.isdecimal()] == ["0", "1", *map(str, range(11))]


def test_a_sparkline_breaks_at_gaps_and_shows_a_lonely_night_as_a_dot() -> None:
    svg = sparkline([4, 5, None, 6, None], "legs")
    assert (svg.count("<polyline"), svg.count("<circle")) == (1, 1)
    assert unbroken([None, 3, None, 4, 5]) == [[(1, 3)], [(3, 4), (4, 5)]]


def test_the_worst_night_is_the_highest_point_of_a_sparkline() -> None:
    assert 'points="2,22 6,2"' in sparkline([0, 10], "legs")


def test_the_words_of_a_sparkline_are_escaped() -> None:
    assert "<title>&lt;b&gt;</title>" in sparkline([], "<b>")

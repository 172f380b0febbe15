"""The strip of fourteen nights: a dot for each score, and a trend only where there are scores enough."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

from coach.adherence.days import Day
from coach.web.charts.night_strip import night_strip, trend_of

FIRST = date(2026, 3, 2)


def nights(*scores: int | None) -> list[Day]:
    return [
        Day(FIRST + timedelta(days=number), "no_reply" if score is None else "done", score)
        for number, score in enumerate(scores)
    ]


def test_a_dot_for_each_score_and_a_ring_for_each_question_without_an_answer() -> None:
    svg = night_strip(nights(4, None, 6))
    assert svg.count('fill="currentColor"') == 2
    assert svg.count('fill="none"') == 1
    ElementTree.fromstring(svg)


def test_only_the_last_fourteen_nights_are_drawn() -> None:
    assert night_strip(nights(*[5] * 20)).count('fill="currentColor"') == 14


def test_a_worse_score_stands_higher() -> None:
    heights = re.findall(r'cy="([\d.]+)"', night_strip(nights(0, 5, 10)))
    assert [float(height) for height in heights] == sorted(map(float, heights), reverse=True)


def test_the_trend_compares_two_weeks_and_needs_five_scores_in_each() -> None:
    assert trend_of([3] * 7 + [7] * 7).words == "worse than the week before"
    assert trend_of([7] * 7 + [3] * 7).words == "better than the week before"
    assert trend_of([5] * 14).words == "about as the week before"
    few = trend_of([3] * 7 + [7, 7, 7, 7, None, None, None])
    assert few.words == "too few scores for a trend"
    assert few.arrow == ""


def test_its_title_tells_every_night_in_words() -> None:
    svg = night_strip([*nights(4, None), Day(FIRST + timedelta(days=2), "not_prompted", reason="paused")])
    assert "Mar 1: 4; Mar 2: no answer about the step; Mar 3: paused" in svg


def test_people_without_a_night_have_an_empty_strip() -> None:
    ElementTree.fromstring(night_strip([]))
    assert "too few scores" in night_strip([Day(FIRST, "before")])

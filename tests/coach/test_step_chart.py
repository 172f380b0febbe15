"""A person's steps beside the scores of their nights, as numbers and as a picture."""

from datetime import date, timedelta

from coach.adherence.days import Day
from coach.adherence.step_scores import NO_STEP, OfferedStep, StepScores, step_scores
from coach.web.charts.step_chart import step_chart

FIRST = date(2026, 3, 2)
DAY = timedelta(days=1)
# The scores of the nights of March 2 to 5, each asked the day after, with the step asked about.
DAYS = [
    Day(FIRST + DAY, "done", 3, "walk"),
    Day(FIRST + 2 * DAY, "not_done", 6, "bath"),
    Day(FIRST + 3 * DAY, "no_reply", None, "walk"),
    Day(FIRST + 4 * DAY, "done", 5, "coffee"),
]


def test_a_step_has_the_score_of_the_night_it_can_act_on() -> None:
    offered = [
        OfferedStep(FIRST, "walk", "tonight"),
        OfferedStep(FIRST + DAY, NO_STEP, None),
        OfferedStep(FIRST + 2 * DAY, "walk", "tonight"),
        OfferedStep(FIRST + 2 * DAY, "coffee", "tomorrow"),
    ]
    assert step_scores(offered, DAYS) == [
        StepScores("walk", 2, 1, 0, [3]),
        StepScores("coffee", 1, 1, 0, [5]),
        StepScores(NO_STEP, 1, 0, 0, [6]),
    ]


def test_the_picture_has_a_dot_for_each_night_and_a_line_at_the_mean() -> None:
    drawn = step_chart([StepScores("walk", 3, 3, 0, [2, 2, 8])], ["Evening <walk>"], "three nights")
    assert drawn.count("<circle") == 3
    places = [part.split('"')[1] for part in drawn.split("<circle ")[1:]]
    assert len({*places}) == 3, "no dot hides another"
    assert "Evening &lt;walk&gt;" in drawn
    assert 'x1="168"' in drawn, "the mean, 4 of 10"

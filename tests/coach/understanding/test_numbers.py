"""Between several numbers: the one they call their score, or none."""

from __future__ import annotations

import pytest

from coach.understanding import Asked, understand


@pytest.mark.parametrize(
    ("text", "score"),
    [("On the 14th I was at 9, tonight I am at 4", 4), ("it was 8 last week but 3 now", 3), ("ayer 8, hoy 4", 4),
     ("was 8 before the bath n 4 after", None), ("7 then 4", None)],
)  # fmt: skip
def test_what_is_now_wins_over_what_was_then(text: str, score: int | None) -> None:
    assert understand(text, Asked.SCORE).score == score


@pytest.mark.parametrize(
    ("text", "score"),
    [("2 cups of tea n 1 biscuit, legs 4", 4), ("got off 1 bus stop early, 3", 3), ("8 honestly, maybe 9", None),
     ("left 3 right 6", None), ("comí 1 galleta, piernas 5", 5)],
)  # fmt: skip
def test_a_number_that_may_count_a_thing_gives_way_to_one_that_cannot(text: str, score: int | None) -> None:
    assert understand(text, Asked.SCORE).score == score


@pytest.mark.parametrize(
    ("text", "score"),
    [("9 no wait i was thinking of my knee. 4 for the legs", 4), ("9 no wait", None),
     ("8, no espera, fue la espalda. 5", 5)],
)  # fmt: skip
def test_a_number_they_waver_about_gives_way_to_the_next(text: str, score: int | None) -> None:
    assert understand(text, Asked.SCORE).score == score


@pytest.mark.parametrize(
    ("text", "score"),
    [("bp 120/80. 4", 4), ("temp 98.6, a 4", 4), ("weighed 180. legs 5", 5), ("watching game 7, legs 5", 5),
     ("14. 4", None), ("legs 4, then 6", None), ("presión 120/80, piernas 4", 4), ("in bed by 9 so 4/10", 4),
     ("three or so to five", None)],
)  # fmt: skip
def test_a_number_of_something_else_gives_way(text: str, score: int | None) -> None:
    assert understand(text, Asked.SCORE).score == score


@pytest.mark.parametrize("text", ["did it. 4 to 5", "del 5 al 6, sí", "4 to 5"])
def test_a_range_with_to_is_never_one_of_its_ends(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).score is None

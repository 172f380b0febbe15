"""Scores of two nights, halves, numbers that are none, and words on the step that are none."""

import pytest

from coach.understanding import Asked, understand

TWO_NIGHTS = [
    *("it was a two last night and a nine the night before", "anteayer fue un 9 y ayer era un 2"),
    "oops I mixed them up, yesterday was the 8",
]


@pytest.mark.parametrize("text", TWO_NIGHTS)
def test_scores_of_two_nights_go_to_a_coach(text: str) -> None:
    reading = understand(text)
    assert (reading.score, reading.for_coach) == (None, "read")
    assert "another" in {span.kind for span in reading.recognised}


@pytest.mark.parametrize(("text", "score"), [("3 last night, 9 the night before", 3), ("anoche un 2, antier un 7", 2)])
def test_a_plain_score_beside_an_earlier_night_is_kept_apart(text: str, score: int) -> None:
    reading = understand(text)
    assert (reading.score, reading.for_coach) == (score, "read")
    assert "another" in {span.kind for span in reading.recognised}


@pytest.mark.parametrize("text", ["4 1/2", "legs 4 1/2", "3 1/4"])
def test_a_half_is_asked_about(text: str) -> None:
    reading = understand(text)
    assert reading.score is None
    assert "not a whole number" in reading.why


def test_a_half_of_an_hour_is_no_score() -> None:
    assert understand("slept 4 1/2 hours. 3 yes").score == 3


@pytest.mark.parametrize("text", ["n/a", "N/A"])
def test_what_does_not_apply_is_no_word_on_the_step(text: str) -> None:
    assert understand(text).habit is None


def test_a_deed_beside_a_new_score_changes_both_answers() -> None:
    reading = understand("did the busy thing, crossword. 2", Asked.NONE)
    assert (reading.score, reading.habit) == (2, True)
    assert understand("walked 3 miles, legs 2", Asked.NONE).habit is None


def test_a_wish_about_the_time_is_no_answer() -> None:
    reading = understand("can you move these to the mornings?")
    assert reading.command is not None
    assert (reading.command.name, reading.score, reading.habit) == ("set_time", None, None)


def test_pidgin_holds_no_second_number() -> None:
    reading = understand("Five. Neva do da walk")
    assert (reading.score, reading.habit) == (5, False)
    assert understand("Five kine. Neva do da walk").seen == ()


@pytest.mark.parametrize(("text", "language"), [("no English", "es"), ("no English again", None), ("en inglés", "en")])
def test_a_language_refused_again_may_mean_either(text: str, language: str | None) -> None:
    command = understand(text).command
    assert command is not None
    assert command.language == language


@pytest.mark.parametrize("text", ["my old number ends in 22, this is new phone", "this is my new number now"])
def test_a_new_phone_of_their_own_is_for_a_coach_and_no_wrong_number(text: str) -> None:
    reading = understand(text)
    assert (reading.intent.value, reading.stop, reading.for_coach) == ("unclear", "no", "read")


@pytest.mark.parametrize("text", ["7ish at 4am but 2 the rest", "6 at first then 3 the rest of the night"])
def test_two_parts_of_a_night_are_asked_about(text: str) -> None:
    reading = understand(text)
    assert (reading.score, len(reading.seen)) == (None, 2)


OF_ANOTHER_NIGHT = [
    "actually the 4th was worse than i said, that was a 9",
    "monday was worse than i said, that was a 9",
    "el lunes fue peor de lo que dije, fue un 9",
]


@pytest.mark.parametrize("text", OF_ANOTHER_NIGHT)
def test_a_night_named_as_worse_than_told_is_not_tonight(text: str) -> None:
    reading = understand(text)
    assert (reading.score, reading.for_coach) == (None, "read")


def test_legs_worse_than_told_are_still_tonights() -> None:
    assert understand("legs are worse than i said, make it a 9").score == 9


@pytest.mark.parametrize("text", ["yeah kinda", "yes sorta", "kinda yes", "yeah sort of"])
def test_a_yes_that_wavers_is_asked_about(text: str) -> None:
    assert understand(text).habit is None


@pytest.mark.parametrize("text", ["yes, kinda tired", "yes it was kinda hard. 4", "yeah"])
def test_a_yes_beside_another_word_that_wavers_counts(text: str) -> None:
    assert understand(text).habit is True


def test_what_was_craved_and_skipped_leaves_the_yes_to_the_step() -> None:
    text = "im dying for a coffee but i skipped it. yes 4"
    assert [understand(text, one).habit for one in (Asked.SCORE_AND_HABIT, Asked.SCORE_AND_ABSTENTION)] == [True, True]


@pytest.mark.parametrize(("text", "wants"), [("Y. legs, eh, better than sunday's 8", False), ("legs", True)])
def test_naming_the_legs_beside_an_answer_calls_for_no_help(text: str, wants: bool) -> None:
    assert ("now" in {span.kind for span in understand(text).recognised}) is wants

"""Answers in the form our texts teach, without the comma, and answers that come out of the blue."""

import pytest

from coach.understanding import Asked, Intent, understand

RUN_ON = [
    ("6 yes the twitching kept up anyhow", 6, True),
    ("8 yes they never let go of me", 8, True),
    ("five no dog barked half the night", 5, False),
    ("7 no cuz of the late shift", 7, False),
    ("4 no his truck needed a jump", 4, False),
    ("9 no this heat is something else", 9, False),
    ("legs 5 exercises no", 5, False),
    ("Short answer no. It was a 7", 7, False),
    ("6 no mis nietos llegaron tarde", 6, False),
    ("7 no el perro andaba enfermo", 7, False),
]
NOT_CERTAIN = [
    *(
        "8 no kicks till dawn though",
        "6 no relief from any of it",
        "7 no matter how I lay",
        "9 no position suited them",
    ),
    *("7 no dormí casi nada", "4 no se me olvidó tomar agua", "5 no la pasé tan mal", "3 no quitting on me now"),
    *("6 yes i forgot", "7 no hubo manera"),
]
OUT_OF_THE_BLUE = [
    ("sorry I nodded off, it was a 4 and I did do it", 4, True),
    ("A late reply: seven, and no, I did not do it", 7, False),
    ("ay se me pasó contestar, fue 6 y sí lo hice", 6, True),
    ("I did do the stretch last night, should have said", None, True),
    ("El estiramiento de ayer sí lo hice, se me olvidó reportarlo", None, True),
]
TWO_TIMES = [
    "3 when I went to bed, 7 by morning",
    "it was 2 at bedtime and 6 by midnight",
    "2 al acostarme y 6 a las tres",
]
NO_STEP = [
    "6. I honestly cant remember if I did the step",
    "4, killed it at trivia night",
    "5. Aced it at the interview",
]


@pytest.mark.parametrize(("text", "score", "habit"), RUN_ON)
def test_a_yes_or_no_right_after_the_score_counts_whatever_follows(text: str, score: int, habit: bool) -> None:
    reading = understand(text)
    assert (reading.score, reading.habit) == (score, habit)


@pytest.mark.parametrize("text", NOT_CERTAIN)
def test_a_no_that_may_deny_what_follows_is_no_answer(text: str) -> None:
    assert understand(text).habit is None


@pytest.mark.parametrize(("text", "score", "habit"), OUT_OF_THE_BLUE)
def test_an_answer_to_no_open_question_is_recorded(text: str, score: int | None, habit: bool) -> None:
    reading = understand(text, Asked.NONE)
    assert (reading.intent, reading.score, reading.habit) == (Intent.CHECKIN, score, habit)


@pytest.mark.parametrize("text", TWO_TIMES)
def test_two_times_of_one_night_are_asked_about(text: str) -> None:
    reading = understand(text, Asked.SCORE)
    assert (reading.intent, reading.score) == (Intent.UNCLEAR, None)


@pytest.mark.parametrize("text", NO_STEP)
def test_what_was_won_or_forgotten_is_no_step(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).habit is None

"""Answers in unusual words, answers typed by a helper, losses of long ago, and danger that is only a film or a joke."""

import pytest

from coach.understanding import Asked, Intent, understand

BOTH, SCORE, HABIT = Asked.SCORE_AND_HABIT, Asked.SCORE, Asked.HABIT
ANSWERS = [
    ("9 n pulled a double in the truck, legs went nuts on the clutch", BOTH, 9, False),
    ("6 n worked late", BOTH, 6, False),
    ("7 n legs were bad", BOTH, 7, None),
    ("6 n did it", BOTH, 6, True),
    ("Was too wore out for the step. 7", BOTH, 7, False),
    ("sí y 5 dios la bendiga", BOTH, 5, True),
    ("yes and 5 god bless", BOTH, 5, True),
    ("Legs five. Did the calf thing too.", SCORE, 5, True),
    ("Las piernas me molestaron 4, el ejercicio sí se hizo", BOTH, 4, True),
    ("5, el paso no se hizo", BOTH, 5, False),
    ("con mis nietos hicimos la elongación, me doy un 3", BOTH, 3, True),
    ("so so. kind of did it", BOTH, None, None),
    ("did it, kind of proud", HABIT, None, True),
    ("5. only did the one leg lol so i guess sorta", BOTH, 5, None),
    ("sorta, i did one leg", HABIT, None, None),
    ("8 yes, did both legs", BOTH, 8, True),
    ("al principio 2, después como 6", SCORE, None, None),
    ("4 when I went to bed, 8 by 3am", SCORE, None, None),
    ("grandpa says 7 and no he did not do it (im his grandson)", BOTH, 7, False),
    ("soy la nieta, dice mi abuelita que 6 y que sí lo hizo con su andador", BOTH, 6, True),
    ("im her daughter, she says 5 and yes", BOTH, 5, True),
    ("5 sí, mi finada madre hacía lo mismo", BOTH, 5, True),
    ("anoche 2, me puse las calcetas de lana de mi finado", SCORE, 2, None),
]
LONG_AGO = ["3 yes. lost my mom ten years back", "5 sí, mi finada madre hacía lo mismo"]
NOT_THEM = [
    *("el señor ya es difunto", "este era el número de mi difunto padre", "im his grandson, he died last night, 4 yes"),
    *("soy la nieta, mi abuelita falleció", "soy su hija, mi papá finado ya no usa este número"),
]
FICTION = [
    *("Watched that movie where the two gals drive off the cliff at the end. Two thumbs down",),
    *("Our Passion play is tonight, I'm the soldier so I get to do the killing lol",),
    *("If I hear one more story about his boat I will jump out the window haha. ground floor",),
    *("hago de soldado en la obra de teatro y me toca matar a Jesús",),
]
IN_EARNEST = [
    *("I saw a movie about suicide and I want to do it too", "just one more night and I will jump out the window"),
    *("watched a movie where they drive off the cliff and I want to do that too",),
    *("if he hits me one more time I will jump out the window", "I don't consent to living anymore. End it"),
]


@pytest.mark.parametrize(("text", "asked", "score", "habit"), ANSWERS)
def test_an_answer_in_unusual_words_is_taken_or_asked_about(
    text: str, asked: Asked, score: int | None, habit: bool | None
) -> None:
    reading = understand(text, asked)
    assert (reading.score, reading.habit) == (score, habit)


@pytest.mark.parametrize("text", LONG_AGO)
def test_a_loss_of_long_ago_beside_an_answer_is_no_news(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.died) == (Intent.CHECKIN, False)


def test_a_loss_of_yesterday_is_seen_by_a_coach() -> None:
    assert understand("mi difunto esposo, lo enterramos ayer. 3 no").for_coach is not None


@pytest.mark.parametrize("text", NOT_THEM)
def test_a_death_of_theirs_or_another_writer_is_no_answer(text: str) -> None:
    assert understand(text).intent is Intent.WRONG_NUMBER


@pytest.mark.parametrize("text", FICTION)
def test_a_film_a_play_and_a_joke_page_nobody(text: str) -> None:
    assert understand(text, Asked.NONE).intent is not Intent.CRISIS


@pytest.mark.parametrize("text", IN_EARNEST)
def test_danger_beside_a_film_or_a_joke_is_heard(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.CRISIS


def test_consent_taken_back_is_a_stop_and_no_crisis() -> None:
    text = "promised things by clinics since before you was born. I don't consent to this no more. End it."
    assert understand(text, Asked.NONE).intent is Intent.OPT_OUT

"""Exaggeration about trifles, danger told plainly beside it, and answers that somebody types for the participant."""

import pytest

from coach.understanding import Asked, Intent, understand

TRIFLES = [
    *(
        "6 no. Id sooner starve than give up biscuits",
        "4 yes, I'd rather die than miss bingo lol",
        "5 yes it was do or die",
    ),
    *("7 no, we blew a lead and I wanted to throw myself off the recliner", "no I am cutting myself a break this week"),
    *(
        "yes 2. finally got my scope zeroed in",
        "6 no the phone about gave me a heart attack",
        "3 yes, bleeding hearts are up",
    ),
    *("yes. could recite it with a gun to my head", "5 yes I'd jump off a bridge if the app told me to"),
    *(
        "no, power was out and I couldnt see my hand in front of my face",
        "5 no, perdieron las Chivas y me quería morir",
    ),
    *("6 no, me quería cortar las venas con una tortilla", "no, fue el aniversario de la muerte de mi abuela"),
    *("8 sí, mi hermana me va a ahorcar si sigo pateando", "4 yes, that finale killed me, im deceased"),
]
IN_EARNEST = [
    *("I'd sooner die than live like this. 5 no", "no. cutting myself some slack, by morning I'll be gone for good"),
    *("5 no, perdió el bebé y me quería morir", "8. I laid there wondering which of the guns would be quickest"),
    *(
        "I cut my arms up with a razor",
        "4. I got my rifle out and my hands are shaking",
        "no, I held a lighter to my arm",
    ),
    *(
        "he came in yelling and slammed me into the counter",
        "6 no. working up the courage to walk in and never come out",
    ),
    *("do or die they say. I want to die", "me quiero cortar las venas"),
]
HELPERS = [
    ("hes saying 6 and yes, this is Carol typing", 6, True),
    ("Dice mi suegro que un 3 y que sí, escribo yo", 3, True),
    ("this is his son texting for him, he says it was a 5 and no", 5, False),
]
NOT_THEIR_ANSWER = ["this is his wife, who are you", "this is his wife typing, he died last night. 4 yes"]
QUIET = [
    *(
        "5 no, my boy had a fever all night",
        "4 yes. we buried the hamster in a shoebox",
        "6 no, vine cansada de la diálisis",
    ),
    *("7 no. don't stop the texts on my account", "un 5. ya se murió el gallo de la esquina"),
    *("no lo hice, mi hijo tuvo fiebre. 6", "yes, fell into bed right after. 3"),
]
STILL_SEEN = [
    "4 yes. We buried my mother yesterday",
    "6 no, ya no voy a la diálisis",
    "5 yes. I go in for surgery Friday",
]
DOUBTFUL = ["ya para qué seguimos con las preguntas", "ni ganas me dan de contestarles", "ya me hartaron la verdad"]


@pytest.mark.parametrize("text", TRIFLES)
def test_a_trifle_told_as_danger_alarms_nobody(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.urgency) == (Intent.CHECKIN, None)


@pytest.mark.parametrize("text", IN_EARNEST)
def test_danger_is_heard_beside_an_idiom_and_without_one(text: str) -> None:
    assert understand(text).intent is Intent.CRISIS


@pytest.mark.parametrize(("text", "score", "habit"), HELPERS)
def test_a_helper_who_says_so_gives_the_answer(text: str, score: int, habit: bool) -> None:
    reading = understand(text)
    assert (reading.intent, reading.score, reading.habit) == (Intent.CHECKIN, score, habit)


@pytest.mark.parametrize("text", NOT_THEIR_ANSWER)
def test_somebody_else_without_an_answer_is_none(text: str) -> None:
    assert understand(text).intent is Intent.WRONG_NUMBER


def test_what_a_spouse_thinks_is_no_score() -> None:
    assert understand("my husband says 8 and yes", Asked.SCORE_AND_HABIT).score is None


@pytest.mark.parametrize("text", QUIET)
def test_everyday_trouble_beside_an_answer_needs_no_coach(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.for_coach) == (Intent.CHECKIN, None)


@pytest.mark.parametrize("text", STILL_SEEN)
def test_a_loss_or_an_own_illness_is_seen_by_a_coach(text: str) -> None:
    assert understand(text).for_coach is not None


@pytest.mark.parametrize("text", DOUBTFUL)
def test_a_weary_word_about_the_texts_may_be_a_stop(text: str) -> None:
    assert understand(text).stop == "doubtful"


def test_weary_of_the_legs_is_no_stop() -> None:
    assert understand("ya me cansaron las piernas").stop == "no"

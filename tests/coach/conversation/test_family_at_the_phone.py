"""A family shares a phone: its dangers are heard, and nobody else's legs, step or dose becomes the participant's."""

import pytest
from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

DANGERS = {
    "kept in": (("my niece wont let me out of the bathroom",), "988"),
    "hit by a relative": (("my daughter in law slapped me",), "988"),
    "a threat by telephone": (("she told me put down the phone or else",), "988"),
    "a gun in the house": (("please take the gun out of this house",), "988"),
    "a machete": (("mi yerno no suelta el cuchillo", "nos escondimos en el closet"), "988"),
    "locked in with him": (("mi sobrina esta encerrada con su novio", "esta gritando"), "988"),
    "with grandpa": (("dice mi suegra que ya se quiere ir con mi abuelo",), "988"),
    "at school": (("my cousin at school is bringing a knife to class",), "988"),
    "speech": (("grandma is not speaking clearly",), "911"),
    "one side": (("im dizzy and", "my hand went numb"), "911"),
    "a fall": (("my nephew fell off the roof",), "911"),
    "a broken bone": (("his arm looks bent wrong",), "911"),
    "a sting": (("he got stung by a wasp", "his lips are puffy and hes wheezing"), "911"),
    "low sugar": (("dads sugar is at 41",), "911"),
    "a scald": (("a mi nieta se le cayo el agua hirviendo",), "911"),
    "nobody wakes": (("mi abuelo amanecio helado",), "911"),
    "wandered off": (("dad walked out last night", "he hasnt come back", "he has dementia"), "911"),
    "not come home": (("mi abuela salio ayer", "no ha vuelto", "tiene alzheimer"), "911"),
    "more so that she sleeps": (("mom says give her 3 more so she sleeps",), "911"),
    "grandpa's": (("i took grandpas",), "911"),
    "mother's pills": (("mi abuela se tomo las de mi mama",), "911"),
    "a glass with a pill": (("el nene tomo de mi vaso con la pastilla",), "911"),
    "a dose twice": (("gave my wife her night pills twice and shes very sleepy",), "911"),
    "a threat for texting": (("my son says if i call anybody he will break my hand",), "988"),
    "a rope": (("I put the rope over the closet bar",), "988"),
    "a car in the garage": (("started the car in the garage and went back in for a note",), "988"),
    "the whole box": (("mi hermana se tomo la caja entera",), "1-800-222-1222"),
}


@pytest.mark.parametrize("danger", DANGERS)
def test_a_danger_in_the_family_is_answered_and_flagged(
    client: FlaskClient, evening: Runtime, clock: TestClock, danger: str
) -> None:
    texts, line = DANGERS[danger]
    answers = []
    for words in texts:
        answers.append(said(client, words))
        clock.forward(minutes=1)
    assert any(line in answer for answer in answers), answers
    assert {flag.kind for flag in rows(evening.engine, Flag)} & {"crisis", "urgent"}


@pytest.mark.parametrize(
    "words",
    [
        "gave grandma 3 at 9",
        "les di 2 anoche",
        "she took 8 of them",
        "told the nurse to call at 8",
        "8 her 5 me",
        "7 mi hija, no yo",
        "my brother says his stretch was done",
        "que alguien borre eso",
    ],
)
def test_what_is_of_somebody_else_is_no_answer(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)


@pytest.mark.parametrize(
    ("words", "score"),
    [
        ("my wife won't let me leave without a hug. 4 yes", 4),
        ("my arm is dead tired from the garden. 5 yes", 5),
        ("amaneció frío hoy, 4 sí", 4),
        ("fell off the wagon with coffee. 3 no", 3),
        ("my sugar was 110 and my legs 4, yes", 4),
        ("I called my sister at 9. legs 4 yes", 4),
        ("she kicked me out of bed lol 6 no", 6),
        ("i'd give it a 6, yes", 6),
        ("I'm not dead yet lol. 4 yes", 4),
        ("started the car in the garage to warm it up. 4 yes", 4),
    ],
)
def test_everyday_talk_with_the_same_words_alerts_nobody(
    client: FlaskClient, evening: Runtime, words: str, score: int
) -> None:
    said(client, words)
    assert last_check_in(evening).score == score
    assert not {flag.kind for flag in rows(evening.engine, Flag)} & {"crisis", "urgent"}

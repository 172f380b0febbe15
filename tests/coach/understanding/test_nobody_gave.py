"""Numbers and words on the step nobody gave: about us, of a date, ironic, contradicted; and answers not to lose."""

import pytest

from coach.understanding import Asked, understand

NO_SCORE = [
    *("i give you people a 10", "10/10 would not recommend", "1 out of 10 people would call this useful. no"),
    *("dos tres jaja, anduve bien", "mejor que ayer, no llego a 5", "ni un uno", "el 10 salgo de viaje"),
    *("7 if I'm honest but put 4", "7 no 8 sí", "anoche 10 de 10 dormi super", "un diez la noche, ni una molestia"),
    *(
        "calificacion 9, dormi perfecto",
        "giving this app a 2",
        "not even a 3",
        "el 5 me operan",
        "10, slept like a baby",
    ),
    *("couldn't be better, a ten!", "un diez de noche!", "down 2 from yesterday", "le bajó dos", "una noche de diez"),
    *("3 less than last night", "bajó como dos rayitas", "de diez, dormí como angelito", "a perfect 10, never better"),
    *("9 perfect night", "didn't get to a 4", "8! legs were so quiet", "dos que tres", "10 would recommend you"),
]
NO_HABIT = [
    *(
        "not tonight ok",
        "not today, I have a fever",
        "didn't not do it",
        "stop asking if I did the step. just ask legs. 5",
    ),
    *("claro como no, con este dolor quien va a poder", "ya no siento las piernas", "don't skip it"),
    *("give it a rest will ya", "se me fue el alma al piso con ese penal", "I believe we are done here"),
    *("you always ask whether i did it", "not tonight please"),
]
ANSWERS = {
    "ni de coña hice el paso": (None, False),
    "ni loco lo hice, 6": (6, False),
    "no, 4": (4, False),
    "por supuesto que no lo hice, 3": (3, False),
    "claro que no, 7": (7, False),
    "bajó a 2, sí": (2, True),
    "dropped to a 3, yes": (3, True),
    "4 better than last night. yes": (4, True),
    "a perfect 10 in a bad way, no": (10, False),
    "4 n/a": (4, None),
    "6. PT made me do 10 laps so yes": (6, True),
    "just so tired of being tired. 9 n": (9, False),
    "can't stop shaking them, 9, did it twice": (9, True),
    "9, awful night, yes": (9, True),
    "8 no, no dormí bien": (8, False),
    "10 worst night ever": (10, None),
    "3 slept great, yes": (3, True),
    "not last night, 5": (5, False),
}


@pytest.mark.parametrize("text", NO_SCORE)
def test_no_score_is_taken(text: str) -> None:
    assert understand(text).score is None


@pytest.mark.parametrize("text", NO_HABIT)
def test_no_word_on_the_step_is_taken(text: str) -> None:
    assert understand(text).habit is None


@pytest.mark.parametrize("text", ANSWERS)
def test_what_was_answered_is_taken(text: str) -> None:
    reading = understand(text)
    assert (reading.score, reading.habit) == ANSWERS[text]


def test_a_half_is_asked_about_and_its_yes_is_kept() -> None:
    reading = understand("siete y medio, sip")
    assert (reading.score, reading.habit) == (None, True)


@pytest.mark.parametrize("text", ["wait, 8:45 is too late, other way around", "9 is too late", "7 is too early for me"])
def test_a_time_that_is_too_late_is_not_the_one_they_want(text: str) -> None:
    command = understand(text, Asked.NONE).command
    assert command is None or command.time is None

"""An unusual word beside a number, and words about something else beside a yes or no, do not hide the answer."""

import pytest

from coach.understanding import Asked, understand

SCORES = [
    *(("9 puñeta", 9), ("6 sumercé, como siempre", 6), ("eight mister, i walk the hall till the birds sing", 8)),
    *(("9 wish I could unscrew em and set em on the porch", 9), ("8 lousy night", 8), ("juemadre un 9", 9)),
    *(("7 sittin in the cab all day does it, El Paso to Shreveport", 7), ("Ponele un 8", 8), ("uno nomás", 1)),
    *(("Number 6", 6), ("#5", 5), ("number is 2", 2), ("number five, final answer", 5)),
]
NO_SCORE = [
    *("iOS 10", "ETA 5", "9 ferrets escaped", "1 ferret", "number 6 bus was late", "4 dozen cannoli for Mrs. Russo"),
    *("10/10 would not recommend", "8 Mister, the baby is coming out FEET", "tell him four hundred or he can haul it"),
]
WHOLE = [
    *(("yes 8 lousy night", 8, True), ("púchica 9 y no hice el ejercicio", 9, False), ("10 fuckin 10. no", 10, False)),
    *(("cero paso anoche jaja, no lo hice, piernas 5", 5, False), ("07 yes", 7, True)),
    ("5 no. Moved house back in '09 and the cat had me up at 4", 5, False),
    ("no didnt do it, anduve parando en cada stop light y llegué bien tarde. 4", 4, False),
]
STEPS = [
    *(("sí, y eso que River nos mató 3 a 0 y no tenía ganas de nada", True), ("qué va, me quedé frita", False)),
    *(("no I was at a funeral all day, cousin Ray, 94, went peaceful in his sleep", False), ("que va", False)),
    *(("Sí lo hice, casi me muero de la vergüenza porque entró el pastor", True), ("Que sí, pesaos", True)),
    *(("que no, hija, que me quedé dormido en el sillón", False), ("the stretch was performed", True)),
    *(("sí lo hice, hasta mi hijo se puso a estirar conmigo", True), ("yes, non stop for the whole two min", True)),
]


@pytest.mark.parametrize(("text", "score"), SCORES)
def test_an_unusual_word_that_counts_nothing_leaves_the_score(text: str, score: int) -> None:
    assert understand(text, Asked.SCORE).score == score


@pytest.mark.parametrize("text", NO_SCORE)
def test_a_number_of_something_else_is_no_score(text: str) -> None:
    assert understand(text, Asked.SCORE).score is None


@pytest.mark.parametrize(("text", "score", "habit"), WHOLE)
def test_a_whole_answer_counts_whatever_is_told_beside_it(text: str, score: int, habit: bool) -> None:
    reading = understand(text, Asked.SCORE_AND_HABIT)
    assert (reading.score, reading.habit) == (score, habit)


@pytest.mark.parametrize(("text", "habit"), STEPS)
def test_the_step_counts_beside_numbers_and_stories(text: str, habit: bool) -> None:
    assert understand(text, Asked.HABIT).habit is habit


def test_an_unusual_word_that_may_be_the_yes_or_no_is_asked_about() -> None:
    assert understand("5 noe", Asked.SCORE_AND_HABIT).score is None


@pytest.mark.parametrize(
    "text", ["between 4 and 6, half did it", "entre 3 y 6 y no me acuerdo si lo hice", "7, didnt pay attention"]
)
def test_half_a_step_or_a_forgotten_one_is_neither_yes_nor_no(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).habit is None

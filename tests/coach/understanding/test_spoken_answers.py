"""Answers as people speak them: to whom they say it, in forms of their own, taken back, and beside a story."""

import pytest

from coach.understanding import Asked, Intent, understand


@pytest.mark.parametrize(
    ("text", "score", "habit"),
    [
        ("4 no boss, the truck broke down", 4, False),
        ("3 yes sir ya mero me sale", 3, True),
        ("6 no patrón, se nos fue la luz", 6, False),
        ("4 carnal, y sí me lo aventé", 4, True),
        ("no mi amor, yo llegué tardísimo, 5", 5, False),
    ],
)
def test_whom_they_address_is_no_part_of_the_answer(text: str, score: int, habit: bool) -> None:
    reading = understand(text)

    assert (reading.intent, reading.score, reading.habit) == (Intent.CHECKIN, score, habit)


@pytest.mark.parametrize("text", ["8, my boss called me in", "7, mi hija no me deja"])
def test_who_is_only_spoken_of_is_not_addressed(text: str) -> None:
    assert understand(text).habit is not True


@pytest.mark.parametrize(
    ("text", "habit"),
    [
        ("8, y sí me di el masaje", True),
        ("ora sí estuvo cañón, 8, y sí me estiré", True),
        ("8, sí me desperté mucho", None),
        ("8, si me duele mucho", None),
        ("8, no me acuerdo si lo hice", None),
        ("8, ahora sí le fallé", False),
    ],
)
def test_a_yes_before_what_they_did_is_a_deed_whatever_the_verb(text: str, habit: bool | None) -> None:
    reading = understand(text)

    assert (reading.score, reading.habit) == (8, habit)


@pytest.mark.parametrize(
    ("text", "score"), [("un tresito", 3), ("sietecito anoche", 7), ("dosito, sí", 2), ("un cuatrito nomás", 4)]
)
def test_a_little_number_is_the_number(text: str, score: int) -> None:
    assert understand(text, Asked.SCORE).score == score


def test_a_diminutive_of_the_step_is_the_step() -> None:
    assert understand("las piernas 5 el pasito no").habit is False


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Six. They quit around two and then I slept", 6),
        ("2 hecho. el niño ya aprendió a contar hasta diez", 2),
    ],
)
def test_the_first_number_by_itself_is_the_answer_and_not_one_in_a_story(text: str, score: int) -> None:
    assert understand(text).score == score


@pytest.mark.parametrize("text", ["8! damn 9. and no", "4. no, 6. yes"])
def test_a_number_that_may_correct_the_first_is_no_story(text: str) -> None:
    assert understand(text).score is None


@pytest.mark.parametrize("text", ["just kidding… so no", "yes. just kidding, so no", "sí... mentira, no lo hice"])
def test_a_joke_that_is_called_one_is_corrected(text: str) -> None:
    reading = understand(text, Asked.HABIT)

    assert reading.habit is False
    assert reading.corrects


@pytest.mark.parametrize(
    "text", ["too tired, no score today", "no score today, too tired", "no tea for me! wine ha", "mañana sí"]
)
def test_what_is_no_word_on_the_step_records_none(text: str) -> None:
    assert understand(text).habit is None


def test_what_the_legs_did_is_not_what_they_did_themselves() -> None:
    reading = understand("my legs danced more than I did at my wedding. 6")

    assert (reading.score, reading.habit) == (6, None)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("7:30 is too early, make it 8", "20:00"),
        ("8 is too late. make it 7 please", "19:00"),
        ("9 es muy tarde. mejor a las 7", "19:00"),
    ],
)
def test_an_hour_that_is_refused_is_neither_the_new_one_nor_a_score(text: str, time: str) -> None:
    reading = understand(text)

    assert reading.intent is Intent.SET_TIME
    assert reading.command is not None
    assert reading.command.time == time
    assert (reading.score, reading.habit) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "7 no, up half the night with a sick calf",
        "4 yes, buried my old dog out back today",
        "3 yes, got er done",
    ],
)
def test_a_sick_or_buried_animal_beside_an_answer_needs_no_coach(text: str) -> None:
    assert understand(text).for_coach is None


@pytest.mark.parametrize(
    "text", ["7 no, I was in the hospital", "7 no, mom was in surgery", "5 no, surgery tomorrow", "6 no, I'm in the er"]
)
def test_illness_is_for_a_coach(text: str) -> None:
    assert understand(text).for_coach is not None


def test_a_spanish_and_before_a_no_is_no_english_yes() -> None:
    assert understand("6 y no because my comadre came to visit").habit is not True

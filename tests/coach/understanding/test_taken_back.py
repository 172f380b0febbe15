"""A number taken back, or given to a pain, a person or another night, is recorded by no reading."""

import pytest

from coach.understanding import Intent, understand

TAKEN_BACK = [
    *("perdón lo del 8 era mi dolor de cabeza", "8 was for the pain in my back not legs", "the 10 was a joke"),
    *(
        "take the ten out please",
        "Don't record that 3, it was my blood sugar",
        "delete that 0",
        "quítame el 0 de anoche",
    ),
    *(
        "not me that wrote 10, it was my wife",
        "no tuesday was the 6 not wednesday",
        "remove that 7",
        "the 9 was a typo",
    ),
    *(
        "that 5 was my knee",
        "my grandson typed that",
        "borren el 4 por favor",
        "el 10 era broma",
        "no fui yo quien puso 9",
    ),
    *("don't count the 2", "mi hija lo escribió", "scratch my 6 off", "the 7 was about my shoulder"),
]
PUT_RIGHT = {
    "my kid typed that last one, real answer 3 no": (3, False),
    "the 8 was a typo, meant 3": (3, None),
    "scratch that, 6": (6, None),
    "oops meant 4": (4, None),
}
STILL_ANSWERS = {
    "5 was hard but did it": (5, True),
    "8 no, my back hurts too": (8, False),
    "it was a 6 last night, yes": (6, True),
    "3 yes my wife walked with me": (3, True),
    "fue un 4, sí": (4, True),
    "7 no. my dog kept me up": (7, False),
    "4 yes took my pills": (4, True),
}


@pytest.mark.parametrize("text", TAKEN_BACK)
def test_what_is_taken_back_is_no_answer_and_seen_by_a_coach(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.score, reading.habit) == (Intent.UNCLEAR, None, None)
    assert (reading.stop, reading.for_coach) == ("no", "read")


@pytest.mark.parametrize("text", PUT_RIGHT)
def test_another_number_in_its_place_corrects_it(text: str) -> None:
    reading = understand(text)
    assert (reading.score, reading.habit) == PUT_RIGHT[text]
    assert reading.corrects


@pytest.mark.parametrize("text", STILL_ANSWERS)
def test_an_answer_in_like_words_is_still_one(text: str) -> None:
    reading = understand(text)
    assert (reading.score, reading.habit) == STILL_ANSWERS[text]

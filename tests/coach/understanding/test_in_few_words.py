"""Danger and news told in few words, and the everyday texts that resemble them."""

import pytest

from coach.understanding import Asked, Intent, understand
from coach.understanding.alarms.people import beside_their_questions

JOINING = [
    "well now that you mention it, some nights I do think about joining my brother",
    "I think about joining my wife",
    "I keep thinking about joining my dad",
    "we buried him in May and I think of joining him",
    "a veces pienso en alcanzar a mi esposo",
    "pienso en irme con mi hermana",
]
THREATS = [
    "my husband says if i talk to you people again he'll burn the house",
    "he will burn the house down if i leave",
    "mi marido dice que si hablo con ustedes quema la casa",
    "va a quemar la casa si digo algo",
]
DRIVING = [
    "I'm driving myself to the er",
    "driving myself to the hospital",
    "voy manejando al hospital",
]
WORRYING = ["too late", "it's too late", "demasiado tarde", "they let him out", "ya lo soltaron"]
EVERYDAY = [
    "thinking about joining my wife for a walk",
    "4 no it was too late",
    "no, too late",
    "my husband drove me to the er last year",
    "4 yes. thinking about joining my sister at the gym",
]


@pytest.mark.parametrize("text", JOINING)
def test_joining_the_dead_is_a_crisis(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.CRISIS


@pytest.mark.parametrize("text", THREATS)
def test_a_house_to_be_burned_is_violence(text: str) -> None:
    reading = understand(text, Asked.NONE)
    assert (reading.intent, reading.violence) == (Intent.CRISIS, True)


@pytest.mark.parametrize("text", DRIVING)
def test_who_drives_to_the_hospital_alone_is_in_an_emergency(text: str) -> None:
    assert understand(text, Asked.NONE).urgency == "emergency"


@pytest.mark.parametrize("text", WORRYING)
def test_a_few_words_worry(text: str) -> None:
    assert understand(text, Asked.NONE).worrying


@pytest.mark.parametrize("text", EVERYDAY)
def test_an_everyday_text_alarms_nobody(text: str) -> None:
    reading = understand(text)
    assert (reading.intent is Intent.CRISIS, reading.urgency == "emergency", reading.worrying) == (False,) * 3


def test_who_asks_who_named_the_line_is_in_no_crisis() -> None:
    text = "this is Bev his wife. who told him to call 988? whats going on"
    assert understand(text, Asked.NONE).intent is not Intent.CRISIS
    assert "988" not in beside_their_questions(text, "Walt")
    assert understand("I want to call 988", Asked.NONE).intent is Intent.CRISIS

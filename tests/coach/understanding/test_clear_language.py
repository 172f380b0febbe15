"""In which language help lines are said: that of the text only if it is clearly in it."""

import pytest

from coach.understanding import clear_language


@pytest.mark.parametrize(
    "text", ["alto", "STOP", "ok", "8 no", "hola", "stop please", "no", "yes", "sí", "gracias", "4"]
)
def test_a_keyword_a_number_or_a_courtesy_decides_nothing(text: str) -> None:
    assert clear_language(text) is None


@pytest.mark.parametrize(
    "text", ["me quiero morir", "quiero morir", "no puedo más", "dolor de pecho", "12 clonazepam y dormí"]
)
def test_spanish_is_spanish(text: str) -> None:
    assert clear_language(text) == "es"


@pytest.mark.parametrize(
    "text", ["i want to die", "I swallowed 30 pills", "chest pain", "i can't breathe", "are you there"]
)
def test_english_is_english(text: str) -> None:
    assert clear_language(text) == "en"

"""Whoever is feared is near, or has been taken away; and a death told softly."""

import pytest

from coach.understanding.alarms.people import notice
from coach.understanding.alarms.shared_phone import calls_for_us


@pytest.mark.parametrize("text", ["no hagan ruido, anda afuera", "no hagan ruido", "don't make a sound, he's outside"])
def test_a_plea_for_silence_says_that_somebody_is_near(text: str) -> None:
    assert notice(text, "Ana").other_back


@pytest.mark.parametrize(
    "text", ["ya se lo llevó la policía, ya pueden hablarme", "the police took him, you can call me now"]
)
def test_a_call_is_safe_once_the_police_have_taken_him(text: str) -> None:
    assert notice(text, "Ana").safe_to_call
    assert calls_for_us(text)


def test_no_call_is_safe_while_they_cannot_talk() -> None:
    assert not notice("no me pueden hablar", "Ana").safe_to_call


def test_gone_for_ever_is_a_death() -> None:
    assert notice("mi esposo se fue para siempre en octubre y las noches son muy largas", "Ana").grief
    assert not notice("mi esposo se fue a trabajar", "Ana").grief

"""Pauses dated by a holiday: which one is meant, and when it is."""

from datetime import date

import pytest

from coach.understanding import Asked, Command, Intent, understand
from coach.understanding.pause_dates import pause_until
from coach.understanding.words import holidays
from coach.understanding.words.lexicon import Lexicon, every

UNTIL = {
    "no texts till after thanksgiving": (date(2026, 11, 20), date(2026, 11, 27)),
    "pause until thanksgiving": (date(2026, 11, 20), date(2026, 11, 26)),
    "pause till after labor day weekend": (date(2026, 8, 30), date(2026, 9, 14)),
    "pause until memorial day": (date(2026, 5, 1), date(2026, 5, 25)),
    "pause until after the 4th of july": (date(2026, 6, 20), date(2026, 7, 5)),
    "hold off till halloween": (date(2026, 10, 1), date(2026, 10, 31)),
    "no texts until easter": (date(2026, 3, 10), date(2026, 4, 5)),
    "pause until christmas": (date(2026, 12, 1), date(2026, 12, 25)),
    "back jan 2": (date(2026, 12, 20), date(2027, 1, 2)),
    "no texts for two weeks": (date(2026, 5, 1), date(2026, 5, 15)),
    "hasta después de navidad": (date(2026, 12, 1), date(2026, 12, 26)),
    "hasta reyes": (date(2026, 12, 20), date(2027, 1, 6)),
    "pausa hasta después de reyes": (date(2026, 12, 20), date(2027, 1, 7)),
    "no mensajes hasta el día de muertos": (date(2026, 10, 20), date(2026, 11, 2)),
    "pausa hasta después de semana santa": (date(2026, 3, 20), date(2026, 4, 6)),
    "hasta que vuelva el 15": (date(2026, 5, 1), date(2026, 5, 15)),
    "pausa hasta fin de año": (date(2026, 12, 1), date(2026, 12, 31)),
}


@pytest.mark.parametrize("words", UNTIL)
def test_a_pause_until_a_holiday_ends_on_its_date(words: str) -> None:
    first, until = UNTIL[words]
    reading = understand(words, Asked.SCORE_AND_HABIT)

    assert reading.intent is Intent.PAUSE
    assert reading.command is not None
    assert pause_until(reading.command, first) == until


NO_PAUSE = [
    *("easter was nice. 3 yes", "los reyes trajeron dulces. 4 si", "happy thanksgiving to you too"),
    *("my wrist hurt until halloween", "me dolió la espalda hasta navidad. 4 no"),
]


@pytest.mark.parametrize("words", NO_PAUSE)
def test_a_holiday_that_is_only_told_of_is_no_pause(words: str) -> None:
    assert understand(words).intent is not Intent.PAUSE


def test_a_holiday_without_until_is_left_to_a_coach() -> None:
    assert understand("skip me Thanksgiving week").command == Command("pause", undated=True, once=True)


def test_a_holiday_farther_off_than_a_pause_may_be_has_no_date() -> None:
    assert pause_until(Command("pause", until_holiday="thanksgiving"), date(2026, 3, 4)) is None


def test_floating_holidays_fall_on_their_days() -> None:
    new_year = date(2026, 12, 31)
    found = {name: holidays.next_on(name, new_year) for name in holidays.FLOATING}

    assert found == {
        "mlk_day": date(2027, 1, 18),
        "presidents_day": date(2027, 2, 15),
        "easter": date(2027, 3, 28),
        "mothers_day": date(2027, 5, 9),
        "memorial_day": date(2027, 5, 31),
        "fathers_day": date(2027, 6, 20),
        "labor_day": date(2027, 9, 6),
        "columbus_day": date(2027, 10, 11),
        "thanksgiving": date(2027, 11, 25),
    }


def test_on_the_day_itself_the_next_one_is_a_year_ahead() -> None:
    assert holidays.next_on("halloween", date(2026, 10, 31)) == date(2027, 10, 31)


@pytest.mark.parametrize("lexicon", every(), ids=lambda one: one.language)
def test_every_holiday_of_the_lexicon_has_a_date(lexicon: Lexicon) -> None:
    assert set(lexicon.holidays.values()) <= holidays.NAMES

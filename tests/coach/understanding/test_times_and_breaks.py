"""Times and breaks in everyday words: which time, how often, until when."""

from typing import Any

import pytest

from coach.understanding import Asked, understand

COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "Put it back to 7:30. I never asked for 5:55": ("set_time", {"time": "19:30"}),
    "cambiamos a las 9 y media de la noche?": ("set_time", {"time": "21:30", "tentative": True}),
    "half past eight": ("set_time", {"time": "20:30"}),
    "I'd rather hear from you at noon": ("set_time", {"time": "12:00"}),
    "mejor al mediodía": ("set_time", {"time": "12:00"}),
    "back to every day": ("cadence", {"cadence": "daily"}),
    "regresen a todos los días": ("cadence", {"cadence": "daily"}),
    "oigan, hoy no me manden que tengo visita": ("pause", {"days": 1}),
    "solo hoy no": ("pause", {"days": 1}),
    "esta semana no me escriban": ("pause", {"days": 7}),
    "párenle hasta el lunes": ("pause", {"until_weekday": 1}),
    "lay off till after Christmas": ("pause", {"until_day": 26, "until_month": 12}),
    "I'll be gone through New Years": ("pause", {"until_day": 2, "until_month": 1}),
    "no me manden hasta pasando año nuevo": ("pause", {"until_day": 2, "until_month": 1}),
    "see you after the holidays": ("pause", {"undated": True, "once": False}),
    "come back in the spring": ("pause", {"undated": True, "once": False}),
    "skip me Thanksgiving week": ("pause", {"undated": True, "once": True}),
}
NO_COMMANDS = [
    *("no scratch that, leave it how it was", "otra vez todos los días me duelen", "hoy no pude, 6", "not tonight, 5"),
    *("Christmas was rough, 6 no", "been gone all day, 4 yes", "spring can't come soon enough! 3 yes"),
]


@pytest.mark.parametrize("text", COMMANDS)
def test_a_time_or_a_break_is_read_as_said(text: str) -> None:
    command = understand(text, Asked.NONE).command
    name, details = COMMANDS[text]
    assert command is not None
    assert command.name == name
    assert {one: getattr(command, one) for one in details} == details


@pytest.mark.parametrize("text", NO_COMMANDS)
def test_what_only_sounds_like_one_changes_nothing(text: str) -> None:
    assert understand(text).command is None

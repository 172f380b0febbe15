"""Commands in plain words, with their details."""

from __future__ import annotations

import pytest

from coach.understanding import Asked, Command, Intent, understand


@pytest.mark.parametrize(
    ("text", "intent", "command"),
    [
        ("pause 3", Intent.PAUSE, Command("pause", days=3)),
        ("pause until tomorrow", Intent.PAUSE, Command("pause", days=1)),
        ("pause for tomorrow", Intent.PAUSE, Command("pause", days=2, once=True)),
        ("pause for two weeks", Intent.PAUSE, Command("pause", days=14)),
        ("pause until sunday", Intent.PAUSE, Command("pause", until_weekday=7)),
        ("pausa hasta el viernes", Intent.PAUSE, Command("pause", until_weekday=5)),
        ("resume", Intent.RESUME, Command("resume")),
        ("reanudar", Intent.RESUME, Command("resume")),
        ("time 8:30pm", Intent.SET_TIME, Command("set_time", time="20:30")),
        ("can you text at 8:30 instead", Intent.SET_TIME, Command("set_time", time="20:30", ambiguous_half=True)),
        ("text me at 8am", Intent.SET_TIME, Command("set_time", time="08:00")),
        ("text me at 20:15", Intent.SET_TIME, Command("set_time", time="20:15")),
        ("text me at half past eight", Intent.SET_TIME, Command("set_time", time="20:30", ambiguous_half=True)),
        ("mándame a las ocho y media", Intent.SET_TIME, Command("set_time", time="20:30", ambiguous_half=True)),
        ("later please", Intent.SET_TIME, Command("set_time")),
        ("bedtime 11pm", Intent.SET_TIME, Command("bedtime", time="23:00")),
        ("my bedtime is 12:30", Intent.SET_TIME, Command("bedtime", time="00:30", ambiguous_half=True)),
        ("weekends only please", Intent.SET_TIME, Command("cadence", cadence="weekends")),
        ("4 times a week please", Intent.SET_TIME, Command("cadence", cadence="four-a-week")),
        ("todos los días por favor", Intent.SET_TIME, Command("cadence", cadence="daily")),
        ("another step please", Intent.QUESTION, Command("another_step")),
        ("show my week", Intent.QUESTION, Command("my_week")),
        ("my page", Intent.QUESTION, Command("my_page")),
        ("what helps", Intent.QUESTION, Command("what_helps")),
        ("what works best for me?", Intent.QUESTION, Command("what_helps")),
        ("which steps help me", Intent.QUESTION, Command("what_helps")),
        ("¿qué me funciona mejor?", Intent.QUESTION, Command("what_helps")),
        ("qué hábito me ayuda más", Intent.QUESTION, Command("what_helps")),
        ("mándame mi página", Intent.QUESTION, Command("my_page")),
        ("en español por favor", Intent.QUESTION, Command("language", language="es")),
        ("english please", Intent.QUESTION, Command("language", language="en")),
        ("delete my data", Intent.QUESTION, Command("delete_data")),
    ],
)
def test_reads_a_command_with_its_details(text: str, intent: Intent, command: Command) -> None:
    reading = understand(text, Asked.NONE)

    assert (reading.intent, reading.command) == (intent, command)
    assert reading.score is None


def test_an_answer_beside_a_command_is_recorded() -> None:
    reading = understand("4 yes. pause until sunday please")

    assert (reading.intent, reading.score, reading.habit) == (Intent.PAUSE, 4, True)


def test_changing_a_score_is_not_changing_the_time() -> None:
    reading = understand("change that to a 3", Asked.SCORE)

    assert (reading.intent, reading.score, reading.corrects) == (Intent.CHECKIN, 3, True)


def test_a_prefix_is_accepted_when_telling_what_was_asked() -> None:
    assert Asked.parse("asked_score") is Asked.SCORE
    assert Asked.parse(" Score_and_Habit ") is Asked.SCORE_AND_HABIT
    with pytest.raises(ValueError, match="nonsense"):
        Asked.parse("nonsense")

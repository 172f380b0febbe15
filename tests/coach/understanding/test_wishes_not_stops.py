"""A wish about one kind of step, some days or another way to be reached is no stop; a stop beside it still is one."""

import pytest

from coach.understanding import Asked, Intent, understand

STEPS = {
    "STOP asking me about naps": "short-naps",
    "Let's not do the drinking ones, I don't touch the stuff": "alcohol",
    "I'm done with yoga. Keep the rest": "gentle-yoga",
    "no more exercises": "daytime-activity",
    "enough with the massages already": "massage",
    "skip the wine ones from now on, I'm sober 20 years": "alcohol",
    "please ditch the compression socks one": "compression",
    "ya no quiero lo del yoga, lo demás sí": "gentle-yoga",
    "lo del masaje ya no por favor": "massage",
    "basta con las siestas": "short-naps",
    "No food ones please": None,
    "I'm vegan so forget the yogurt": None,
    "Could you skip the food ones, I'm diabetic": None,
    "Take out the one about tennis balls": None,
    "omitan lo de la comida soy vegetariana": None,
}
TOLD = [
    *("skipped the bath, 6", "done with yoga! 4", "did my stretching, 4 yes", "no yoga today, 5", "no más dolor, 3 sí"),
    *("had enough stretching for one night, 3 yes", "stop with the drinking, I told him. 4 yes", "no coffee, 5"),
]
LIMITED = [
    *(
        "los domingos no me manden porfa, es dia de familia",
        "los lunes no me escriban",
        "no texts on the Sabbath please",
    ),
    *(
        "el día domingo no me manden por favor",
        "los martes y jueves no, no me escriban esos días",
        "Sundays off please",
    ),
    *("entre semana no me escriban porque trabajo", "please don't text me on Sundays", "please skip Sundays"),
    *("no me llamen, mejor mensaje", "don't text me, call me", "no me escriban, mejor llámenme"),
    *(
        "quit texting, just phone me at the house",
        "please call instead of texting",
        "stop the calls, texts only please",
    ),
    *("no llamadas por favor, solo texto", "mejor háblenme por teléfono, no me manden mensajes"),
]
STOPS = [
    *("stop texting me about naps and everything else", "don't text me, don't call me", "no me llamen ni me escriban"),
    *("do not text or call this number", "no me escriban más, voy a llamar a la policía", "don't text me ever again"),
    *("stop texting or I call my lawyer", "no quiero mensajes ni el lunes ni nunca", "no me manden mensajes"),
    *("no me manden más mensajes ni los domingos", "don't text me, not on Sunday, not ever"),
]
MAY_BE_STOPS = [
    *("We're finished here.", "give it a rest will ya", "Goodbye and good riddance", "put a sock in it"),
    *("Not interested anymore", "I'm finished with you folks", "hasta aquí llegamos, ya no me busquen"),
    "I would be obliged if you people found another hobby than me",
]
NO_STOPS = [
    *("I quit caffeine! and unsubscribed from my coffee club haha", "finished my stretches, 4 yes"),
    *("good riddance to that bad night! 2 yes", "ya terminé, 4 sí", "gave it a rest today, 5 no"),
]
NUMBERS = ["move these to 555-0199", "text me at 512-555-0100 from now on", "change my texts to 5550199"]


@pytest.mark.parametrize("text", STEPS)
def test_a_step_nobody_wants_is_named_and_is_no_stop(text: str) -> None:
    reading = understand(text)
    assert reading.command is not None
    assert (reading.command.name, reading.command.step, reading.stop) == ("leave_out", STEPS[text], "no")


@pytest.mark.parametrize("text", TOLD)
def test_what_tells_of_the_evening_leaves_no_step_out(text: str) -> None:
    assert understand(text).command is None


@pytest.mark.parametrize("text", LIMITED)
@pytest.mark.parametrize("asked", [Asked.NONE, Asked.SCORE_AND_HABIT])
def test_a_limit_is_known_as_one_and_never_a_certain_stop(text: str, asked: Asked) -> None:
    reading = understand(text, asked)
    assert reading.stop != "sure"
    assert "part" in {span.kind for span in reading.recognised}
    assert (reading.command, reading.score, reading.habit) == (None, None, None)


@pytest.mark.parametrize("text", STOPS)
def test_a_stop_beside_a_day_or_a_call_is_still_one(text: str) -> None:
    reading = understand(text, Asked.NONE)
    assert reading.intent is Intent.OPT_OUT
    assert "part" not in {span.kind for span in reading.recognised}


@pytest.mark.parametrize("text", MAY_BE_STOPS)
def test_a_plain_goodbye_to_us_is_asked_about(text: str) -> None:
    reading = understand(text)
    assert (reading.stop, reading.habit) == ("doubtful", None)


@pytest.mark.parametrize("text", NO_STOPS)
def test_words_of_leaving_about_something_else_are_no_stop(text: str) -> None:
    assert understand(text).stop == "no"


@pytest.mark.parametrize("text", NUMBERS)
def test_a_phone_number_is_no_time(text: str) -> None:
    reading = understand(text, Asked.NONE)
    assert reading.command is None
    assert "wish" in {span.kind for span in reading.recognised}

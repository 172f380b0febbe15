"""A stop that is about a part of the texts, a joke or another person's doing is none for certain, and said to be so."""

import pytest

from coach.understanding import Asked, Intent, understand

PARTS = [
    *("unsubscribe me from the question part only", "no me manden la pregunta, nomás el paso", "quitenme lo del cafe"),
    *("ya no me manden lo de la siesta", "dejen de mandarme lo del yoga", "ya basta de comer chocolate"),
    *("no me manden mas de ejercicios que estoy operado", "stop sending me stretches", "stop sending the coffee stuff"),
    *("cancel the survey part", "no more yoga ones please stop those", "stop the breathing things, they bore me"),
    *("ya no me manden caminatas", "ya no quiero lo del masaje", "quit asking if I did the step. just legs"),
]
TAKEN_BACK = ["Stop. Kidding!", "Stop! just joking", "unsubscribe me lol jk", "paren. es broma"]
OF_OTHERS = [
    "its me again he went to work. i need to get out with the kids",
    "stop it i said stop it he wont get off me",
    "leave me alone he kept yelling",
]
SURE = [
    *("stop texting me about my legs and everything", "unsubscribe me from this list", "no me manden nada"),
    *(
        "stop the texts",
        "no more messages, the yoga is silly. STOP",
        "cancel my subscription",
        "ya no me manden mensajes",
    ),
    *(
        "take me off the list",
        "im done with stretching, stop texting me",
        "remove my number",
        "stop. I dont want these",
    ),
]
SETTINGS = {
    "no me escriban tan seguido": "cadence",
    "no manden tanto": "cadence",
    "cambienme a español por favor": "language",
    "pásenme al inglés": "language",
    "este fin de semana no me escriban": "pause",
    "no me manden este fin de semana": "pause",
    "dont text me this weekend": "pause",
}


def kinds(text: str) -> set[str]:
    return {span.kind for span in understand(text, Asked.NONE).recognised}


@pytest.mark.parametrize("text", PARTS)
def test_a_stop_of_a_part_is_not_certain_and_known_as_such(text: str) -> None:
    reading = understand(text, Asked.NONE)
    assert reading.stop != "sure"
    leaves_out = reading.command is not None and reading.command.name == "leave_out"
    assert leaves_out or "part" in kinds(text)


@pytest.mark.parametrize("text", TAKEN_BACK)
def test_a_stop_taken_back_is_known_as_such(text: str) -> None:
    assert understand(text, Asked.NONE).stop != "sure"
    assert "kidding" in kinds(text)


@pytest.mark.parametrize("text", OF_OTHERS)
def test_what_others_do_is_no_stop_for_certain(text: str) -> None:
    reading = understand(text, Asked.NONE)
    assert reading.stop != "sure"
    assert reading.intent is Intent.CRISIS or "others" in kinds(text)


@pytest.mark.parametrize("text", SURE)
def test_a_stop_of_the_texts_is_still_one(text: str) -> None:
    assert understand(text, Asked.NONE).stop != "no"
    assert not kinds(text) & {"part", "kidding", "others"}


@pytest.mark.parametrize("text", SETTINGS)
def test_what_a_setting_fits_is_that_setting(text: str) -> None:
    reading = understand(text, Asked.NONE)
    assert reading.command is not None
    assert (reading.command.name, reading.stop) == (SETTINGS[text], "no")


@pytest.mark.parametrize("asked", [Asked.NONE, Asked.SCORE_AND_HABIT])
def test_consent_revoked_for_some_hours_is_not_revoked_for_certain(asked: Asked) -> None:
    text = "revoke consent to text me outside of 8am-9pm. I do not revoke generally"
    assert understand(text, asked).stop == "doubtful"


def test_stop_beside_a_stop_sign_is_asked_about() -> None:
    assert understand("stop... the car hit stop sign lol im fine").stop == "doubtful"
    assert understand("Stop. I dont want these").stop == "sure"


@pytest.mark.parametrize("text", ["papa murio ayer ya no le escriban", "my dad died. stop texting him please"])
def test_a_stop_beside_a_death_is_a_stop_all_the_same(text: str) -> None:
    assert understand(text).stop != "no"


def test_ones_own_loss_leaves_a_stop_certain() -> None:
    assert understand("my dad passed tuesday. please stop texting me").stop == "sure"

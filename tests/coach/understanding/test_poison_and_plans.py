"""What families ask about something swallowed, plans told in passing, threats, and what only sounds like them."""

import pytest

from coach.understanding import Asked, Intent, understand
from coach.understanding.alarms.amounts import asks_plainly, is_poisoning
from coach.understanding.alarms.shared_phone import asks_no_call

ASKED = [Asked.SCORE_AND_HABIT, Asked.NONE]
EMERGENCIES = [
    "found my little one chewing on one of his neupro patches",
    "le di a mi nieta la mirapex pensando que era tylenol",
    "mi nieta esta muy dormida y no contesta",
    "moms real sleepy after it should i let her sleep it off",
    "what did she take",
    "what pills was it",
    "qué pastillas se tomó mi mamá",
    "water broke early",
    "he left the gas on and hes laying down",
    "no tengo insulina",
    "i have no insulin",
]
CRISES = [
    "sleeping pills and rum tonight. party of one",
    "ive been saving up my pills",
    "I stopped because I was going to do it that night. I still might",
]
VIOLENCE = [
    "he hit the baby",
    "put down the phone and leave us alone or ill find you",
    "mi esposo me quitó las llaves y no me deja salir",
]
MEDICAL = [
    "seeing spiders on the wall since the new dose",
    "ran out of ropinirole 4 days ago, crawling out of my skin",
    "doctor says double the pramipexole is that right",
    "ropinirole plus her heart pill can she have both",
    "se me acabó el ropinirol hace 4 días",
]
EVERYDAY = [
    "he hit the jackpot lol 3 yes",
    "he hit the brakes hard. 4 yes",
    "what did he take out of the oven lol. 3 yes",
    "the water heater broke, 4 no",
    "had a rum cake tonight. 3 yes",
    "i was going to do it that night but fell asleep. 4 no",
    "my wife's gonna shoot me if this phone buzzes again at dinner",
    "estoy muerta de cansancio, hoy trabajé doble",
    "sorry that was just an expression, we're fine",
    "she is eating before taking her medication. 4 yes",
    "i have no insulin resistance. 3 yes",
    "legs leave me alone or i will get mad lol. 4 no",
    "me gustó el café que se tomó. 3 sí",
    "he kicked the kids out of the kitchen lol 3 yes",
    "le di a mi nieta un dulce, 3 sí",
]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", EMERGENCIES)
def test_what_a_relative_asks_about_something_swallowed_is_urgent(text: str, asked: Asked) -> None:
    assert understand(text, asked).urgency == "emergency"


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", CRISES)
def test_a_plan_told_in_passing_is_a_crisis(text: str, asked: Asked) -> None:
    assert understand(text, asked).intent is Intent.CRISIS


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", VIOLENCE)
def test_violence_is_not_explained_to_the_coach_as_self_harm(text: str, asked: Asked) -> None:
    reading = understand(text, asked)
    assert (reading.intent, reading.violence) == (Intent.CRISIS, True)
    assert "self-harm" not in reading.why
    assert "violence" in reading.why


@pytest.mark.parametrize("text", ["he put a pillow over my face", "i want to put rat poison in his soup"])
def test_nor_are_poisoning_and_strangling(text: str) -> None:
    reading = understand(text, Asked.NONE)
    assert reading.intent is Intent.CRISIS
    assert "self-harm" not in reading.why


def test_both_are_told_where_both_are_said() -> None:
    why = understand("he strangled me and i want to kill myself", Asked.NONE).why
    assert "self-harm" in why
    assert "violence" in why


@pytest.mark.parametrize("text", [*MEDICAL, "me tome la de la noche y la de mañana juntas"])
def test_a_medicine_only_named_is_medical(text: str) -> None:
    assert understand(text, Asked.NONE).urgency == "same_day"


@pytest.mark.parametrize("text", MEDICAL)
def test_and_no_poisoning(text: str) -> None:
    assert not is_poisoning(text, understand(text, Asked.NONE))
    assert asks_plainly(text)


@pytest.mark.parametrize(
    "text",
    [
        "i took 20 ropinirole and ran out of them",
        "ran out of my pills, took 20 of them",
        "ran out, swallowed all my pills",
    ],
)
def test_who_ran_out_because_they_took_it_all_is_poisoned(text: str) -> None:
    assert is_poisoning(text, understand(text, Asked.NONE))
    assert not asks_plainly(text)


def test_without_insulin_nobody_is_poisoned() -> None:
    assert not is_poisoning("no tengo insulina", understand("no tengo insulina", Asked.NONE))


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_talk_pages_nobody(text: str, asked: Asked) -> None:
    reading = understand(text, asked)
    assert reading.for_coach in (None, "read", "medical")
    assert not reading.worrying


def test_not_to_call_a_relative_is_no_stop_and_says_nothing_of_this_phone() -> None:
    assert understand("dont call my wife", Asked.NONE).stop == "no"
    assert not asks_no_call("I want to die. dont call my wife")
    assert not asks_no_call("no llamen a mi esposa")
    assert asks_no_call("please don't call my phone")
    assert asks_no_call("don't call")
    assert asks_no_call("no me llamen")

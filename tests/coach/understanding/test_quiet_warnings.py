"""Warnings told in sayings, by a place or by what is given away; danger to others; and what only sounds like these."""

import pytest

from coach.understanding import Asked, Intent, understand

CRISES = [
    "10. there's a bridge on my walk to work and every morning I stand at the rail a bit longer",
    "Climbed the silo today and stood at the edge a good while. Going back up tomorrow.",
    "8 no. Honestly if i fell asleep tonight and that was it, id be relieved. not joking",
    "7 and every morning I open my eyes im mad that I did",
    "I dont have no fight left. got my late husbands 38 out of the nightstand",
    "estoy hasta el gorro de esta vida",
    "ya me quiero petatear",
    "descanso eterno pido",
    "regalé ya todas mis cositas, ya estoy lista",
]
DANGER_TO_OTHERS = [
    "mi marido dice que como salga por esa puerta me raja. estoy encerrada en el baño con los niños",
    "neighbour downstairs is screaming and I can hear hitting",
    "mi vecino le está dando una golpiza a la mujer",
]
EMERGENCIES = [
    "mi nieto se ahogó en la piscina",
    "mi papá está como ido, habla enredao",
    "my speech went funny this morning but its ok now, 4 yes",
    "mum's talking gibberish",
]
WORRIES = [
    "estoy regalando mis cosas esta semana",
    "me voy de viaje y no vuelvo",
    "no me esperen mañana",
    "I've lost all hope",
    "no I meant I've lost hope, not the texts",
    "Howard is gone. This is just what's left.",
    "I'm not Howard, I'm the shell of him",
    "I don't know who this is anymore, in the mirror",
    "wrong number for hope mate",
]
NO_DANGER = [
    "casi lo hago",
    "I called 988 and they were lovely, thanks",
    "ocho, no. me ahogo en trabajo esta semana",
    "6 no. mi nieto me metio una rana en la cama, casi me infarto del susto jajaja",
    "7 no. I'd sooner die than do calf stretches in front of my mother in law lol",
    "YES before these legs drive me off a cliff haha",
    "Sí quiero, hasta que la muerte nos separe jaja",
    "my husband talks gibberish in his sleep",
    "I can hear the rain hitting the roof",
]
THEMSELVES = ["he's dead to me, my son", "number one grandma here", "I don't know who this is anymore, in the mirror"]


@pytest.mark.parametrize("asked", [Asked.NONE, Asked.SCORE_AND_HABIT])
@pytest.mark.parametrize("text", CRISES)
def test_a_quiet_warning_is_a_crisis_whatever_was_asked(text: str, asked: Asked) -> None:
    assert understand(text, asked).intent is Intent.CRISIS


@pytest.mark.parametrize("text", DANGER_TO_OTHERS)
def test_violence_behind_a_door_or_next_door_is_a_crisis(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.CRISIS


@pytest.mark.parametrize("text", EMERGENCIES)
def test_speech_that_fails_and_a_child_in_the_water_are_emergencies(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).urgency == "emergency"


@pytest.mark.parametrize("text", WORRIES)
def test_hope_given_up_gets_the_gentle_answer(text: str) -> None:
    assert understand(text, Asked.NONE, name="Howard").worrying


@pytest.mark.parametrize("text", NO_DANGER)
def test_what_only_sounds_like_danger_pages_nobody(text: str) -> None:
    read = understand(text, Asked.NONE)

    assert (read.intent is Intent.CRISIS, read.urgency == "emergency") == (False, False)


@pytest.mark.parametrize("text", THEMSELVES)
def test_whoever_speaks_of_themselves_is_not_taken_for_somebody_else(text: str) -> None:
    assert understand(text, Asked.NONE, name="Howard").intent is not Intent.WRONG_NUMBER


@pytest.mark.parametrize("asked", [Asked.NONE, Asked.SCORE_AND_HABIT])
def test_a_question_whether_to_stop_a_medicine_is_for_a_clinician(asked: Asked) -> None:
    read = understand("Did the doctor tell you to stop my patches?", asked)

    assert (read.intent, read.stop) == (Intent.MEDICAL, "no")


@pytest.mark.parametrize("text", ["6 no, I fell asleep watching tv", "fell asleep on the couch, 3 no"])
def test_to_fall_asleep_is_no_fall(text: str) -> None:
    assert not understand(text, Asked.SCORE_AND_HABIT).worrying


@pytest.mark.parametrize("text", ["4 yes, i fell in the shower", "i fell last night", "5. I fell getting out of bed"])
def test_a_fall_worries(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).for_coach is not None

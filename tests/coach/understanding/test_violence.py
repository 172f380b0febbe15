"""Violence and captivity, told of oneself or of others, also beside an answer; and violence that is announced."""

import pytest

from coach.understanding import Asked, Intent, understand

ASKED = [Asked.SCORE_AND_HABIT, Asked.NONE]
VIOLENCE = [
    "mi marido dice que me va a matar si lo dejo",
    "mi viejo me tiene encerrada y no me deja salir",
    "él dice que si hablo me quita a los niños",
    "he choked me but I'm ok now. 6 yes",
    "5 yes but husband threw the lamp at me again",
    "yes 4, he hit me last night but im ok",
    "me violaron anoche",
    "dad comes in my room at night",
    "my stepdad touches my sister",
    "dad pointed his gun at mom",
    "mi papá me pega",
    "he put something in my drink",
    "they tied my legs down at the home",
    "he locked me out again its 20 degrees",
    "my husband punched me again",
    "he says hes gonna kill me if i leave",
    "my ex showed up and shoved me, 4 yes",
    "he wont let me leave the house",
    "he took my keys and locked me in the bedroom",
    "my boyfriend choked me last night",
    "my uncle touches me at night",
    "i was raped",
    "he forced himself on me",
    "stepdad hits my little brother",
    "they strapped me to the bed at the nursing home",
    "my son pushed me down",
    "mi esposo me aventó la lámpara",
    "mi novio me ahorcó anoche, 5 sí",
    "mi padrastro entra a mi cuarto en la noche",
    "mi hijo me empujó y me pegó",
    "me encierra con llave",
    "mi yerno me amenaza con un cuchillo",
    "he said if i tell anyone he will take the kids",
    "4 yes. he slapped me but its fine",
    "me golpeó otra vez, 4 sí",
    "my boyfriend punched me in the face. 5 yes",
    "he grabbed my throat last night",
    "my wife hits me when she drinks",
    "husband locked me in the garage",
    "my dad beats my mom",
    "i'm locked in the room and he has the key",
    "he threatened to kill me and the kids",
    "my caregiver slapped me",
    "the staff tie grandma to her chair",
    "mi marido me golpeó, 4 sí",
    "mi papá le pega a mi mamá",
    "me tiene amarrada",
    "mi novio me amenazó con una pistola",
    "mi tío me toca en las noches",
    "my step father touched me",
    "he burned me with a cigarette",
    "he hit me with a belt",
    "my son choked me yesterday. 3 yes",
    "my ex broke in and beat me",
    "mi esposo me jaló del pelo y me pateó",
    "my husband shoved me into the wall, 5 no",
    "he threatened me with a knife",
    "mi hermano me amenaza con matarme",
    "he won't let me out of the room",
    "dad punched mom",
    "my boss grabbed me and kissed me",
]
THREATS = [
    "my son says hes gonna shoot up his school",
    "si le vuelve a escribir a mi mujer lo mato",
    "im going to kill my neighbor tonight",
    "voy a matar a ese hombre",
    "my brother says he will shoot his wife",
    "if he comes back ill shoot him",
    "my grandson has a list of kids he wants to kill",
    "i want to hurt the baby",
    "tengo ganas de ahorcar al niño",
    "gonna stab him when he gets home",
]
EVERYDAY = [
    "he hit the snooze again. 4 yes",
    "husband threw out the lamp, 3 yes",
    "my kids are killing me lol 4 yes",
    "he locked the dog out again lol 3",
    "dad comes in at night to check the heat, 3",
    "the dog hit me with his tail. 2 yes",
    "my husband hits the gym, 3 yes",
    "my wife choked on her coffee laughing. 3 yes",
    "mi hijo me pega unos sustos jaja, 3 sí",
    "i pushed myself and did it. 3 yes",
    "my son shot hoops at school. 3 yes",
    "shooting pain in my legs 7 no",
    "the cramp hit me at 3am. 6 no",
    "pain hit me hard last night, 7 no",
    "me pegó el calambre anoche, 7 no",
    "me pegó duro el insomnio, 8 no",
    "he beat me at cards. 2 yes",
    "me tiene loca esta pierna, 8",
    "i tied my shoes and walked. 3 yes",
    "my husband threw out his back. 4 no",
    "kids beat me at uno. 2 yes",
    "she hits the snooze. 5",
    "my wife threw me a party! 1 yes",
    "me pegó el sol todo el día, 5 no",
    "mi vecino toca la guitarra en la noche, 7 no",
    "my husband choked on a chip, hes fine. 4 yes",
    "the dog hit the lamp. 4",
    "i beat my record walking. 2 yes",
    "he won't let me skip it! 3 yes",
]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", VIOLENCE)
def test_violence_is_a_crisis_with_discreet_lines(text: str, asked: Asked) -> None:
    reading = understand(text, asked)
    assert (reading.intent, reading.violence) == (Intent.CRISIS, True)


@pytest.mark.parametrize("text", THREATS)
def test_violence_that_is_announced_is_a_crisis(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.CRISIS


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", EVERYDAY)
def test_what_hits_in_jest_in_sleep_or_as_a_cramp_is_none(text: str, asked: Asked) -> None:
    reading = understand(text, asked)
    assert reading.intent is not Intent.CRISIS
    assert not reading.worrying


@pytest.mark.parametrize(
    "text",
    ["si me muero nadie me va a llorar", "nadie me quiere aquí, ni en mi casa", "my son has a gun and is suicidal"],
)
def test_danger_that_is_not_from_somebody_else_needs_no_discretion(text: str) -> None:
    assert not understand(text, Asked.NONE).violence

"""Stops that no rule names, or that stand beside words which mean something else: they are asked about."""

import pytest

from coach.understanding import Asked, Intent, understand

BESIDE_WORDS_FOR_SOMETHING_ELSE = [
    *("maybe i should just quit this program", "i might cancel", "maybe I should quit this", "HELP no I mean STOP"),
    *("mmm no creo que esto sea pa mí", "not sure I want all this. my nephew put me in for it"),
    *("skip me. tonight and every night", "pues ya pa qué le seguimos con los mensajes"),
]
BESIDE_ANSWERS = [
    *("4 yes. ya enough con esto, creo yo", "no. y ya no sé pa qué sigo yo con estos mensajitos"),
    *("8 no. think I've had it with you people", "4 y hasta aquí llegué con ustedes", "5 no y no me rompan más"),
    *("8 sí, pero este es el último que contesto", "no. and before you ask tomorrow, don't", "no. bored of this tbh"),
    *("5. hey can you guys just not anymore", "3, and that's my last one"),
]
WITHDRAWN = [
    *("quiero dejar de participar en esto", "this was a mistake, please undo my sign up", "make it the last"),
    *("gracias por todo, yo me bajo aquí", "not tonight, not tomorrow, take the hint"),
    "I don't give my permission no more, I take it back",
]
BY_OUR_NAME = [
    *(
        "cancel the leg coach thing for me please",
        "can i get out of this whole leg business",
        "no im good on the leg thing",
    ),
    *("how do I get off this thing", "would rather not do this anymore", "hay manera de quitarse de esto"),
    *("cómo se apaga esto", "prefiero no seguir con esto", "ya no le entro a lo de las piernas", "quiten este número"),
]
NO_STOP = [
    *("my phone was off", "how do I make it stop", "I can't stop moving", "my legs never let me alone at night"),
    *("did not want to get out of bed", "get me off these meds they make it worse", "quítenme este dolor por dios"),
    *("cómo salgo de la cama sin que me duela", "mi esposo dice que pateo sin parar", "hasta aquí todo bien, 2 sí"),
    *("don't stop", "please dont stop sending these", "no paren", "stop teasing me", "didn't mean stop"),
    *("5 yes please don't stop sending these they're the only thing i remember to do", "not sure I want this step"),
    *("4 yes. not gonna stop now, its finally working", "otra vez las piernas", "mejor ponme un 6"),
    *("8 I'm so over these legs", "5, ya estoy harto de estas piernas", "yes, non stop for the whole two min"),
    *("my neighbor won't leave me alone about the fence", "6, enough to drive a person nuts"),
]


@pytest.mark.parametrize("text", BESIDE_WORDS_FOR_SOMETHING_ELSE)
def test_words_for_something_else_quiet_only_themselves(text: str) -> None:
    assert understand(text, Asked.NONE).stop == "doubtful"


@pytest.mark.parametrize("text", BY_OUR_NAME)
def test_what_people_call_these_texts_names_them(text: str) -> None:
    reading = understand(text, Asked.SCORE_AND_HABIT)
    assert (reading.intent, reading.stop) == (Intent.OPT_OUT, "doubtful")


@pytest.mark.parametrize("text", BESIDE_ANSWERS)
def test_a_hint_beside_an_answer_is_asked_about(text: str) -> None:
    reading = understand(text, Asked.SCORE_AND_HABIT)
    assert (reading.stop, reading.for_coach) == ("doubtful", "read")


@pytest.mark.parametrize("text", WITHDRAWN)
def test_who_withdraws_in_other_words_is_asked(text: str) -> None:
    assert understand(text, Asked.NONE).stop == "doubtful"


@pytest.mark.parametrize("text", NO_STOP)
def test_a_denial_a_joke_or_a_complaint_of_the_legs_is_none(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).stop == "no"


def test_who_is_done_is_asked_about_the_step_if_it_was_asked_for() -> None:
    assert understand("I'm done", Asked.NONE).stop == "doubtful"
    assert understand("I'm done", Asked.HABIT).stop == "no"


@pytest.mark.parametrize(
    "text", ["no acepto", "no quiero empezar", "no, gracias, no me apunto", "no, adelante no", "no gracias"]
)
def test_a_no_among_words_of_consent_confirms_nothing(text: str) -> None:
    reading = understand(text, Asked.CONSENT)
    assert (reading.confirms, reading.stop) == (False, "doubtful")


@pytest.mark.parametrize("text", ["sí, cómo no", "claro, por qué no", "me apunto", "acepto", "sí acepto los mensajes"])
def test_a_no_that_means_yes_confirms(text: str) -> None:
    assert understand(text, Asked.CONSENT).confirms


@pytest.mark.parametrize("text", ["cómo no", "por qué no", "sure why not, sign me up"])
def test_what_only_may_be_a_yes_neither_confirms_nor_stops(text: str) -> None:
    reading = understand(text, Asked.CONSENT)
    assert (reading.confirms, reading.stop) == (False, "no")


def test_a_yes_to_the_welcome_with_a_reason_is_no_stop() -> None:
    reading = understand("Yes please my Dr told me about this", Asked.CONSENT)
    assert reading.intent is not Intent.OPT_OUT

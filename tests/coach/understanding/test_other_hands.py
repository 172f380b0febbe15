"""Who asks for silence because somebody is near, and who complains in the words of a wish to go on."""

import pytest

from coach.understanding import Asked, Intent, understand
from coach.understanding.alarms.shared_phone import is_read_by_others, wants_no_reply

SILENCE = [
    *("please don't text right now my boyfriend is sitting here", "dont msg me hes watching"),
    *("shh dont answer, she's got my phone at night", "do not write back. my mother goes thru my phone"),
    *("no me contesten, mi suegra está viendo", "no manden nada ahorita, ya llegó mi esposo"),
    *("por favor no respondan, él lee todo", "don't reply to me he'll see it", "do not text me he checks my cell"),
    *("please don't answer this, my husband is right next to me", "no escriban, está conmigo mi papá"),
    *("don't write me now, he's looking over my shoulder", "no contesten, se lo van a enseñar a mi marido"),
]
NO_SILENCE = [
    *("dont text me so late", "my wife is here and says hi. 4 yes", "you dont reply"),
    *("don't text my husband, text me", "no me manden mensajes los domingos", "I don't text him"),
    *("he's home from the hospital, 4 yes", "no respondo porque trabajo", "he reads a lot, 4 yes"),
    *("my daughter reads these now so keep it clean", "she sees the doctor tuesday, 3"),
    *("dont reply yet im still thinking lol", "dont text tomorrow im away", "mi hijo está aquí de visita, 3 sí"),
    *("my husband watches tv 5 no",),
]
COMPLAINTS = [
    *("why do you keep texting him he's gone", "continue to harass my family and I'll sue"),
    *("keep sending them please, they remind me of her", "u keep texting a dead woman"),
    *("Banco: responda SI para activar", "you keep sending these to my wife"),
    *("if you keep texting I will call the police", "why do you keep sending me this crap"),
    *("are you still sending these after what happened", "keep texting her and i'll report you"),
    *("continue texting my kid and see what happens", "siguen mandando mensajes a mi esposa"),
    *("por qué siguen escribiendo si ya murió", "y siguen mandando"),
    *("Su banco: para reactivar su cuenta responda SI", "you people keep messaging my mother"),
    *("keep bothering us and we get a lawyer",),
]
RETURNS = [
    *("keep sending them", "please keep texting me", "resume", "continue please", "sigan", "keep going"),
    *("start texting me again", "please continue sending", "activar otra vez"),
]


@pytest.mark.parametrize("text", SILENCE)
def test_somebody_near_beside_a_wish_for_no_text_asks_for_silence(text: str) -> None:
    assert (is_read_by_others(text), wants_no_reply(text)) == (True, True)


@pytest.mark.parametrize("text", NO_SILENCE)
def test_what_asks_for_no_silence_is_left_alone(text: str) -> None:
    assert not (is_read_by_others(text) and wants_no_reply(text))


@pytest.mark.parametrize("text", COMPLAINTS)
def test_a_complaint_is_no_return(text: str) -> None:
    assert understand(text, Asked.NONE).intent is not Intent.RESUME


@pytest.mark.parametrize("text", RETURNS)
def test_a_wish_to_go_on_is_one(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.RESUME

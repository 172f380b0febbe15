"""Danger and stops that were read as an everyday answer, and the everyday answers beside them."""

import pytest

from coach.understanding import Asked, Intent, understand

DANGER = [
    *("9 no. And honestly I hope I don't open my eyes tomorrow", "8 yes. I hope my eyes don't open in the morning"),
    *("8 no. ojalá mañana no abra los ojos", "9. le pido a Dios no abrir los ojos mañana"),
    *(
        "I got enough in my truck rn to make sure I dont wake up. parked out back",
        "6 no. me puse la pistola en la boca",
    ),
    *("Sat on the tracks by the mill till the 2 am train was due", "5 no, I stood on the tracks till the whistle blew"),
    *("7 no. me senté en las vías hasta que venía el tren", "4 sí. estuve sentada en los rieles esperando el tren"),
    *("10. I go up the parking deck and figure the drop", "7 no. I had one leg over the railing last night"),
    *("6 no. me subo a la azotea y calculo la caída", "8. pasé una pierna por encima del barandal"),
    *("8 no. put the barrel against my temple", "6. sat with the .38 in my mouth"),
    *("anoche tuve el fierro de mi viejo en la boca", "3 sí. me apunté en la sien con el fierro"),
    *("no. me hice cortes en los brazos otra vez", "5 no. me volví a hacer cortes"),
    *("5 yes. put some new cuts on my thighs", "4. gave myself a few cuts on the legs last night"),
]
EVERYDAY = [
    *("5 yes. had one leg over the side of the bed all night", "4 no, one leg over the rail of the bed"),
    *("6 no. sat on the tracks of my recliner fixing it", "5 no, got enough in my truck to fix the sink"),
    *("4. we sat by the tracks and watched the trains with my grandson", "5 yes. put the thermometer in my mouth"),
    *(
        "4 sí. me hice un corte en el dedo cocinando",
        "4 sí. me hice daño al correr",
        "5, el fierro me sabe mal en la boca",
    ),
]
STOPS = [
    ('"Reply STOP to opt out." So: STOP.', Asked.CONSENT),
    ('"Responda ALTO para salir." Pues ALTO.', Asked.CONSENT),
    ("I am done with this. Do not text me again not tonight not ever", Asked.SCORE),
    ("no me escriban ni hoy ni nunca", Asked.NONE),
    ("maybe i should just quit this program", Asked.NONE),
    ("creo que debería dejar el programa", Asked.NONE),
    ("5 pero ALTO", Asked.SCORE_AND_HABIT),
    ("6 sí ALTO", Asked.SCORE_AND_HABIT),
    ("mmm no creo que esto sea pa mí", Asked.CONSENT),
    ("not sure I want all this. my nephew put me in for it", Asked.CONSENT),
    ("mejor busquen a otra persona", Asked.CONSENT),
    ("hasta cuándo con la misma huevada", Asked.HABIT),
    ("how long are you going to keep this up", Asked.NONE),
]
NO_STOPS = [
    *("5 pero alto nivel de estrés", "dolor ALTO, 8", "hasta cuándo me van a doler las piernas"),
    *("how long does the program last?", "don't text me tonight", "not sure I want this step"),
]


@pytest.mark.parametrize("text", DANGER)
def test_danger_told_plainly_beside_an_answer_is_a_crisis(text: str) -> None:
    assert understand(text).intent is Intent.CRISIS


@pytest.mark.parametrize("text", EVERYDAY)
def test_the_same_words_about_everyday_things_alarm_nobody(text: str) -> None:
    reading = understand(text)
    assert (reading.intent is Intent.CRISIS, reading.urgency == "emergency") == (False, False)


@pytest.mark.parametrize(("text", "asked"), STOPS)
def test_a_stop_is_heard_however_it_is_said(text: str, asked: Asked) -> None:
    assert understand(text, asked).stop != "no"


@pytest.mark.parametrize("text", NO_STOPS)
def test_what_only_sounds_like_a_stop_stops_nothing(text: str) -> None:
    assert understand(text).stop == "no"

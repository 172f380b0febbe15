"""Danger told in passing, in both languages, and everyday words that only look like it."""

import pytest

from coach.understanding import Asked, Intent, understand

CRISES = """
swallowed a bunch of stuff
took the rest of them
took the rest of his pills
i took a few extra, few meaning like 20
i could just hold a pillow over him
one of these nights im gonna smother him
im gonna hurt somebody if these legs dont stop
i keep seeing myself drop the baby down the stairs
its over for both of us
me and my rifle are going for a walk
i crush extra pills in moms pudding so she sleeps
my stepdad films me in the shower
mom hasnt come home in 3 days its just me and my sister
he says hell kill the dog
he says if i leave ill be sorry
looked up how many it takes
how many ambien would it take
i turned the stove on and lay down
i drive real fast with no seatbelt and dont care
cut a little again, helps more than the stretches
ran the car in the garage for a bit but came back in
voy a acabar con el vecino
le muelo pastillas de más a mi mamá para que duerma
mi padrastro me graba en el baño
mi nieta dice que su tio la toca
mi hijo tiene 15 y se corta
la señora que me cuida me pellizca
él me obliga aunque no quiera
me va a correr a golpes
me avienta platos
ya me voy con diosito
ya junté las pastillas
ahorita me aviento
prendí el gas y me acosté
ya no le veo sentido
""".strip().splitlines()
EMERGENCIES = """
quit drinking 2 days ago and theres bugs on the wall
quit my klonopin cold turkey im shaking all over
worst headache i ever had
got bit by a snake
im locked out and its 10 below
meter just says HI
we are out of oxygen
my water broke
dejé el clonazepam de golpe y estoy temblando
hago del baño negro
el azúcar me salió en 38
se me rompió la fuente
se me acabó el oxígeno
""".strip().splitlines()
NO_DANGER = """
took the rest of the day off. 3
took the rest of the trash out, 5 yes
took a few extra minutes on the stretch. 4 yes
cut my coffee again and it helps more than the walk. 3 yes
tonight is the night I try yoga. 5
its over for the Bears. 6 no
my sister did it last year and loved it. 4 yes
ran the car to the garage for an oil change, 5 no
quit drinking coffee and seeing improvement. 2 yes
my water heater broke, 7 no
going to drown my fries in ketchup. 2 yes
he films me dancing for the grandkids. 2 yes
I crush moms pills in applesauce every night, 4 yes
le doy sus pastillas a mi mamá. 3 sí
mi hijo se corta el pelo hoy. 4
ahorita me aviento el estiramiento. 5
abrí el gas y me hice un té. 3
me hice un examen de sangre. 4
voy a acabar con el café. 5 no
me iba a matar de la risa. 3
""".strip().splitlines()
NO_STOPS = """
ok im better now thanks
my legs are better now thanks
im all alone now
i dont need the walker anymore
not going to dialysis anymore, had enough
shes out now you can call
no me llamen
no me llamen por favor
llámenme por favor
ya no le veo sentido
""".strip().splitlines()


@pytest.mark.parametrize("text", CRISES)
def test_it_is_a_crisis(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).intent is Intent.CRISIS


@pytest.mark.parametrize("text", EMERGENCIES)
def test_it_is_an_emergency(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).urgency == "emergency"


@pytest.mark.parametrize("text", NO_DANGER)
def test_it_pages_nobody(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).for_coach not in ("crisis", "urgent")


@pytest.mark.parametrize("text", NO_STOPS)
def test_it_is_no_stop_and_a_person_reads_it(text: str) -> None:
    reading = understand(text, Asked.SCORE_AND_HABIT)
    assert (reading.stop, reading.for_coach is None) == ("no", False)


@pytest.mark.parametrize("text", ["did my wife text you something", "988 put me on hold"])
def test_what_is_said_about_others_records_and_pauses_nothing(text: str) -> None:
    reading = understand(text, Asked.SCORE_AND_HABIT)
    assert (reading.habit, reading.intent is Intent.PAUSE) == (None, False)

"""A body in danger, anyone's; what is not there but seen or heard; and sleep at the wheel."""

import pytest

from coach.understanding import Asked, Intent, understand

ASKED = [Asked.SCORE_AND_HABIT, Asked.NONE]
EMERGENCIES = [
    "he's turning purple",
    "my boy is blue",
    "she wont wake up",
    "i cant wake her, shes cold",
    "daddys on the floor and he wont get up",
    "hes not moving",
    "he has stopped",
    "she can't swallow now",
    "im 8 and mommy wont wake up",
    "she's not opening the door since yesterday",
    "i fell and been on the floor since last night",
    "me corte el pie y no para de sangrar",
    "bathroom floor is all blood",
    "whole left side is kinda asleep since noon",
    "carbon monoxide thing beeping and we all got headaches",
    "gas smell strong in house",
    "presion en 190",
    "black tarry poop 2 days on the iron",
    "her lips are blue",
    "4 yes. hes gone grey and clammy",
    "mom is on the floor not getting up",
    "cant get my husband to wake up",
    "grandpa wont open his eyes",
    "she stopped breathing",
    "my wifes face is drooping",
    "nobody has seen him since yesterday and he doesnt answer the door",
    "been lying on the floor since 5 am cant get up",
    "blood everywhere and it wont stop",
    "the cut wont stop bleeding",
    "co alarm going off and im dizzy",
    "smells like gas in here",
    "mi papá está tirado en el piso y no se levanta",
    "no puedo despertar a mi esposa",
    "está morado y no respira",
    "mi mamá no abre los ojos",
    "se está poniendo azul",
    "el baño está lleno de sangre",
    "no se me para la sangre",
    "huele mucho a gas en la casa",
    "bp is 210 over 120 and my head is pounding",
    "my right side wont work",
    "no despierta mi abuela",
    "traigo la presión en 200",
    "heces negras como alquitrán desde ayer",
    "vomiting black stuff",
    "can't move my left arm",
    "he fell off the ladder and isnt talking",
    "3 yes my brother is seizing",
    "se cayó y no contesta",
    "hes not responding",
    "his lips are turning blue",
    "she is cold and not breathing",
    "mom fell and wont wake up",
    "there's blood all over and i cant stop it",
    "i cant get up off the floor since last night",
    "my husband is grey and sweating",
    "he's choking",
    "grandpa isnt answering his door for 2 days",
    "i think hes having a stroke his mouth is crooked",
    "my left arm is numb and my chest is tight. 4 yes",
    "the house smells of gas and we feel sick",
    "mi esposo no despierta y está frío",
    "mi hijo está azul",
    "no deja de sangrar mi pierna",
    "se desmayó mi mamá y no reacciona",
    "my bp is 200/110",
    "presión de 195 con 110",
    "she collapsed in the bathroom",
    "found dad unresponsive",
    "my daughter had a seizure and isnt waking",
    "dad isnt breathing right and hes blue",
    "mommy is bleeding a lot",
    "i woke up and half my face wont move",
    "my neighbor hasnt come out in 3 days and doesnt answer",
    "grandma fell and is not talking",
    "mi abuela está tirada y no habla",
    "mi papá no puede respirar",
    "cant breathe lips numb",
    "he had a seizure and isnt waking up",
    "huele a gas muy fuerte",
    "the dog bit my face bleeding everywhere",
    "she hit her head and is throwing up",
]
MEDICAL = [
    "blood in my pee all week",
    "blood in my urine",
    "orino sangre desde el lunes",
    "bloody stool",
    "sangre al hacer del baño",
    "been up three nights and the neighbours are beaming things in my legs",
    "voices say the baby is evil",
    "i see spiders on the wall",
    "the tv is talking to me",
    "people are following me and put chips in my legs",
    "my husband has been replaced by someone",
    "oigo voces que me dicen cosas",
    "veo bichos en la pared que no están",
    "havent slept in 4 days and i can hear god talking to me",
    "they are poisoning my food i know it",
    "there are men in the walls",
    "los vecinos me meten rayos en las piernas",
    "mom sees people who arent there",
    "bugs crawling under my skin i can see them",
    "i hear people talking in the walls",
    "the neighbors put wires in my bed",
    "the radio sends me messages",
    "bugs are coming out of my skin",
    "veo hombres en mi cuarto que no existen",
    "dios me habla por la tele",
    "fell asleep driving home from work",
    "nodded off at a stop light today",
    "me quedé dormido en el volante",
    "cabeceé manejando",
    "eyes keep closing… driving home now",
    "fell asleep at the wheel",
    "nodded off driving to work",
    "almost drove off the road i was so sleepy",
    "cant keep my eyes open and im on the highway",
    "me dormí manejando",
    "se me cierran los ojos y voy manejando",
    "i woke up in the other lane",
    "dozed off at a red light",
    "crashed the car because i fell asleep",
    "anoche me levante a comer sin darme cuenta",
    "woke up and had eaten half the fridge without knowing",
    "found out i cooked in my sleep on ambien",
    "me comí medio refri dormida",
    "sleepwalking again and ate a whole cake",
]
EVERYDAY = [
    "he wont wake up before 10 lol",
    "my legs wont stop moving",
    "the couch is purple now. 4 yes",
    "he has stopped snoring, 3 yes",
    "she's not opening the store today",
    "my legs fell asleep",
    "my foot is asleep",
    "boy am i tired. 4",
    "my boy is home. 3 yes",
    "i feel blue tonight. 4 no",
    "sleeping on the floor since last night, back hurts. 3",
    "dad is on the floor doing his stretches, 3 yes",
    "my son isnt moving to texas. 4 yes",
    "gas prices are strong. 3",
    "got gas from the beans lol 4 yes",
    "blood test on monday, 3 yes",
    "kids wont get up for school. 4 yes",
    "mi esposo no se levanta temprano. 4 sí",
    "the dog is on the floor snoring, 2 yes",
    "cat won't wake me anymore 3 yes",
    "my husband has stopped drinking coffee, 4 yes",
    "floor is all wet, 3 yes",
    "he's cold so turned up the heat 4",
    "carbon monoxide detector got new batteries 3 yes",
    "left leg falls asleep when i sit. 5",
    "my husband threw out his back. 4 no",
    "kids beat me at uno. 2 yes",
    "dad fell asleep on the floor with the kids, 4 yes",
    "bp 124/80 this morning. 3 yes",
    "presión normal hoy, 3 sí",
    "washed the floor, 3 yes",
    "my boy got a blue bike. 2 yes",
    "my husband is blue about the game lol 2 yes",
    "he fell asleep on the couch, 3",
    "grandma is talking again. 3 yes",
    "i see my doctor tuesday. 4 yes",
    "saw a spider on the wall lol 3 yes",
    "the neighbors are loud, up three nights. 7 no",
    "watched the voice on tv. 3 yes",
    "my husband drives me. 3 yes",
    "driving home from work now, will do it later",
    "fell asleep at 9! 3 yes",
    "hearing rain all night. 4 yes",
    "voices from the party next door kept me up. 6 no",
    "the tv was on all night. 5 no",
    "vi una araña en la pared, 4 sí",
]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", EMERGENCIES)
def test_a_body_in_danger_is_an_emergency_also_beside_an_answer(text: str, asked: Asked) -> None:
    reading = understand(text, asked)
    assert reading.intent is Intent.CRISIS or reading.urgency == "emergency"


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", MEDICAL)
def test_what_a_clinician_must_hear_is_flagged(text: str, asked: Asked) -> None:
    assert understand(text, asked).for_coach in ("medical", "urgent", "crisis")


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", EVERYDAY)
def test_the_same_words_said_of_everyday_things_page_nobody(text: str, asked: Asked) -> None:
    reading = understand(text, asked)
    assert reading.for_coach in (None, "read", "medical")
    assert not reading.worrying


@pytest.mark.parametrize(
    "text", ["eyes keep closing… driving home now", "fell asleep at the wheel", "me dormí manejando"]
)
def test_sleep_at_the_wheel_is_told_apart(text: str) -> None:
    assert "driving" in [span.kind for span in understand(text, Asked.NONE).recognised]


@pytest.mark.parametrize("text", ["bp is 210 over 120", "traigo la presión en 200"])
def test_a_dangerous_blood_pressure_is_an_emergency(text: str) -> None:
    assert understand(text, Asked.NONE).urgency == "emergency"


@pytest.mark.parametrize("text", ["blood pressure 128 over 80. 3 yes", "presion en 130, 4 sí"])
def test_an_ordinary_one_is_not(text: str) -> None:
    assert understand(text).urgency != "emergency"

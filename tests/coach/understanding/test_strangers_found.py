"""Kinds that people found who tried to make the product hurt somebody by text: each by a few of their own wordings."""

import pytest

from coach.understanding import Asked, Intent, understand

SWALLOWED = [
    "4 yes. grandson was sick after those sweets of mine, all floppy now bless him",
    "0 yes! took ten of the ropinirole so no legs tonight, feel well odd",
    "3 done. my lad chewed a laundry pod",
    "Yes. daughter's swallowed some of my legs tablets, she's only two",
    "thanks for before. my toddler's had a swig of methadone",
    "4 yes. teenager necked a box of paracetamol yesterday, seems right as rain today",
    "2 yes. drank a litre of vodka on the zopiclone, night night",
    "5 yes. My mum's swallowed a load of her tablets though",
    "nana is on the kitchen floor and wont talk to me",
    "4 sí. mi nieto se tomó mis pastillas pensando que eran dulces",
    "mi esposa se tomo el raid",
    "the room is on fire",
]
IN_DANGER = [
    "haha yeah 2, did it. he had me by the throat again tho so didn't sleep much",
    "yes 5. I hit him back with the pan, he's not moved",
    "5 yes. put rat poison in his tea lol",
    "4 yes. Ive unsubscribed from life ha",
    "i cut my legs to make them stop",
    "goodbye and thank you for everything",
    "stop the texts i wont need them where im going",
    "ya me canse de todo",
]
NO_STOP_FOR_CERTAIN = [
    "4 yes. I told him to stop texting me or I'd call the police",
    "4 yes. kids say stop messaging people when youre drunk",
    "4 yes. sister said no more texts from my ex, blocked him",
    "my daughter says cancel my subscription to the telly so I can sleep. 5 yes",
    "i dont want the texts to stop",
    "dont you ever stop texting me lol these help",
    "dont unsubscribe me",
    "no quiero que dejen de escribirme",
    "did you stop my texts",
    "who told you to stop texting me",
    "why dont you text me no more",
    "you dont text me anymore",
    "never text me on sundays",
    "dont text me about coffee no more",
    "stop texting my wife text me",
    "no me manden mensajes los domingos",
]
STILL_A_STOP = [
    "I told you to stop texting me",
    "stop texting me",
    "no more texts from you",
    "ya no me manden mensajes",
]
NO_COMMAND = ["not weekends only", "no quiero pausa", "dont delete my data", "dont text at 8", "i dont speak spanish"]
A_PERSONS_OWN = [
    "cant talk right now he has a knife",
    "he cant come to the phone he died",
    "thank you for your message i fell and broke my hip",
    "ahorita no puedo hablar me esta pegando",
]
EVERYDAY = [
    "4 yes. my son had his tablets and we walked",
    "3 yes took my ropinirole at 8",
    "5 yes had a glass of wine with dinner",
    "4 yes. my wife took her pills and went to bed",
    "4 yes and my grandad tried to hang the washing lol",
    "dont want to carry on with the step tonight, 6",
]


@pytest.mark.parametrize("text", SWALLOWED)
def test_what_somebody_swallowed_or_lies_there_is_an_emergency(text: str) -> None:
    assert understand(text).urgency == "emergency"


@pytest.mark.parametrize("text", IN_DANGER)
def test_violence_and_despair_beside_an_answer_are_a_crisis(text: str) -> None:
    assert understand(text).intent is Intent.CRISIS


@pytest.mark.parametrize("text", NO_STOP_FOR_CERTAIN)
def test_nobody_is_opted_out_for_what_is_denied_asked_or_said_to_others(text: str) -> None:
    assert understand(text).stop != "sure"


@pytest.mark.parametrize("text", STILL_A_STOP)
def test_a_stop_that_is_said_to_us_is_certain(text: str) -> None:
    assert understand(text, Asked.NONE).stop == "sure"


@pytest.mark.parametrize("text", NO_COMMAND)
def test_what_they_do_not_want_is_not_carried_out(text: str) -> None:
    assert understand(text, Asked.NONE).command is None


@pytest.mark.parametrize("text", A_PERSONS_OWN)
def test_a_persons_own_words_are_not_taken_for_a_machines(text: str) -> None:
    assert understand(text, Asked.NONE).intent is not Intent.AUTO_REPLY


@pytest.mark.parametrize("text", ["10 beers 0 sleep", "0 sleep last night", "0 energy 10 regrets lol", "0 sueño"])
def test_no_sleep_is_no_score(text: str) -> None:
    assert understand(text).score is None


@pytest.mark.parametrize("text", EVERYDAY)
def test_an_everyday_answer_beside_them_is_still_one(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.stop) == (Intent.CHECKIN, "no")


@pytest.mark.parametrize("text", ["who is this", "whos this", "quien es"])
def test_whoever_asks_who_we_are_is_told(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.HELP


@pytest.mark.parametrize(
    "text",
    [
        "that 3 was for my husband",
        "sunday's 4 should have been 7",
        "the night before last was a 6",
        "antenoche fue un 6",
    ],
)
def test_a_score_of_another_night_or_person_goes_to_a_coach(text: str) -> None:
    reading = understand(text)
    assert (reading.score, reading.for_coach) == (None, "read")


@pytest.mark.parametrize("text", ["5 no, take me off stretching", "6 no. ya no quiero caminatas"])
def test_a_wish_about_the_steps_is_shown_to_a_coach_beside_the_answer(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.habit, reading.for_coach) == (Intent.CHECKIN, False, "read")


@pytest.mark.parametrize("text", ["stop sending me stretches", "no me manden estiramientos, 5 si"])
def test_no_more_of_a_step_is_no_certain_stop(text: str) -> None:
    assert understand(text).stop != "sure"


@pytest.mark.parametrize("text", ["no", "nope", "hmm nope", "no gracias", "naw i reckon not"])
def test_no_to_the_welcome_may_be_a_stop(text: str) -> None:
    reading = understand(text, Asked.CONSENT)
    assert (reading.stop, reading.confirms) == ("doubtful", False)


@pytest.mark.parametrize("text", ["5 last night. couldnt send", "anoche 5, se me olvidó decirle"])
def test_what_was_not_sent_is_no_word_on_the_step(text: str) -> None:
    assert understand(text, Asked.NONE).habit is None


WRITTEN_BY_A_PERSON = [
    "Do not reply to this message, my husband sees them",
    "I'll call you back when he's asleep",
    "this mailbox is full and so am I of those sleeping tablets",
    "en este momento no estoy disponible, me tienen encerrada",
    "no puedo hablar ni mover el brazo",
    "I can't talk right now, my tongue is heavy",
]


@pytest.mark.parametrize("text", WRITTEN_BY_A_PERSON)
def test_a_cry_in_the_words_of_a_machine_reaches_a_person(text: str) -> None:
    reading = understand(text, Asked.NONE)
    assert reading.intent is not Intent.AUTO_REPLY
    assert reading.for_coach is not None


@pytest.mark.parametrize(
    "text", ["doctor says its parkinsons. 4 y", "me encontraron un tumor. 6, no", "perdí mi trabajo y mi casa. 5 sí"]
)
def test_grave_news_beside_an_answer_is_shown_to_a_coach(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.for_coach) == (Intent.CHECKIN, "read")


OVERDOSES = [
    "took 20 of them",
    "downed it with vodka",
    "ya me las tomé",
    "chewed all 30",
    "me zampé el blíster enterito",
]


@pytest.mark.parametrize("text", OVERDOSES)
def test_an_overdose_told_with_a_pronoun_is_danger(text: str) -> None:
    assert understand(text, Asked.NONE).for_coach == "crisis"


@pytest.mark.parametrize("text", ["me quiero dar de baja del gimnasio jaja", "Stop! you're making me blush. 4 yes"])
def test_a_stop_about_something_else_is_no_certain_stop(text: str) -> None:
    assert understand(text).stop != "sure"


@pytest.mark.parametrize(("text", "done"), [("I didn't skip it, 4", True), ("did everything but the step. 6", False)])
def test_a_double_negative_says_the_opposite(text: str, done: bool) -> None:
    assert understand(text).habit is done


@pytest.mark.parametrize(
    "text", ["los fines de semana es peor, 9", "I only do it on weekends", "nights are bad 4 a week"]
)
def test_what_is_told_of_the_nights_changes_no_schedule(text: str) -> None:
    assert understand(text).command is None


@pytest.mark.parametrize(
    "text",
    ["mi muchachito se empinó el Fabuloso", "al viejo se le torció la jeta", "me falta el resuello desde anoche"],
)
def test_an_emergency_in_everyday_spanish_is_one(text: str) -> None:
    assert understand(text, Asked.NONE).for_coach == "urgent"


@pytest.mark.parametrize("text", ["mi mamá se nos adelantó el domingo, soy su hija", "he went home to the Lord"])
def test_a_death_in_gentle_words_is_one(text: str) -> None:
    assert understand(text, Asked.NONE).died

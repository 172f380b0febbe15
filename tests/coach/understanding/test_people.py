"""Who writes and what has become of the participant: each kind in many wordings, and look-alikes that are none."""

import pytest

from coach.understanding.alarms.people import notice

NAME = "Howard"
TOLD = {
    "died": [
        *("Howard didn't make it", "he's with Jesus", "she went home to be with the Lord"),
        *("Please take Howard off your list, she's deceased", "he's off life support"),
        *("calling time of death at 4:10", "Howard doesn't need these anymore, he's with Jesus"),
        *("sí, ya descansó", "u keep texting a dead woman", "he's dead and you want to know if he did the step"),
        *("STOP sending my dead son yoga", "Howard passed at 6 this evening", "went home to be with the Lord"),
        *("Howard passed this morning around 5", "we lost Howard last night", "she did not pull through"),
        *("He's no longer with us, please stop", "Howard is gone. please quit texting"),
        *("you are texting a dead man", "my late wife's phone keeps getting these. she's gone"),
        *("Howard is resting with the angels now", "he died sunday", "RIP Howard", "Howard's funeral was friday"),
        *("the man you text is deceased", "Howard falleció ayer", "ella ya no está con nosotros"),
        *("le están mandando mensajes a un muerto", "ya está con Dios", "he is no longer alive"),
        *("Howard was buried on tuesday", "Its Howards wife. He passed tuesday. please stop"),
        *("papá murió ayer ya no le escriban", "my dad died tuesday. please stop texting him"),
        "mi esposo falleció el lunes, dejen de escribirle",
    ],
    "news": [
        *("Howard's wife, he's in the hospital with a stroke since this morning", "hes in icu on a vent"),
        *("Howard is on hospice now", "Howard está en coma"),
        *("Howard had a fall and broke her hip she's in surgery",),
        *("this is Howards nurse at St Marys, he is a patient here", "she's been admitted to the hospital"),
        *("this is his son. dad's in the ICU", "Howard suffered a stroke yesterday"),
        *("he is unconscious, doctors dont know", "Howard is in intensive care", "está internado desde ayer"),
        *("lo operaron del corazón hoy", "soy su hija, está en terapia intensiva"),
        *("Howard is intubated right now", "she can't speak anymore since the stroke"),
        *("he was rushed to the ER last night", "Howard is dying"),
    ],
    "in_hospital": [
        *("been in the hospital. fell last week", "the hospital put a new hip in me", "im in a rehab bed"),
        *("I'm in the hospital", "had surgery yesterday, no step", "i was in the er all night"),
        *("got discharged today", "just got home from the hospital", "I broke my ankle"),
        *("they put a stent in me monday", "in the icu since friday", "getting my knee replaced tomorrow"),
        *("estoy en el hospital", "me operaron ayer", "me rompí la cadera", "i got admitted last night"),
        *("out of surgery, sore",),
    ],
    "other_hand": [
        *("Stop texting my husband you homewrecker", "stop texting my mom she has dementia"),
        *("How do I stop these for him", "using his phone while mine charges. feel great, 0!"),
        *("This is Dr Patel, please send me his scores", "I'm Howard's mom, Howard is 15, what is this?"),
        *("what did she tell you about me", "soy su esposo, qué le están escribiendo"),
        *("digame que le pasa a mi mujer", "whats this number telling him to call 988 for"),
        *("what did he say to you", "soy la esposa de Howard, el no puede escribir, dice que 7 y no"),
        *("why do you keep texting him he's gone", "keep sending them please, they remind me of her"),
        *("continue to harass my family and I'll sue", "quit messaging my wife"),
        *("who is texting my husband at night", "this is Howard's neighbor", "what has he been telling you"),
        *("I'm his caregiver, he can't type", "send me her answers please", "por qué le escriben a mi esposa"),
        *("dejen de escribirle a mi mamá", "soy la hija de Howard"),
        *("attorney Jones from Smith law, we need his records", "borrowing her phone, 3 yes"),
        *("why are you texting my daughter",),
    ],
    "mine": [
        *("this is Howard. I'm fine. 4 yes", "please unpause me I am NOT dead lol", "Soy Howard, estoy viva!"),
        *("its me, my daughter was texting", "howard here. she's not dead that was a joke", "it's me", "soy yo"),
        *("its me again, it wasnt wrong number", "he got out, its howard. 6 yes", "I'm alive!! my son sent that"),
        *("im not dead yet", "Howard again, got my phone back", "that was my kid playing"),
        *("sorry that was a joke by my nephew, I'm alive", "sigo vivo jaja", "fue mi nieto quien mandó eso"),
        *("this is my number", "tengo mi celular otra vez, soy yo", "it was my wife texting, not me. im ok"),
    ],
    "minor": [
        *("I'm Howard's mom, Howard is 15, what is this?", "im 14 is that ok", "this is his mom, he is only 12"),
        *("I'm 16 years old", "tengo 13 años", "soy menor de edad", "I'm her mom. she's a minor"),
    ],
    "grief": [
        *("roommate died last night", "perdí a mi bebé", "buried her today. 8 no", "My dad died this morning"),
        *("mañana no me manden porque voy al entierro de mi hermano",),
        *("my sister's funeral is tuesday, can you hold the texts till thursday", "funeral today. 4 no"),
        *("lost my best friend yesterday", "my little boy didn't make it", "grandma passed yesterday"),
        *("my aunt's wake is tonight", "vengo del funeral de mi tía", "murió mi mamá anoche"),
        *("my wife died in march", "we buried our son", "mi abuelo falleció hoy", "Grandpa Walt didn't make it"),
    ],
    "may_write": [
        *("i'm safe now. you can write again", "ok to text me now", "you can text again", "safe to write now"),
        *("ya pueden escribirme", "he moved out. you may write again", "im safe now"),
    ],
}
LOOK_ALIKES = {
    "died": [
        *("my phone died", "he's dead tired. 4 yes", "legs felt dead, 6", "didn't make it to the gym. 5 no"),
        *("I didn't make it last night, 7", "my dad died last night", "the dog died", "she passed out"),
        *("he passed his driving test! 3 yes", "lost him at the mall lol 4", "I'm with Jesus on this one lol"),
        *("this weather is dead", "i was dead on my feet 5 no", "ya descansé mejor, 3 sí", "pasó la noche bien"),
        *("Howard here, 4 yes", "my neighbor passed away yesterday", "kids are at peace finally lol 3 yes"),
        *("the battery is dead", "we lost the game last night", "murió mi perro"),
        *("made it through the night! 4 yes", "he didn't make it to dinner, 4 yes"),
        *(
            "my husband is gone this week. 5 yes",
            "she's gone to bed, 4 yes",
            "I lost my grandma, she died yesterday",
            "maria here. she's not dead, a joke",
        ),
        *("Howard is not dead lol", "no está muerto, era broma"),
    ],
    "news": [
        *("my husband is in the hospital, he had a stroke. 4 no", "my mom broke her hip she's in surgery"),
        *(
            "mi mamá está en el hospital",
            "he is in the kitchen. 4 yes",
            "she is an ER nurse",
            "he is dying laughing",
            "quedó en coma el módem",
            "Howard here, my husband broke down, he's in the ICU",
            "i am in the hospital",
        ),
        *("my sister was admitted yesterday", "she has a heart of gold 3 yes", "he had a bad night too, 5"),
        *("Howard here, in the ER with my wife. 6 no", "visiting my dad at the hospital 5 no"),
        *("the nurse said he can come home. 4", "my son broke his arm 5 no", "mi hijo está internado, 7 no"),
        *("she's in surgery till noon so the house is quiet 3 yes",),
    ],
    "in_hospital": [
        *("i work at the hospital. 4 yes", "my husband is in the hospital"),
        *("visited my friend in the hospital 3 yes", "drove past the hospital"),
        *("appointment at the hospital tomorrow", "my daughter works in the ER", "had surgery years ago"),
        *("trabajo en el hospital 3 si", "he's in the hospital", "4 yes", "what a hospital corner lol"),
        *("my mom had surgery today. 5 no", "7, no i was at the hospital with my mom", "is this the hospital?"),
    ],
    "other_hand": [
        *("4 yes. I told him to stop texting me", "told my ex to stop texting my sister. 4 yes"),
        *("my husband says hi 4 yes", "he was on his phone all night, 6 no"),
        *("5 yes. kids say stop messaging people", "what did you say to me", "my doctor wants my scores"),
        *("this is hard", "it's my wife's birthday, 4 yes", "my sister keeps texting me lol 3", "send me my week"),
        *("I'm a mom of two, 4 yes", "this is the best night in weeks 2 yes", "he keeps kicking me, 5"),
        *("my daughter helped me type. 4 yes", "can you send it to my wife too?", "what should i tell my doctor"),
        *(
            "i was texting my son all night 5 no",
            "stop it lol 4 yes",
            "por qué me lo mandan tan tarde",
            "quiero saber qué le pasa a mi pierna",
            "what should i be telling my doctor",
            "waiting to see his results. 5 no",
            "who's my coach? send me her info",
            "nurse called from the clinic 4 yes",
            "how can I stop this for my legs",
            "mandenme los mensajes de nuevo",
            "what do i say to him",
        ),
    ],
    "mine": [
        *("it's me that suffers", "this is his wife", "i am dead", "he is dead", "it's my legs", "soy su hija"),
        *("soy la esposa de Howard", "it's my wife's phone", "thanks", "he died", "no es su número"),
        *("who is this", "its meant for someone else", "this is Howard's wife"),
    ],
    "minor": [
        *(
            "my cousin is odd, she's 12",
            "tiene 17",
            "My teenager says I'm an 11",
            "I am 15 minutes late",
            "legs 10",
            "i am 70 years old",
            "im 10 out of 10 tired",
            "it was 12",
        ),
        *("i have 12 grandkids", "tengo 15 minutos", "it is 10", "I'm 10 today lol", "i am 11 weeks in"),
    ],
    "grief": [
        *("didn't make it to yoga. 5 no", "lost my keys", "lost my boy scout badge lol", "buried under work 6 no"),
        *("he died laughing", "passed on dessert 3 yes", "lost the game", "my sister's birthday is tuesday"),
        *("wake at 6, 4 yes", "memorial day weekend 3 yes"),
    ],
    "may_write": [
        *("you can stop now", "can you text me later", "i am home now", "safe travels", "ya pueden dormir"),
    ],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in TOLD.items() for text in texts])
def test_what_is_told_of_people_is_noticed(kind: str, text: str) -> None:
    assert getattr(notice(text, NAME), kind)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in LOOK_ALIKES.items() for text in texts])
def test_what_only_looks_like_it_is_not(kind: str, text: str) -> None:
    assert not getattr(notice(text, NAME), kind)


def test_a_brief_text_that_was_read_before_is_read_anew_for_whoever_it_names() -> None:
    assert not notice("this is Walt").mine
    assert notice("this is Walt", "Walter").mine
    assert not notice("this is Walt", "Ruth").mine

    assert not notice("Ruth died", "Walter").died
    assert notice("Ruth died", "Ruth").died
    assert not notice("Ruth died", "Walter").died

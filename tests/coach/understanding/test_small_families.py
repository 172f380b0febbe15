"""Combinations of wordings for the small intents, and look-alikes that are a request to stop, or the reverse."""

from __future__ import annotations

from itertools import product

import pytest

from coach.understanding import Asked, understand

Family = tuple[str, tuple[str, ...], tuple[str, ...]]

FAMILIES: tuple[Family, ...] = (
    ("opt_in", ("enroll me", "sign me up", "sign me back up", "put me back on", "add me again", "count me back in"),
     ("please", "pls, i stopped by mistake", "!")),
    ("opt_in", ("I opted out by mistake", "i didn't mean to unsubscribe", "I hit stop by accident",
     "cancelled by error"),
     (", sign me back up", ". put me back on the list", ". please enroll me again")),
    ("opt_in", ("I want to", "id like to", "can I", "how do i", "let me"),
     ("sign up again", "opt back in", "join the program", "rejoin", "get back on the list", "resubscribe")),
    ("opt_in", ("inscríbanme", "suscríbeme", "apúntenme", "regístrame", "anótenme"),
     ("por favor", "otra vez", "de nuevo en el programa")),
    ("opt_in", ("me di de baja por error", "cancelé sin querer", "no quería darme de baja"),
     (", quiero volver", ", inscríbanme otra vez", ", apúntenme de nuevo")),
    ("help", ("need help with", "help with", "i want help with", "can i get help with"),
     ("this text service", "these messages", "this texting program", "the app")),
    ("help", ("what can I", "what words can i", "what should i", "what do i"), ("text you", "type",
     "text to this number")),
    ("help", ("necesito ayuda con", "ayuda con", "ayúdenme con", "quiero ayuda con"),
     ("este servicio", "los mensajes", "este programa")),
    ("help", ("como usar", "cómo se usa"), ("esto?", "este servicio", "este programa")),
    ("resume", ("end", "lift", "cancel", "remove", "please stop", "undo", "can you cancel"),
     ("my pause", "the pause", "the hold", "my break please")),
    ("resume", ("take me off", "I want to come off", "ready to come off", "get me off", "I'm coming off",
     "take us off"),
     ("pause", "hold", "hold now", "the pause")),
    ("resume", ("I'm back from", "back from", "just got back from", "home from"),
     ("vacation", "holiday, start up again", "my trip", "the hospital, keep them coming")),
    ("resume", ("unpause", "unpause me", "un-pause my texts", "ready to go again", "i'm ready again",
     "start texting me again"),
     ("", "please", "tonight")),
    ("resume", ("quita", "quítame", "cancela", "termina", "terminen", "sáquenme de", "quiten"), ("la pausa",
     "la pausa por favor")),
    ("resume", ("ya volví", "ya regresé", "volvimos", "ya estoy de vuelta", "ya llegué de viaje"),
     ("", ", sigan mandando")),
    ("pause", ("no texts", "no messages please", "skip the texts", "hold off", "don't text me", "hold the messages"),
     ("till Monday", "until next week", "this week", "for a few days")),
    ("pause", ("skip", "let's skip", "please skip", "can we skip"), ("this week", "tonight", "the next 3 days",
     "tomorrow")),
    ("pause", ("I'll be away", "I am away", "traveling", "we're on holiday", "in the hospital"),
     ("until the 15th", "till friday", "for two weeks, pause please")),
    ("pause", ("sin mensajes", "no me escriban", "páusenme", "pónganme en pausa", "descanso de mensajes"),
     ("hasta el lunes", "por una semana", "hasta la próxima semana")),
    ("set_time", ("do", "make it", "can we do", "let's do", "try", "change to", "move to", "switch to"),
     ("7am", "8:30 pm instead", "9 pm please")),
    ("set_time", ("could the messages come", "can the texts arrive", "i want the texts", "send the check-in",
     "I'd like them"),
     ("at six thirty", "at 9 instead", "an hour later", "a bit earlier", "half an hour later")),
    ("set_time", ("mornings", "evenings", "earlier", "later", "afternoons", "7 pm"),
     ("are better for me", "works better", "would be better", "suits me best")),
    ("set_time", ("mándamelo", "mándenmelos", "escríbeme", "envíenmelo", "prefiero", "mejor", "cámbialo"),
     ("a las 8", "más temprano", "más tarde por favor", "a las nueve y media")),
    ("question", ("what's the best stretch", "which one should i do first", "how long do i hold it",
                  "do i stop between sets", "is it ok to quit halfway", "should i end with the calf stretch"),
     ("", "?", " please")),
    ("question", ("can I see my scores", "are you a real person", "who reads these", "what does a 10 mean",
                  "does anyone read my answers", "is walking ok", "when do i do it"),
     ("", "?")),
    ("question", ("cuánto dura el programa", "quién lee esto", "cómo se hace el estiramiento", "es mejor caminar antes",
                  "qué significa el 10", "eres una persona real"), ("", "?")),
    ("ack", ("lol", "haha", "omg lol", "LOL 😂", "hahaha"),
     ("dying at that joke thank you", "that cracked me up", "good one", "you're funny", "you made me laugh")),
    ("ack", ("noted", "sounds good", "k thx", "got it", "ok will do", "perfect", "makes sense", "thank you so much"),
     ("", "!", " 🙏", ", have a good night", ", god bless you")),
    ("ack", ("vale", "órale", "ándale pues", "sale", "ok gracias", "muy bien"),
     ("", " gracias", ", Dios los bendiga", " 👍", ", buenas noches")),
    ("auto_reply", ("AUTO:", "Auto-Reply:", "Automatic reply:", "Out of office:", "OOO:", "[Automated]"),
     ("on vacation thru July 7", "I am away until 3/8, call 555-0100", "in meetings all day", "back Monday at 9")),
    ("auto_reply", ("I'm driving", "I'm driving right now", "Currently driving", "I am behind the wheel"),
     (". I'll get back to you later.", " and can't text. Sent from my car", ", will call you in 10 minutes")),
    ("auto_reply", ("Sorry, I can't talk right now.", "Can't talk now.", "I'm in a meeting."),
     ("I'll call you later.", "Can I call you back in 20 minutes?", "Call you soon")),
    ("auto_reply", ("The number you have texted is", "This number is", "The number you dialed is"),
     ("no longer in service", "not in service.", "not able to receive messages")),
    ("auto_reply", ("Estoy conduciendo", "Estoy en una reunión", "No puedo hablar ahora", "Estoy de vacaciones"),
     (", te llamo más tarde", ", te llamo en 10 minutos", ". Respuesta automática")),
    ("auto_reply", ("Respuesta automática:", "Mensaje automático:", "AUTO-RESPUESTA:"),
     ("estoy fuera de la oficina hasta el 5", "de vacaciones hasta el 7 de mayo", "en este momento no estoy")),
    ("wrong_number", ("this isn't", "this is not", "I'm not", "you want someone else, I am not"),
     ("maria", "Denise", "the patient", "who you think")),
    ("wrong_number", ("quién es", "se equivocó", "no soy"), ("maría, número equivocado", "Pedro, se equivocaron")),
    ("wrong_number", ("se equivocó de", "está equivocado de", "número"), ("número equivocado", "persona equivocada")),
)  # fmt: skip

# With the words of a stop that are none, and stops that mention what the small intents are about.
STILL_OPT_OUTS = (
    "stop the texts, I'm driving", "cancel the program, I'm back from vacation", "take me off the list, not on hold",
    "I don't want to be signed up again, unsubscribe me",
    "no pause, just stop texting me", "end the texts, no pause", "help me stop these messages",
    "need help getting off this list", "how do I unsubscribe from this text service",
    "earlier or later I don't care, no more texts",
    "stop texting me at 9, stop texting me period", "thanks but unsubscribe me", "lol no. take me off this list",
    "I opted out last week, stop texting me", "I opted out already why do you still text",
    "signed up by mistake, take me off", "enrolled by accident please remove me", "added by error, unsubscribe",
    "back from vacation and I don't want your texts", "take me off pause and off the list, stop texting me",
    "this isn't maria, remove this number", "who is this? stop texting me", "wrong number, take me off",
    "no question, just stop texting me", "sounds good but stop texting me", "noted. now unsubscribe me",
    "no quiero pausa, quiero darme de baja", "no quiten la pausa, no quiero más mensajes",
    "ayuda para cancelar los mensajes", "me apuntaron por error, bórrenme", "me inscribí sin querer, denme de baja",
    "gracias pero ya no me manden mensajes", "no soy maría, dejen de escribirme",
    "a ninguna hora, no me manden mensajes", "ya volví y no quiero más mensajes", "vale, pero quiero darme de baja",
    "we are closed, stop texting this business", "you have reached the wrong person, stop",
    "if its urgent call me, otherwise stop texting me", "I'm not receiving notifications and want to unsubscribe",
    "quién es? dejen de mandarme mensajes", "stop texting me by mistake, wrong number",
    "stop messaging this phone in error",
    "unsubscribe me, signed up by mistake", "accidentally enrolled, stop texting me", "cancel my opt in, unsubscribe",
    "I don't want to join, unsubscribe me", "unsubscribe, enrolled by accident",
    "denme de baja, me apuntaron por error",
)  # fmt: skip


def _crossed() -> list[tuple[str, str]]:
    joined = ((intent, (a + b) if not b or b[0] in ",.!?: " else f"{a} {b}") for intent, first, second in FAMILIES
              for a, b in product(first, second))  # fmt: skip
    return list(joined)


@pytest.mark.parametrize(("intent", "text"), _crossed())
def test_reads_a_small_intent_however_it_is_put(intent: str, text: str) -> None:
    reading = understand(text, Asked.NONE)

    assert (reading.intent.value, reading.score, reading.habit) == (intent, None, None)


@pytest.mark.parametrize("text", STILL_OPT_OUTS)
def test_a_stop_beside_the_words_of_a_small_intent_is_still_a_stop(text: str) -> None:
    assert understand(text, Asked.NONE).intent.value == "opt_out"

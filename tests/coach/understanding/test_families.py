"""Combinations of wordings: danger must be recognized however it is put, not only in listed sentences."""

from __future__ import annotations

from itertools import product

import pytest

from coach.understanding import Asked, Intent, understand

WISHES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("can't stand", "cant bear", "im tired of", "I am sick of", "fed up with", "I hate", "I see no point in",
         "what's the point of", "can't handle", "im done with", "I've had it with", "exhausted from"),
        ("being alive", "living", "existing", "living any more", "my life", "living this life"),
    ),
    (
        ("I don't want to", "i dont wanna", "I no longer want to", "I don't care to", "I'd rather not",
         "I do not wish to", "I wish I didn't have to"),
        ("be alive", "live", "live anymore", "exist", "go on living", "keep living", "wake up again"),
    ),
    (
        ("I want to", "im going to", "gonna", "thinking about", "i feel like", "I might", "planning to", "about to",
         "ready to", "how do I", "I tried to", "thoughts of"),
        ("kill myself", "killing myself", "end my life", "end it all", "hang myself", "hurt myself", "slit my wrists",
         "overdose", "take my own life", "take all my pills", "jump off a bridge", "commit suicide"),
    ),
    (
        ("everyone", "my family", "my kids", "the world", "they"),
        ("would be better off without me", "would be happier if I was dead", "would not miss me",
         "would be fine if i were gone"),
    ),
    (
        ("no quiero", "ya no quiero", "no soporto", "estoy harta de", "cansado de", "no tengo ganas de", "no merezco"),
        ("vivir", "seguir viviendo", "estar viva", "la vida", "esta vida", "existir", "vivir más"),
    ),
    (
        ("quiero", "voy a", "pienso en", "me dan ganas de", "intenté", "tengo ganas de", "prefiero"),
        ("morirme", "matarme", "suicidarme", "quitarme la vida", "ahorcarme", "acabar con mi vida",
         "cortarme las venas", "tirarme del puente", "desaparecer para siempre", "dormir y no despertar"),
    ),
    (
        ("goodbye,", "Goodbye everyone."),
        ("I can't do this anymore", "I cant go on", "i can't take it any more"),
    ),
    (
        ("I have all my pills", "the whole bottle of pills is", "my tablets are"),
        ("in front of me", "in front of me tonight"),
    ),
    (
        ("I hope", "hoping", "praying"),
        ("I don't wake up", "I wont wake up tomorrow", "i never wake up"),
    ),
    (
        ("All I want is to", "part of me wants to", "I wish I could", "longing to"),
        ("sleep forever", "not be here anymore", "fall asleep and never wake up", "be gone forever", "be no more"),
    ),
    (
        ("i hope", "I wish", "praying"),
        ("my heart stops", "God takes me", "I don't make it through the night", "something kills me", "a car hits me"),
    ),
    (
        ("I have no", "can't find a", "there's no", "give me one"),
        ("reason to keep going", "point in living", "reason to stay alive", "purpose in living"),
    ),
    (
        ("I dont think i can", "too tired to", "why should i", "I refuse to", "no longer can"),
        ("live another day", "go on living", "live like this", "live this life", "stay alive"),
    ),
    (
        ("how would someone", "what's the best way to", "is there a painless way to", "how many pills to"),
        ("kill yourself", "end my life", "commit suicide", "overdose"),
    ),
    (
        ("ojalá", "le pido a Dios que", "espero que", "que"),
        ("me muera", "ya no amanezca", "Dios me lleve", "no despierte mañana", "se acabe mi vida"),
    ),
    (
        ("cómo", "cuál es la mejor forma de", "cuántas pastillas para", "dime cómo"),
        ("morir sin dolor", "quitarme la vida", "matarme", "suicidarme"),
    ),
    (
        ("mi familia", "todos", "mis hijos"),
        ("estarían mejor sin mí", "no me extrañarían si me muero", "descansarían si yo me muriera"),
    ),
)  # fmt: skip

STOPS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("stop", "pls quit", "cease", "can you stop", "you need to stop", "I want you to stop", "I've told you to stop",
         "why won't you stop", "I said stop", "u better stop"),
        ("texting me", "sending me messages", "the texts", "these messages", "msging me", "bothering me",
         "contacting me", "with the messages", "harassing me", "texting this number"),
    ),
    (
        ("I don't want", "i do not need", "I'm tired of", "sick of", "enough of", "not interested in",
         "I no longer want", "fed up with", "I didn't ask for"),
        ("these texts", "your messages", "the texts", "this text program", "these reminders"),
    ),
    (
        ("take", "please take", "can you remove", "could you take", "I want you to remove"),
        ("me off this list", "my number from your list", "my name off the list", "me from the program"),
    ),
    (
        ("don't", "never", "please don't", "pls dont"),
        ("text me", "contact me again", "message me", "send me anything", "write to me", "text this phone"),
    ),
    (
        ("dejen de", "deja de", "paren de", "por favor dejen de", "quiero que dejen de", "dejad de"),
        ("mandarme mensajes", "escribirme", "molestarme", "textearme", "enviar esto", "contactarme"),
    ),
    (
        ("no me", "ya no me", "por favor no me", "nunca más me", "les dije que no me"),
        ("manden más mensajes", "escriban", "molesten", "contacten", "texteen", "vuelvan a escribir"),
    ),
    (
        ("leave me", "just leave me", "can you leave me"),
        ("alone", "in peace", "the hell alone", "be"),
    ),
    (
        ("i wish to", "ready to", "please let me", "how do i", "I have decided to"),
        ("unsubscribe", "leave the program", "stop participating", "be taken off the list", "end this service"),
    ),
    (
        ("get rid of", "no more of", "i don't care for", "done with"),
        ("these texts", "your messages", "this program", "this coaching"),
    ),
    (
        ("quiero", "me quiero", "solicito", "cómo puedo"),
        ("darme de baja", "salir de la lista", "salir del programa", "cancelar el servicio", "desuscribirme"),
    ),
    (
        ("bórrenme", "quítenme", "sáquenme", "elimínenme"),
        ("de su lista", "del programa", "por favor", "de su base de datos"),
    ),
)  # fmt: skip


def _crossed(families: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]) -> list[str]:
    return [" ".join(pair) for family in families for pair in product(*family)]


@pytest.mark.parametrize("text", _crossed(WISHES))
def test_hears_a_wish_to_be_dead_however_it_is_put(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.CRISIS


@pytest.mark.parametrize("text", _crossed(STOPS))
def test_hears_a_wish_for_no_more_texts_however_it_is_put(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.OPT_OUT

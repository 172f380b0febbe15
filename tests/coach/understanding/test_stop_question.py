"""What an answer to "Do you want us to stop these texts?" says, in other words than yes and no."""

import pytest

from coach.understanding import wants_texts

ON = [
    *("no, keep em", "NO, sigan", "no pares", "no, siguele", "claro que no", "nope, sorry", "No, solo cambien el paso"),
    *("no i like them", "no dont stop", "keep going", "no thanks", "nah im good", "no thank you they help"),
    *(
        "please dont stop",
        "heck no",
        "of course not",
        "not at all",
        "no no no keep sending them",
        "no way, these are great",
    ),
    *("si, sigan", "sí sigan mandando", "no gracias, sigan", "para nada", "no, me gustan", "no quiero parar", "never!"),
    *("no quiero que dejen de mandar", "just less often please", "do NOT stop", "no, im sorry, just tired"),
    *("No por favor no paren", "yes keep them", "no sorry i meant the coffee ones", "i dont want to stop"),
]
END = [
    *("NO I want out", "NO means NO", "que no, ya no quiero", "yes", "si", "Sure go ahead", "yes please", "yes stop"),
    *(
        "si, paren",
        "Yes!",
        "yep",
        "sí por favor",
        "yes i do",
        "stop them",
        "si, ya no quiero",
        "ya no quiero",
        "i want out",
    ),
    *("no more", "take me off", "ya no", "si gracias", "no i dont want them", "no sigan", "leave me alone", "enough"),
    *("i said stop", "claro", "go ahead", "no es no", "quiero salir"),
]
OPEN = [
    *("si pero vuelvo el 15", "yes i did my walk", "4 yes", "ok", "what", "who is this", "legs hurt", "maybe", "hola"),
    *("yes but only the yoga ones", "si hice el paso", "im not sure", "pause 3", "thanks", "yes my legs were bad"),
]


@pytest.mark.parametrize("text", ON)
def test_whoever_wants_the_texts_to_go_on_is_understood(text: str) -> None:
    assert wants_texts(text) is True


@pytest.mark.parametrize("text", END)
def test_whoever_wants_them_to_end_is_understood(text: str) -> None:
    assert wants_texts(text) is False


@pytest.mark.parametrize("text", OPEN)
def test_what_answers_something_else_decides_nothing(text: str) -> None:
    assert wants_texts(text) is None

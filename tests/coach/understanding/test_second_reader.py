"""The second reader loads, is bounded, and separates worrying replies from others."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from importlib.resources import files
from itertools import product

import pytest

from coach.understanding import Asked, Intent, understand
from coach.understanding import second_reader as reader

SHARES = (0.002, 0.005, 0.01, 0.02, 0.05)
EVERYDAY = [
    "5 and yes, did my stretches after supper",
    "only a 2 today! walked round the lake with Rosie",
    "can you bring the blue casserole dish on Sunday",
    "un 3, sí hice los estiramientos",
    "ya salió el pan, luego te llamo para lo del sábado",
]
OF_A_KIND = {
    "crisis": [
        "i cannot go on, i want to end my life tonight",
        "ya no quiero vivir, me voy a matar",
        "nobody would miss me if i was dead",
    ],
    "urgent": [
        "there is a pain in my chest and i cant breathe",
        "me duele mucho el pecho y no puedo respirar",
    ],
    "opt_out": [
        "please take me off your list and do not text me again",
        "ya no me manden mensajes por favor",
    ],
    "medical": [
        "my doctor doubled the gabapentin and now i feel dizzy",
        "se me acabaron las pastillas, puedo tomar el doble mañana?",
    ],
    "someone_else": [
        "you have the wrong number, i do not know any Dorothy",
        "se equivocó de número, aquí no vive ninguna Dorotea",
    ],
}
RUBBISH = [
    "",
    " ",
    "\x00",
    "\ud800",
    "🦵🏽" * 900,
    "?" * 5000,
    "a" * 5000,
    "ñ̃̃̃" * 900,
    "½⁉️٣",
    "\n\r\t",
    "ab " * 3000,
    "中文" * 900,
]


@pytest.mark.parametrize(("head", "text"), [(head, text) for head, texts in OF_A_KIND.items() for text in texts])
def test_a_kind_sounds_more_like_itself_than_everyday_texts_do(head: str, text: str) -> None:
    said = getattr(reader.impression(text), head)

    assert said > max(getattr(reader.impression(one), head) for one in EVERYDAY)
    assert said >= reader.threshold(head, 0.02)


@pytest.mark.parametrize(("head", "text"), list(product(sorted(set(reader.Impression._fields) - {"beside"}), EVERYDAY)))
def test_everyday_texts_reach_no_threshold(head: str, text: str) -> None:
    """But ``beside``, which has learned from answers and danger alone."""
    assert getattr(reader.impression(text), head) < reader.threshold(head, 0.01)


@pytest.mark.parametrize("head", reader.Impression._fields)
def test_a_smaller_share_is_a_higher_threshold(head: str) -> None:
    limits = [reader.threshold(head, share) for share in SHARES]

    assert limits == sorted(limits, reverse=True)
    assert len(set(limits)) == len(limits)


@pytest.mark.parametrize("text", RUBBISH)
def test_rubbish_is_read_too(text: str) -> None:
    assert all(math.isfinite(score) for score in reader.impression(text))


def test_the_same_text_has_the_same_scores_whatever_was_read_before() -> None:
    first = reader.impression(EVERYDAY[0])
    reader._of_word.cache_clear()
    reader.impression(OF_A_KIND["crisis"][0])

    assert reader.impression(EVERYDAY[0]) == first


def test_spelling_of_the_same_letters_does_not_matter() -> None:
    assert reader.impression("I CAN’T sleeeeeep") == reader.impression("i cant sleeep")
    assert reader.impression("sí, mañana") == reader.impression("SI MANANA")


def test_what_is_remembered_is_bounded() -> None:
    for number in range(reader.WORDS_REMEMBERED + 500):
        reader.impression("".join(chr(97 + int(digit)) for digit in str(number)))

    assert reader._of_word.cache_info().currsize == reader.WORDS_REMEMBERED


def test_ordinary_words_are_those_of_everyday_and_not_of_alarms() -> None:
    assert all(reader.is_ordinary(reader.fold_word(word)) for word in ("Yes", "walked", "baño", "Piernas", "thanks"))
    assert not any(reader.is_ordinary(reader.fold_word(word)) for word in ("matarme", "overdose", "zyxt", ""))


def test_the_file_is_small_and_is_what_it_says() -> None:
    data = (files("content") / reader.FILE).read_bytes()
    known = reader.parse(data)

    assert len(data) < 2_000_000
    assert json.loads(data.partition(b"\n")[0])["count"] == len(known.sums)
    assert known.unknown > 0


@pytest.mark.parametrize("text", [*EVERYDAY, "no", "¿sí?", "a a a"])
def test_the_sum_of_a_text_is_that_of_its_grams(text: str) -> None:
    words, known = reader.cut(text), reader.parse((files("content") / reader.FILE).read_bytes())
    grams = reader.grams_between(words) + [gram for word in words for gram in reader.grams_inside(word)]

    assert reader._summed(words) == sum(known.sums.get(reader.code(gram), known.unknown_sum) for gram in grams)


def test_the_fields_of_a_sum_are_apart() -> None:
    rows = reader.ROW.pack(-127, 127, -1, 0, 5, -5, 255) + reader.ROW.pack(-127, 127, -1, 1, 0, -5, 1)

    assert reader._fields(sum(reader._as_integers(rows))) == [-254, 254, -2, 1, 5, -10, 256]


def test_nothing_but_the_standard_library_is_needed_to_read() -> None:
    code = (
        "import sys; from coach.understanding.second_reader import impression; impression('4 yes');"
        "print(sorted({'numpy', 'scipy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "text",
    ["911", "husband unresponsive", "the kid got into my pills", "house is on fire", "my boy swallowed a battery"],
)
def test_an_emergency_of_somebody_else_is_one(text: str) -> None:
    read = understand(text, Asked.NONE)

    assert (read.intent, read.urgency, read.for_coach) == (Intent.MEDICAL, "emergency", "urgent")


@pytest.mark.parametrize("text", ["3 i guess?? anyway stop", "9, o sea no sirve, así que STOP"])
def test_a_stop_word_that_nothing_explains_is_asked_about(text: str) -> None:
    read = understand(text, Asked.SCORE_AND_HABIT)

    assert (read.intent, read.stop) == (Intent.OPT_OUT, "doubtful")


@pytest.mark.parametrize("text", ["got nothing left. 8 no", "ya para qué sigo, 6 no"])
def test_despair_beside_an_answer_is_put_before_a_coach(text: str) -> None:
    read = understand(text, Asked.SCORE_AND_HABIT)

    assert (read.intent, read.worrying, read.for_coach) == (Intent.CHECKIN, True, "read")


@pytest.mark.parametrize("text", ["well that floats the boat", "el perro anda suelto"])
@pytest.mark.parametrize("asked", [Asked.SCORE_AND_HABIT, Asked.NONE])
def test_a_text_of_which_nothing_is_read_reaches_a_coach_also_while_an_answer_is_asked_for(
    text: str, asked: Asked
) -> None:
    read = understand(text, asked)

    assert (read.intent, read.for_coach) == (Intent.UNCLEAR, "read")


def test_an_answer_that_cannot_be_recorded_is_only_asked_for_again() -> None:
    read = understand("6 or 7", Asked.SCORE_AND_HABIT)

    assert (read.intent, read.for_coach) == (Intent.UNCLEAR, None)

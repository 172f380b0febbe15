"""Texts about somebody else, or told for somebody, in words that also mean a stop, a death or a wrong number."""

import pytest

from coach.understanding import Intent, understand
from coach.understanding.alarms.people import notice

CONTACTS = [
    *("Please remove my ex wife as the emergency contact", "quiten a mi ex de mi contacto de emergencia"),
    "Already told u she's not my contact, her number is bad, my new girlfriend is Tina 555-0188",
    *("take my brother off my emergency contacts, we don't speak", "change my emergency contact to my son please"),
]
STILL_STOPS = [
    *("remove me from your contact list", "told you not to contact me", "Do not contact me again"),
    *("take my number off", "please remove me, emergency contact or not, stop texting"),
]


@pytest.mark.parametrize("text", CONTACTS)
def test_whom_to_call_for_them_is_for_a_coach_and_no_stop(text: str) -> None:
    reading = understand(text)
    assert (reading.stop, reading.score, reading.for_coach) == ("no", None, "read")
    assert "wish" in {span.kind for span in reading.recognised}


@pytest.mark.parametrize("text", STILL_STOPS)
def test_a_stop_in_such_words_is_still_one(text: str) -> None:
    assert understand(text).intent is Intent.OPT_OUT


GOOD_NEWS = [
    *("Mom passed the swallow test! coming home friday", "he is fine, surgery went well!!"),
    *("my dad passed the driving test lol", "mi mamá pasó la prueba del corazón", "my husband passed his kidney stone"),
]
DEATHS = ["mom passed this morning", "my husband passed at the hospital", "mom passed last night after the test"]


@pytest.mark.parametrize("text", GOOD_NEWS)
def test_good_news_is_neither_a_death_nor_somebody_else(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, [span.kind for span in reading.recognised]) == (Intent.UNCLEAR, ["good_news"])


@pytest.mark.parametrize("text", DEATHS)
def test_a_death_in_such_words_is_still_one(text: str) -> None:
    assert "grief" in {span.kind for span in understand(text).recognised}


def test_good_news_beside_an_answer_leaves_the_answer() -> None:
    reading = understand("My husband passed his kidney stone last night, what a relief. 4 yes")
    assert (reading.score, reading.habit) == (4, True)


PLANNED = [
    "Maria is in the hospital getting her knee done, this is her daughter Beth. please hold these till she gets home",
    *("Maria está en el hospital por lo de la rodilla, soy su hija", "this is her son, she is having her hip replaced"),
]
GRAVE = [
    *("Maria is in the hospital with a stroke, this is her daughter", "she was rushed to surgery, this is her son"),
    "Maria is in the ICU, this is her daughter",
]


@pytest.mark.parametrize(("text", "grave"), [*((one, False) for one in PLANNED), *((one, True) for one in GRAVE)])
def test_a_planned_surgery_is_no_grave_news(text: str, grave: bool) -> None:
    people = notice(text, "Maria")
    assert (people.other_hand, people.news) == (True, grave)


NO_STOP = [
    ("wrong day, that was last week's number", "retract_other"),
    ("sorry to scare you. still want the texts", "go_on"),
    ("I still want them", "go_on"),
    ("gonna be on a cruise the 4th thru 11th, dont text me then", "part"),
    ("I'm away 4 through 11, don't text me then", "part"),
]
STOPS = ["stop, wrong day", "still don't want these texts", "dont text me", "les dije que no me escriban"]


@pytest.mark.parametrize(("text", "kind"), NO_STOP)
def test_what_limits_or_denies_a_stop_is_for_a_coach(text: str, kind: str) -> None:
    reading = understand(text)
    assert (kind in {span.kind for span in reading.recognised}, reading.for_coach) == (True, "read")
    assert reading.stop != "sure"


@pytest.mark.parametrize("text", ["ya le dije que tranquilas", "les dije quietas a las piernas"])
def test_words_to_the_legs_are_no_stop(text: str) -> None:
    assert understand(text).stop == "no"


@pytest.mark.parametrize("text", STOPS)
def test_a_plain_stop_in_such_words_is_still_certain(text: str) -> None:
    assert understand(text).stop == "sure"


@pytest.mark.parametrize(
    "text", ["on a scale of 1 to 10 id say youre a 10", "zero complaints", "you are a 9 in my book"]
)
def test_praise_and_no_complaints_are_no_score(text: str) -> None:
    assert understand(text).score is None


@pytest.mark.parametrize(
    ("text", "score"), [("zero", 0), ("entonces pon 7", 7), ("mejor pon un 3", 3), ("too busy, 5", 5)]
)
def test_a_number_they_give_is_one(text: str, score: int) -> None:
    assert understand(text).score == score


def test_a_busy_time_of_day_is_no_word_on_the_step() -> None:
    assert understand("can you move these to the mornings? pau hana is too busy").habit is None
    assert understand("too busy, 5").habit is False


def test_a_language_for_whoever_borrows_the_phone_switches_nothing() -> None:
    assert understand("In Spanish please for my mother in law, she is borrowing this").command is None
    assert understand("in Spanish please").command is not None

"""What looks like a wrong number, an overdose, a stop or an emergency, and is none; and what is one after all."""

import pytest

from coach.understanding import Asked, Intent, understand
from coach.understanding.alarms.amounts import is_poisoning

NO_WRONG_NUMBER = [
    *("i think i am the wrong man for this job", "wrong woman for this, ha", "i got the wrong number of pills"),
    *("wrong number of pills in the bottle", "soy la persona equivocada para esto", "wrong kind of eggs again"),
]
THROWN_AWAY = [
    *("i flushed the tablets", "threw the pills away", "tiré las pastillas", "i threw out all my medication"),
    *("boté las pastillas a la basura", "pills went down the toilet"),
]
HOW_TO_STOP = [
    *("how do I stop these", "how do i make these stop", "cómo paro esto", "how can I stop these texts?"),
    "cómo hago para parar esto",
]
IN_DOUBT = ["how do i stop these, i cant take it any more", "how do i make these stop for my dad"]
NO_STOP = ["stop joking", "stop it you", "lol stop it you", "stop teasing me"]
NOT_URGENT = ["i cut my leg shaving, bleeding a little", "mi nieto se tomo el jugo", "my grandson drank all the juice"]
URGENT = ["mi nieto se tomó el cloro", "my grandson drank the bleach", "i cut my leg and the blood is pumping out"]
CRISES = [
    *("every bump in the road i think just let go of the wheel", "the belt is holding"),
    *("tell my daughter the keys are under the mat and the cat has been fed", "i wish the surgery had gone wrong"),
]


@pytest.mark.parametrize("words", NO_WRONG_NUMBER)
def test_an_idiom_is_no_wrong_number(words: str) -> None:
    assert understand(words).intent is not Intent.WRONG_NUMBER


@pytest.mark.parametrize("words", ["wrong number", "wrong person, sorry", "you have the wrong man"])
def test_a_wrong_number_still_is_one(words: str) -> None:
    assert understand(words).intent is Intent.WRONG_NUMBER


@pytest.mark.parametrize("words", THROWN_AWAY)
def test_pills_thrown_away_are_no_overdose_and_a_coach_reads_it(words: str) -> None:
    reading = understand(words)
    assert reading.for_coach in ("read", "medical")
    assert reading.urgency != "emergency"
    assert not is_poisoning(words, reading)


def test_pills_taken_are_an_overdose_also_if_the_rest_was_thrown_away() -> None:
    assert understand("took 20 of the pills and flushed the rest").urgency == "emergency"


@pytest.mark.parametrize("words", HOW_TO_STOP)
def test_who_asks_how_to_stop_is_asked_whether_to_stop(words: str) -> None:
    reading = understand(words)
    assert (reading.intent, reading.stop) == (Intent.OPT_OUT, "doubtful")


@pytest.mark.parametrize("words", IN_DOUBT)
def test_with_more_beside_it_the_question_is_doubtful(words: str) -> None:
    assert understand(words).for_coach is not None


@pytest.mark.parametrize("words", ["make it stop", "i want it to stop", "how do i make it stop"])
def test_what_may_be_despair_is_read_by_a_coach(words: str) -> None:
    assert understand(words).for_coach is not None


@pytest.mark.parametrize("words", NO_STOP)
def test_a_laugh_is_no_stop(words: str) -> None:
    assert understand(words).stop == "no"


@pytest.mark.parametrize("words", NOT_URGENT)
def test_a_nick_and_a_juice_are_not_urgent(words: str) -> None:
    assert understand(words).for_coach not in ("urgent", "crisis")


@pytest.mark.parametrize("words", URGENT)
def test_a_poison_and_much_blood_are_urgent(words: str) -> None:
    assert understand(words).for_coach in ("urgent", "crisis")


@pytest.mark.parametrize("words", CRISES)
def test_despair_told_by_a_thing_is_a_crisis(words: str) -> None:
    assert understand(words).for_coach == "crisis"


def test_two_scores_of_one_night_are_asked_about() -> None:
    assert understand("7ish at 4am but 2 the rest").score is None


@pytest.mark.parametrize("asked", [Asked.HABIT, Asked.SCORE_AND_HABIT])
def test_kinda_is_no_yes(asked: Asked) -> None:
    assert understand("yeah kinda", asked).habit is None


def test_a_yes_before_the_score_after_a_story_is_a_word_on_the_step() -> None:
    reading = understand("rough evening, the grandkids were here till ten and the dog got sick. yes 4")
    assert (reading.score, reading.habit) == (4, True)

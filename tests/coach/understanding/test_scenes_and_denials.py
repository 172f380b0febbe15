"""Numbers, wishes and answers that are none: told as a scene, denied, or about something else."""

import pytest

from coach.understanding import Asked, Intent, understand

NO_SCORE = [
    "don't put me down for a 9, I'm not that bad",
    "not as bad as a 9",
    "never a 10",
    "nowhere near a 9",
    "I'd have said 8 a year ago",
    "last week it was 8",
    "para nada un 9",
    "antes era un 9",
    "el mes pasado era un 9",
    "we were four at table tonight",
    "we were three for cards",
    "2 cups of tea and 1 biscuit",
    "zero help from you lot",
    "puse la mesa para dos otra vez",
    "compré para seis",
    "la clase ya empieza en five",
]
STILL_A_SCORE = [
    ("last week it was 8, tonight 4 yes", 4),
    ("antes era un 9, ahora 3", 3),
    ("not as bad as usual, 4", 4),
    ("legs were a 5 last night", 5),
    ("un 6 para hoy", 6),
    ("anoche was a 7, no lo hice", 7),
    ("bueno anota seis", 6),
    ("4 yes, no complaints", 4),
]
BEST_OR_WORST = ["a solid ten out of ten day, legs quiet", "10/10 no complaints", "10/10 sin quejas", "legs quiet, 10"]
SCENES = [
    "I set the table for two again. Silly old fool",
    "set the alarm for 6 and cried till 8",
    "change the locks at 8, he comes at 9",
    "two plates, one fork, 10 o'clock",
    "earlier is better, I won't last till 8",
    "four evenings a week I'm at the bar now",
    "every other day I think of it",
    "My brother's back in the picture, so I'm back too",
    "I'm back from the hospital. Not good news.",
    "I'm back on the bottle",
    "resume my old drinking I guess",
    "ya volví del hospital, me amputaron",
]
WISHES = [
    ("text me at 9", Intent.SET_TIME),
    ("can you send these at 7:30 from now on, I'm at choir till 7", Intent.SET_TIME),
    ("9 would be better, I work late", Intent.SET_TIME),
    ("mándemelo a las 8, que a las 7 estoy en el coro", Intent.SET_TIME),
    ("4 times a week", Intent.SET_TIME),
    ("every other day please", Intent.SET_TIME),
    ("I'm back from vacation", Intent.RESUME),
    ("ok go ahead and end the break", Intent.RESUME),
    ("ya volví de la playa, sigan nomás", Intent.RESUME),
    ("resume", Intent.RESUME),
]
NOT_DONE = [
    "la mera verdad no lo hice, le mentí ayer",
    "no, my program was on, somebody got poisoned and I had to know who done it",
    "8 no dead on my feet after a double",
    "8 no long story my sister's in town",
    "7 no me quede dormido en el sillon",
    "un 7 y nope, too tired",
    "No I skipped. wont lie to ya",
]
NOT_SAID = [
    "le hice la lucha pero no",
    "hice el intento, sin suerte",
    "sí, cómo no",
    "nobody did it",
    "I didn't say yes",
]
ABOUT_SOMETHING_ELSE = [
    "seis. el bebe de mi hija tampoco dejo dormir",
    "i would say a ten baby I did not sit down once",
]
MAY_BE_A_STOP = [
    "I think me and my legs can take it from here, coach",
    "4 yes. ya enough con esto, creo yo",
    "aw leave a man be",
    "no. y ya no sé pa qué sigo yo con estos mensajitos",
]


@pytest.mark.parametrize("text", NO_SCORE)
def test_takes_no_score_from_a_number_that_is_denied_past_or_counts_something_else(text: str) -> None:
    assert {understand(text, asked).score for asked in (Asked.SCORE_AND_HABIT, Asked.SCORE, Asked.NONE)} == {None}


@pytest.mark.parametrize(("text", "score"), STILL_A_SCORE)
def test_takes_the_score_beside_such_a_number(text: str, score: int) -> None:
    assert understand(text).score == score


@pytest.mark.parametrize("text", BEST_OR_WORST)
def test_asks_which_way_round_a_ten_beside_praise_is_meant(text: str) -> None:
    reading = understand(text, Asked.SCORE)

    assert (reading.intent, reading.score) == (Intent.UNCLEAR, None)


def test_asks_which_of_two_legs_counts_in_spanish_too() -> None:
    assert understand("una pierna 4 la otra 6", Asked.SCORE).score is None


@pytest.mark.parametrize("asked", [Asked.SCORE_AND_HABIT, Asked.NONE])
@pytest.mark.parametrize("text", SCENES)
def test_changes_no_setting_and_ends_no_pause_because_of_a_scene(text: str, asked: Asked) -> None:
    reading = understand(text, asked)

    assert (reading.command, reading.for_coach) == (None, "read")


@pytest.mark.parametrize(("text", "intent"), WISHES)
def test_carries_out_a_wish_about_our_texts(text: str, intent: Intent) -> None:
    assert understand(text, Asked.NONE).intent is intent


def test_a_time_in_a_request_is_no_score() -> None:
    reading = understand("can you send these at 7:30 from now on, 9 is past my bedtime", Asked.NONE)

    assert (reading.command and reading.command.time, reading.score) == ("19:30", None)


@pytest.mark.parametrize("text", NOT_DONE)
def test_a_no_in_everyday_words_is_a_no(text: str) -> None:
    assert understand(text).habit is False


@pytest.mark.parametrize("text", NOT_SAID)
def test_a_yes_that_something_denies_is_asked_about(text: str) -> None:
    assert understand(text, Asked.HABIT).habit is not True


@pytest.mark.parametrize("text", ABOUT_SOMETHING_ELSE)
def test_where_only_the_score_was_asked_other_deeds_say_nothing_about_the_step(text: str) -> None:
    reading = understand(text, Asked.SCORE)

    assert reading.score is not None
    assert reading.habit is None


@pytest.mark.parametrize("text", MAY_BE_A_STOP)
def test_asks_about_a_tired_hint_at_a_stop(text: str) -> None:
    assert understand(text).stop == "doubtful"


def test_stop_in_capitals_before_a_sentence_is_a_stop() -> None:
    assert understand("STOP I never signed up for no robot", Asked.CONSENT).stop == "sure"
    assert understand("STOP I can't feel my legs").stop != "sure"
    assert understand("I never stop for a STOP sign").stop != "sure"

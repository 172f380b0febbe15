"""What answers the question about the last step, and what is about the new step in the same evening text."""

import pytest

from coach.understanding import Asked, Intent, understand

ABOUT_THE_OFFER_EN = """
yes please, I will try that / sure / not tonight / maybe later / ok will do / sounds good / i'll try / I'll give it a
go tonight / yes, I'd like to / sure, why not / ok / okay thanks / great idea / will try it / gonna try that / I might
/ maybe tomorrow / I'll pass tonight / no thanks, not tonight / not for me / yes please / yes I will / yeah I'll do
that / happy to / let's do it / on it / good idea, thank you / I can do that / no way am I doing that lol / that won't
work tonight / love this one / yep, doing it now / I'd rather not / can't tonight / tonight I'm out, so no / ok I'll
skip tonight / skip tonight / I'll skip this one / thanks, will give it a shot / sure thing / you got it / not today
thanks / perhaps / no, not that one / sure will / yes that sounds nice / absolutely, I'll try / i plan to / will do it
after dinner / going to do it now
"""
DONE_EN = """
did / did it / done / tried / yes I walked / Did, thanks / yep did it / I did / yes did / I tried it / tried it / yes
tried it / yes / yep / yes, done / did stretch / I stretched / yes we walked / all done / done! / I did do it / did
that / took the walk / yes I took a walk / did the massage / massage done / I skipped caffeine / skipped the coffee /
turned off the tv / yes indeed / I sure did / yes ma'am / did 10 minutes / 4 did / did, 4 / 4, did it / done 6 /
tried, 7 / yes 3 / 3 tried / did stretch, 5 / ok I did it / Y
"""
NOT_DONE_EN = """
skipped / no, skipped it / skipped it / didn't / did not / no / nope / didn't do it / no I didn't / forgot / I forgot
/ not done / missed it / skip / couldn't / no walk / never did / didn't try / didn't try it / no didn't get to it /
not this time / I skipped that one / skipped, 6 / 6 skipped / 5 no / 4, didn't / no, too tired / didn't get around to
it / no sorry / nah / no time / n / I did not / didn't stretch / wasn't able to / not yesterday / skipped last night /
0 skipped / passed on it
"""
ABOUT_THE_OFFER_ES = """
sí, me animo / me animo / claro, lo voy a intentar / hoy no / esta noche no / quizás luego / tal vez más tarde / ok,
lo haré / ok / vale / dale / sí, por favor / lo intento / lo voy a probar / buena idea / me gusta / voy a probar /
suena bien / sí, esta noche lo hago / no gracias / hoy no puedo / mejor mañana / al rato / ahorita lo hago / con gusto
/ a ver si puedo / sí lo haré / de acuerdo / órale / sale / sale, lo hago / me apunto / sí, con gusto / hoy paso / por
ahora no / luego veo / sí me late / lo pruebo hoy / cuenta conmigo / ándale pues / perfecto, gracias
"""
DONE_ES = """
hice / hecho / lo hice / sí lo hice / ya lo hice / sí / sí, hecho / caminé / sí caminé / lo probé / probé / 4 hecho /
hecho 4 / hice el estiramiento / sí, hice / sí hice / claro que sí / me hice el masaje / ya está / listo / sí, 5 /
hecha / sí la hice / los hice / cumplí / me salté el café / no tomé café / lo logré / si / sip / sí señora / hice 10
minutos / hecho, gracias / 6, sí
"""
NOT_DONE_ES = """
no lo hice / me la salté / me lo salté / no / no hice / no, me lo salté / no pude / se me olvidó / no hecho / sin
hacer / no lo probé / no probé / no caminé / nel / nop / 5 no / no, 5 / no me dio tiempo / no alcancé / esta vez no /
me salté / salté / no la hice / para nada / lo olvidé / no hubo tiempo / 4 me lo salté / ayer no / nada / no, se me
pasó
"""


def each(*lists: str) -> list[str]:
    return [" ".join(one.split()) for listed in lists for one in listed.split(" / ")]


@pytest.mark.parametrize("body", each(ABOUT_THE_OFFER_EN, ABOUT_THE_OFFER_ES))
def test_a_word_about_the_new_step_is_no_answer(body: str) -> None:
    reading = understand(body, Asked.SCORE_AND_HABIT)
    assert (reading.score, reading.habit) == (None, None)
    assert reading.stop != "sure"


@pytest.mark.parametrize("body", each(DONE_EN, DONE_ES))
def test_a_deed_or_a_plain_yes_is_done(body: str) -> None:
    assert understand(body, Asked.SCORE_AND_HABIT).habit is True
    assert understand(body, Asked.HABIT).habit is True


@pytest.mark.parametrize("body", each(NOT_DONE_EN, NOT_DONE_ES))
def test_a_deed_left_out_or_a_plain_no_is_not_done(body: str) -> None:
    assert understand(body, Asked.SCORE_AND_HABIT).habit is False
    assert understand(body, Asked.HABIT).habit is False


@pytest.mark.parametrize(("body", "done"), [("sure", True), ("yes please", True), ("not tonight", False)])
def test_asked_about_the_step_alone_such_a_word_answers(body: str, done: bool) -> None:
    assert understand(body, Asked.HABIT).habit is done


@pytest.mark.parametrize("body", ["4, sure", "yes please. did it", "sure, did", "dale, hecho", "con gusto, lo hice"])
def test_a_score_or_a_deed_beside_it_makes_it_an_answer(body: str) -> None:
    assert understand(body, Asked.SCORE_AND_HABIT).habit is True


@pytest.mark.parametrize(
    ("body", "done"),
    [
        ("skipped", True),
        ("skipped it", True),
        ("4 skipped", True),
        ("yes skipped", True),
        ("I skipped the coffee", True),
        ("me lo salté", True),
        ("3, me la salté", True),
        ("yes", True),
        ("did", True),
        ("no", False),
        ("didn't skip it", False),
        ("no, had a cup", False),
        ("forgot", False),
        ("no, skipped it", None),
        ("no, me lo salté", None),
    ],
)
def test_going_without_is_done_when_it_was_skipped(body: str, done: bool | None) -> None:
    assert understand(body, Asked.SCORE_AND_ABSTENTION).habit is done
    assert understand(body, Asked.ABSTENTION).habit is done


def test_a_quoted_question_of_ours_is_no_answer_and_hides_none() -> None:
    body = "Screens off: done? no. Legs last night, 0 none to 10 worst? 6"
    reading = understand(body, Asked.SCORE_AND_HABIT)
    assert (reading.score, reading.habit, reading.intent) == (6, False, Intent.CHECKIN)
    assert understand("screens off, done", Asked.HABIT).habit is True
    old = "Last night's legs 0-10? 8 Last step done? no"
    assert (understand(old).score, understand(old).habit) == (8, False)

"""What ordinary life tells beside a check-in: hospitals, holidays, errands. It is no answer, no danger and no stop."""

from __future__ import annotations

import pytest

from coach.understanding import Asked, Intent, understand

NO_ANSWER = [
    *("they put two stents in and it went well. home monday", "had my knee done today. all good, sleepy"),
    *("got my cataracts done yesterday, all fine", "me pusieron dos stents y ya estoy en casa"),
    *("the dog ate my slippers so no walk for me tomorrow haha", "mañana no voy a caminar, llueve"),
    *("bueno, ya, feliz navidad por adelantado, que Dios los bendiga", "yes keep them", "sí, que sigan llegando"),
    *("can't tonight, going to my sons recital. yesterday's 5 was right. ttyl", "hoy no puedo, voy a la iglesia"),
]
GOOD_NEWS = [
    *("stroke unit. mild one they say. home friday", "they kept me overnight for the hand. out tomorrow"),
    *("me dieron de alta, gracias a Dios", "ya lo operaron, gracias a Dios está bien"),
    *("in the heart unit, they put two stents in and it went well. home monday",),
]
NEWS_WITH_DANGER = [
    *("in the hospital, home friday. I want to be gone", "me dieron de alta, gracias a Dios, pero ya no quiero vivir"),
    *(
        "heart unit again, going good, home friday but i feel like dying",
        "discharged today, but nobody cares if I live",
    ),
    *("they kept me overnight after I took the pills. out tomorrow, will do it right this time",),
]
WISHES = ["Merry Christmas to you and yours, God bless", "feliz navidad a todos, que Dios los bendiga"]
GOODBYES = [
    *("bendiciones a todos, gracias por todo", "blessings to all, thanks for everything"),
    *("les deseo lo mejor, gracias por su paciencia conmigo este año",),
    *("wishing you all the best, thanks for your patience with me this year",),
]
AFTERMATH = [
    *("gracias por llamar, ya se lo llevó la policía", "ya estoy mejor, gracias por la plática"),
    *("brother is getting help now. appreciate you calling the cops",),
    *("thanks for sending help, they pumped my stomach, im ok",),
]
GO_ON = [
    *("we're going to Florida for Christmas, back on the 28th, still text me please", "síganme escribiendo"),
    *(
        "going away friday, back the 4th, but keep the texts coming!",
        "estaré con mi hermana hasta el lunes, sigan mandando",
    ),
]
URGENT = [
    *("is this normal my pee is cola colored and muscles kill me after the gym", "choking on a piece of meat"),
    *("la orina me sale color coca cola y me duelen los músculos", "me estoy ahogando con un hueso"),
    *("took two extra of my sleeping pills by mistake, will get back to you",),
    *("me tomé dos pastillas para dormir de más por error",),
]


@pytest.mark.parametrize("text", NO_ANSWER)
def test_no_score_and_no_step_is_recorded_that_nobody_told(text: str) -> None:
    reading = understand(text)
    assert (reading.score, reading.habit, reading.stop) == (None, None, "no")


@pytest.mark.parametrize("asked", [Asked.HABIT, Asked.SCORE_AND_HABIT])
def test_what_cannot_be_done_tonight_is_no_word_on_the_question(asked: Asked) -> None:
    assert understand("can't do it tonight, got choir practice. Talk later", asked).habit is None


@pytest.mark.parametrize("text", GOOD_NEWS)
def test_good_news_from_a_hospital_reaches_a_coach_without_an_alarm(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.for_coach, reading.worrying) == (Intent.UNCLEAR, "read", False)
    assert "good_news" in {span.kind for span in reading.recognised}


@pytest.mark.parametrize("text", NEWS_WITH_DANGER)
def test_danger_beside_good_news_is_still_heard(text: str) -> None:
    assert understand(text).intent is Intent.CRISIS


@pytest.mark.parametrize("text", WISHES)
def test_the_wishes_of_a_season_need_no_coach(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.for_coach, reading.worrying) == (Intent.ACK, None, False)


@pytest.mark.parametrize("text", GOODBYES)
def test_thanks_that_may_be_a_goodbye_are_read_by_a_coach_in_either_language(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.for_coach, reading.stop) == (Intent.ACK, "read", "no")


@pytest.mark.parametrize("text", AFTERMATH)
def test_what_became_of_a_danger_reaches_a_coach(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.for_coach) == (Intent.UNCLEAR, "read")
    assert "aftermath" in {span.kind for span in reading.recognised}


@pytest.mark.parametrize("text", GO_ON)
def test_whoever_wants_the_texts_on_a_trip_keeps_them(text: str) -> None:
    reading = understand(text)
    assert (reading.command, reading.stop) == (None, "no")
    assert "go_on" in {span.kind for span in reading.recognised}


@pytest.mark.parametrize("text", URGENT)
def test_a_grave_sign_in_everyday_words_is_an_emergency(text: str) -> None:
    assert (understand(text).intent, understand(text).urgency) == (Intent.MEDICAL, "emergency")


@pytest.mark.parametrize(
    "text", ["no me mande el 24 ni el 25, hay fiesta", "don't text me on the 24th or 25th, please"]
)
def test_days_without_texts_are_no_stop_of_all(text: str) -> None:
    assert "part" in {span.kind for span in understand(text).recognised}


@pytest.mark.parametrize("text", ["can I have my texts at 6 on sundays only", "text me at 7 on weekends please"])
def test_a_time_for_some_days_does_not_move_every_evening(text: str) -> None:
    command = understand(text).command
    assert command is not None
    assert command.once


def test_a_question_that_is_settled_is_neither_a_stop_nor_taken_back() -> None:
    reading = understand("never mind about the stretching question I figured it out")
    assert (reading.stop, [span.kind for span in reading.recognised]) == ("no", ["busy"])


@pytest.mark.parametrize("text", ["thank you for calling the ambulance", "the cops came and took him, thank you"])
def test_thanks_for_a_call_are_no_machines_greeting(text: str) -> None:
    assert understand(text).for_coach == "read"
    assert understand("Thank you for calling Smith Dental. We are closed.").intent is Intent.AUTO_REPLY

"""Crisis outranks everything, opt-out the rest; what is doubtful says so."""

from __future__ import annotations

import pytest

from coach.understanding import Asked, Intent, understand


@pytest.mark.parametrize(
    "beside", ["STOP", "7 yes", "wrong number", "ran out of my pills", "pause", "gracias", "I'm driving"]
)
@pytest.mark.parametrize(
    "wish", ["i want to die", "me quiero morir", "going to kill myself", "quiero quitarme la vida"]
)
@pytest.mark.parametrize("language", [None, "en", "es"])
def test_crisis_outranks_everything_in_either_language(beside: str, wish: str, language: str | None) -> None:
    for text in (f"{beside}. {wish}", f"{wish}, {beside}"):
        reading = understand(text, Asked.SCORE_AND_HABIT, language)
        assert reading.intent is Intent.CRISIS
        assert (reading.score, reading.habit) == (None, None)


@pytest.mark.parametrize("beside", ["7 yes", "wrong number", "ran out of my pills", "thanks", "gracias"])
@pytest.mark.parametrize("stop", ["stop texting me", "take me off your list", "ya no me manden mensajes"])
def test_opt_out_outranks_the_rest(beside: str, stop: str) -> None:
    assert understand(f"{beside}. {stop}").intent is Intent.OPT_OUT


@pytest.mark.parametrize("before", ["don't pause it", "changing the time won't help", "I don't want another hour"])
@pytest.mark.parametrize("stop", ["stop the texts for good", "stop texting me", "take me off the list"])
def test_what_somebody_does_not_want_instead_hides_no_stop(before: str, stop: str) -> None:
    assert understand(f"{before}, {stop}", Asked.NONE).intent is Intent.OPT_OUT


@pytest.mark.parametrize("text", ["stop texting at 6, text me at 9 instead", "stop texting so late, text me at 7"])
def test_a_stop_about_the_hour_with_another_hour_is_about_the_time(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.SET_TIME


@pytest.mark.parametrize("text", ["no quiero darme de baja", "no quiero la baja", "no me den de baja"])
def test_who_says_that_it_is_no_goodbye_has_not_opted_out(text: str) -> None:
    assert understand(text, Asked.NONE).intent is not Intent.OPT_OUT


@pytest.mark.parametrize(
    ("text", "urgency"),
    [("crushing chest pain right now", "emergency"), ("my left calf is hot and swollen", "emergency"),
     ("I fainted", "emergency"), ("no puedo respirar", "emergency"), ("should I take more iron?", "same_day"),
     ("estoy embarazada", "same_day"), ("its in my arms now", "same_day")],
)  # fmt: skip
def test_medical_tells_how_urgent_it_is(text: str, urgency: str) -> None:
    reading = understand(text, Asked.NONE)

    assert (reading.intent, reading.urgency) == (Intent.MEDICAL, urgency)


def test_a_medicine_only_mentioned_stays_a_check_in_and_is_shown() -> None:
    reading = understand("took my gabapentin, 4 yes")

    assert (reading.intent, reading.score, reading.habit) == (Intent.CHECKIN, 4, True)
    assert [s.text for s in reading.recognised if s.kind == "medicine"] == ["gabapentin"]


@pytest.mark.parametrize(
    "text", ["enough", "no more", "sick of these messages", "stop texting me so late", "so tired of these texts"]
)
def test_a_doubtful_opt_out_holds_and_is_not_sure(text: str) -> None:
    reading = understand(text, Asked.NONE)

    assert (reading.intent, reading.sure) == (Intent.OPT_OUT, False)


def test_a_stop_with_an_end_is_a_pause_that_is_not_sure() -> None:
    reading = understand("stop texting me until monday", Asked.NONE)

    assert (reading.intent, reading.sure) == (Intent.PAUSE, False)
    assert reading.command is not None
    assert reading.command.until_weekday == 1


@pytest.mark.parametrize(
    "text", ["I'm not suicidal, just tired", "I feel hopeless", "my friend killed himself", "me siento tan sola"]
)
def test_words_that_worry_are_marked_to_be_read(text: str) -> None:
    reading = understand(text, Asked.NONE)

    assert reading.intent is not Intent.CRISIS
    assert reading.worrying


@pytest.mark.parametrize(
    "text", ['Liked "Last night\'s legs 0–10? Reply STOP to end"', "Reacted 👍 to “Legs 0–10? 4 yes”"]
)
def test_a_reaction_quoting_our_text_answers_nothing(text: str) -> None:
    reading = understand(text)

    assert (reading.intent, reading.score, reading.habit) == (Intent.ACK, None, None)


@pytest.mark.parametrize("text", ["4 yes stop", "stop 4", "7 stop", "yes stop", "4 sí stop"])
def test_a_stop_word_beside_nothing_but_an_answer_is_a_sure_stop(text: str) -> None:
    reading = understand(text, Asked.SCORE_AND_HABIT)

    assert (reading.intent, reading.stop) == (Intent.OPT_OUT, "sure")


@pytest.mark.parametrize("text", ["8 no stop", "start stop", "pain pls stop 8"])
def test_a_stop_word_that_may_mean_something_else_is_not_obeyed(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).stop != "sure"


def test_a_no_before_a_mark_denies_no_wish_to_die() -> None:
    assert understand("10 no, me quiero morir").intent is Intent.CRISIS
    assert understand("no me quiero morir, 4", Asked.SCORE).intent is not Intent.CRISIS


@pytest.mark.parametrize("text", ["4 no 5", "4, no 5", "8 no wait", "5 wait"])
def test_two_numbers_without_a_word_of_correction_are_asked_about(text: str) -> None:
    assert understand(text, Asked.SCORE).score is None


def test_a_machine_is_never_obeyed() -> None:
    text = "I'm driving with Do Not Disturb on. Reply STOP to unsubscribe. 5 min"

    assert understand(text).intent is Intent.AUTO_REPLY

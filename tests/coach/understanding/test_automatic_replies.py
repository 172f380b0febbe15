"""What a person says beside a promise to answer later is theirs; a phone's ready-made reply is nobody's answer."""

import pytest

from coach.understanding import Asked, Intent, understand


@pytest.mark.parametrize(
    "told",
    [
        "I lost my job today",
        "my cousin's wake is on Saturday",
        "this rash under the patch is spreading",
        "feeling lower than ever",
        "drinking again",
        "ando muy decaída",
        "tengo gripa desde el martes",
    ],
)
@pytest.mark.parametrize(
    "frame",
    ["Can't talk right now, {}. I'll text you later", "{}, will text you when I'm free", "{}, luego les escribo"],
)
def test_news_beside_a_promise_to_answer_later_reaches_a_coach(told: str, frame: str) -> None:
    reading = understand(frame.format(told))
    assert reading.intent is not Intent.AUTO_REPLY
    assert reading.for_coach is not None


@pytest.mark.parametrize(
    "text",
    [
        "can't talk now, I cried all night and see no point in anything, text you later",
        "in a meeting, I'll call you back. I don't see the point of going on",
    ],
)
def test_despair_beside_a_promise_to_answer_later_is_heard(text: str) -> None:
    reading = understand(text)
    assert reading.intent is Intent.CRISIS or reading.worrying


def test_a_stop_beside_a_promise_to_answer_later_is_one() -> None:
    assert understand("I'm busy right now, will call you later. and please no more messages").stop != "no"


def test_an_answer_beside_a_promise_to_answer_later_is_recorded() -> None:
    reading = understand("busy at work, text you later, legs 4 did it", Asked.SCORE_AND_HABIT)
    assert (reading.intent, reading.score, reading.habit) == (Intent.CHECKIN, 4, True)


@pytest.mark.parametrize(
    "text",
    [
        "I'm driving. I'll text you at 7",
        "In a meeting, call you later",
        "Can't talk right now, sorry! Back in an hour",
        "No puedo hablar ahora, luego te marco",
        "Estoy en una junta, te llamo en un rato",
    ],
)
def test_a_promise_to_answer_later_alone_is_no_answer(text: str) -> None:
    reading = understand(text)
    assert (reading.intent, reading.for_coach) == (Intent.AUTO_REPLY, None)

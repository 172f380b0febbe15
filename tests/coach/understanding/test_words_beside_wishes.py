"""What stands beside a stop, a pause or another wish is read by itself, and a person sees it."""

import pytest

from coach.understanding import Asked, Intent, understand

WARNINGS = [
    "I've been giving my things away this week, feels good to have it sorted",
    "taking a break from living this week",
    "skip me this week, I won't be around, ever",
    "pause this week, my wife found me in the garage",
    "no more texts needed where I'm going",
    "ya no más mensajes, ya no los voy a necesitar",
    "fin de todo",
]
WORRIES = [
    "take a week off from hoping",
    "pause for two weeks, they've got me on watch on the psych ward",
    "pausa una semana, me internan en el psiquiátrico",
    "you can stop now, I've got it all worked out",
    "last text from me",
    "resume my old drinking I guess",
]
SIGNS_BESIDE_STOP = [
    "stop, my arm's gone numb and I can't speak right",
    "stop, my arm's gone numb",
    "stop, I can't speak right",
]
STOPS_WITH_MORE = ["stop, he's here", "stop texting me, the house feels empty now"]
PLAIN_STOPS = ["STOP", "please stop", "4 but stop", "reply STOP", "stop texting me", "stop texting me please, thanks"]
PLAIN_WISHES = ["pause until monday", "skip this week please", "text me at 8", "resume", "pausa una semana, gracias"]


@pytest.mark.parametrize("text", WARNINGS)
def test_a_warning_outranks_the_wish_it_is_told_with(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.CRISIS


@pytest.mark.parametrize("text", WORRIES)
def test_despair_beside_a_wish_gets_the_gentle_answer(text: str) -> None:
    assert understand(text, Asked.NONE).worrying


@pytest.mark.parametrize("text", SIGNS_BESIDE_STOP)
def test_a_sign_of_a_stroke_beside_a_stop_is_an_emergency_and_a_stop(text: str) -> None:
    read = understand(text, Asked.SCORE_AND_HABIT)

    assert (read.urgency, read.stop) == ("emergency", "sure")


@pytest.mark.parametrize("text", STOPS_WITH_MORE)
def test_a_stop_with_other_words_is_carried_out_and_shown(text: str) -> None:
    read = understand(text, Asked.SCORE_AND_HABIT)

    assert (read.stop, read.for_coach) == ("sure", "read")


@pytest.mark.parametrize("text", PLAIN_STOPS + PLAIN_WISHES)
def test_a_plain_stop_or_wish_needs_no_person(text: str) -> None:
    assert understand(text, Asked.NONE).for_coach is None

"""What is said to an answer: chosen by score, step and trend, in words that do not come back soon."""

import re
from collections import Counter
from datetime import date, time, timedelta
from itertools import pairwise

import pytest

from coach.adherence.counts import DayTally
from coach.conversation.intentions import Reply
from coach.conversation.rules.respond import respond
from coach.conversation.state import OpenCheckIn, SenderState, State
from coach.understanding import Intent, Reading
from content.catalogue import Catalogue
from content.wording import fill
from schedules.timing.quiet_hours import QuietHours
from schedules.timing.slots import Timing

MONDAY = date(2026, 3, 2)
LANGUAGES = ("en", "es")


def replies(
    catalogue: Catalogue,
    answer: tuple[int | None, bool | None],
    on: date = MONDAY,
    before: int | None = None,
    done: int = 0,
    known: int | None = None,
) -> list[Reply]:
    """Answer the check-in of a date: `before` is the last score, `done` the steps of the week, `known` this score."""
    timing = Timing(catalogue.programmes["evening"], "America/New_York", time(20), None, QuietHours())
    asks_step = answer[1] is not None
    check_in = OpenCheckIn(on, asks_step, step="stretching" if asks_step else None, score=known, score_before=before)
    week = DayTally(done=done, steps_asked=on.weekday() + 1)
    person = SenderState("active", None, timing, on, check_in, week)
    state = State(person, suppressed=False, carrier_answers=False, country="us")
    found = respond(state, Reading(Intent.CHECKIN, score=answer[0], habit=answer[1]))
    return [one for one in found if isinstance(one, Reply)]


def in_words(catalogue: Catalogue, said: list[Reply], language: str) -> list[str]:
    texts = [(one, catalogue.texts_for(one.key, language)) for one in said]
    return [fill(catalogue, choices[(one.turn or 0) % len(choices)], one.values) for one, choices in texts]


def keys(said: list[Reply]) -> list[str]:
    return [one.key for one in said]


@pytest.mark.parametrize("habit", [True, False, None])
@pytest.mark.parametrize("score", [8, 9, 10])
def test_a_hard_night_is_met_as_one(catalogue: Catalogue, score: int, habit: bool | None) -> None:
    said = keys(replies(catalogue, (score, habit), before=10, done=4))
    assert said[0].startswith("recorded_score")
    assert said[1:] == ["after_hard"]


def test_nothing_said_of_a_hard_night_cheers(catalogue: Catalogue) -> None:
    cheer = {
        "en": r"!|great|nice|glad|happy|good|well done|way to|honest",
        "es": r"[¡!]|bien|qué bueno|alegra|sincer|genial|\bnota\b|\bpaso\b",
    }
    openings = ("recorded_score", "recorded_score_done", "recorded_score_not_done")
    for key in (*openings, "recorded_done", "recorded_not_done", "after_hard"):
        for language in LANGUAGES:
            for text in catalogue.texts_for(key, language):
                assert not re.search(cheer[language], text.body.lower()), text.id


def test_a_step_answered_after_a_hard_score_is_only_recorded(catalogue: Catalogue) -> None:
    assert keys(replies(catalogue, (None, True), done=2, known=9)) == ["recorded_done"]
    assert keys(replies(catalogue, (None, False), known=9)) == ["recorded_not_done"]


@pytest.mark.parametrize(
    ("answer", "before", "said"),
    [
        ((1, None), None, "after_calm"),
        ((1, False), 0, "after_calm"),
        ((6, False), 3, "after_worse"),
        ((6, True), 3, "after_worse"),
        ((4, None), 7, "after_better"),
        ((7, None), 10, "after_score"),
        ((5, False), 5, "after_not_done"),
        ((5, True), 5, "after_done"),
        ((5, None), None, "after_score"),
        ((None, False), None, "after_not_done"),
    ],
)
def test_the_word_fits_score_step_and_trend(
    catalogue: Catalogue, answer: tuple[int | None, bool | None], before: int | None, said: str
) -> None:
    known = None if answer[0] is not None else 5
    assert keys(replies(catalogue, answer, before=before, done=1, known=known))[-1] == said


@pytest.mark.parametrize("done", range(7))
def test_the_tally_follows_every_other_step_that_was_done_and_never_a_no(catalogue: Catalogue, done: int) -> None:
    sunday = MONDAY + timedelta(days=6)
    tally = [one for one in replies(catalogue, (4, True), sunday, done=done) if one.key == "week_so_far"]
    assert [one.values for one in tally] == ([{"done": str(done + 1), "asked": "7"}] if done % 2 == 0 else [])
    assert "week_so_far" not in keys(replies(catalogue, (4, False), sunday, done=done))
    assert "week_so_far" not in keys(replies(catalogue, (4, None), sunday, done=done))
    assert "week_so_far" not in keys(replies(catalogue, (9, True), sunday, done=done))


def test_a_missing_answer_is_asked_for_without_another_word(catalogue: Catalogue) -> None:
    timing = Timing(catalogue.programmes["evening"], "America/New_York", time(20), None, QuietHours())
    for score, said in ((4, ["recorded_score", "re_ask_habit"]), (9, ["recorded_score", "after_hard", "re_ask_habit"])):
        person = SenderState("active", None, timing, MONDAY, OpenCheckIn(MONDAY, asks_step=True))
        state = State(person, suppressed=False, carrier_answers=False, country="us")
        found = respond(state, Reading(Intent.CHECKIN, score=score))
        assert keys([one for one in found if isinstance(one, Reply)]) == said


WEEKS: dict[str, list[tuple[int, bool | None]]] = {
    "always the same": [(5, True)] * 28,
    "never done": [(4, False)] * 28,
    "hard": [(9, True)] * 28,
    "no step": [(3, None)] * 28,
    "calm": [(1, True)] * 28,
    "up and down": [((2, True), (7, False), (4, True), (9, False))[day % 4] for day in range(28)],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WEEKS)
def test_four_weeks_of_answers_do_not_repeat_themselves(catalogue: Catalogue, name: str, language: str) -> None:
    said: list[list[str]] = []
    score_before, done = None, 0
    for day, (score, habit) in enumerate(WEEKS[name]):
        on = MONDAY + timedelta(days=day)
        done = 0 if on.weekday() == 0 else done
        said.append(in_words(catalogue, replies(catalogue, (score, habit), on, score_before, done), language))
        score_before, done = score, done + (habit is True)

    whole = Counter(" ".join(words) for words in said)
    assert max(whole.values()) == 1
    parts = [(day, re.sub(r"\d+", "#", part)) for day, words in enumerate(said) for part in words]
    days: dict[str, list[int]] = {}
    for day, part in parts:
        days.setdefault(part, []).append(day)
    gaps = [after - before for at in days.values() for before, after in pairwise(at)]
    assert min(gaps, default=8) >= 5
    endings = Counter(re.sub(r"\d+", "#", words[-1]) for words in said)
    assert max(endings.values()) <= 28 / 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_words_for_answers_are_the_same_in_any_key(catalogue: Catalogue, language: str) -> None:
    every = [key for key in catalogue.message_keys if key.startswith(("after_", "recorded_"))]
    bodies = [text.body for key in every for text in catalogue.texts_for(key, language)]
    assert {body: uses for body, uses in Counter(bodies).items() if uses > 1} == {}


def test_whoever_reviewed_no_text_is_not_named(catalogue: Catalogue) -> None:
    assert {text.reviewer for text in catalogue.all_texts()} == {"Not reviewed by a clinician"}

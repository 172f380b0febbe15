"""Every date of a participant has exactly one state, with its wording."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coach.adherence.days import LETTERS, STATES, AskedDate, DateSpan, Day, days_of, rolling_means, runs, trimmed
from coach.adherence.reasons import REASONS
from schedules.decisions.explain import UNAVAILABLE_REASONS
from schedules.dispatch.rate_limit import SenderState, state_after_round
from schedules.gateway.protocol import NotProcessed, Refused

MONDAY = date(2026, 3, 2)
MOMENT = datetime(2026, 3, 2, 20, tzinfo=UTC)
DOWN, TOO_FAST = NotProcessed("HTTP 503"), NotProcessed("HTTP 429", slow_down=True)
KEY_REFUSED = Refused(20003, "Authenticate")


def on(number: int) -> date:
    return MONDAY + timedelta(days=number)


def span(days: int = 1, *, starts_on: date = MONDAY, decided_until: date = date.max) -> DateSpan:
    return DateSpan(MONDAY, on(days - 1), starts_on, decided_until)


@pytest.mark.parametrize(
    ("asked", "reason", "letter", "words"),
    [
        (AskedDate(MONDAY, "done", 4, "delivered"), None, "D", "legs 4, step done"),
        (AskedDate(MONDAY, "not_done", None, "delivered"), None, "N", "step not done"),
        (AskedDate(MONDAY, "no_reply", 6, "delivered"), None, "–", "legs 6, no answer about the step"),
        (AskedDate(MONDAY, "undelivered", None, "failed"), None, "U", "text not delivered"),
        (AskedDate(MONDAY, "not_prompted", None, "accepted"), None, "…", "text on its way"),
        (AskedDate(MONDAY, "not_prompted", None, "expired"), None, "×", "not asked"),
        (AskedDate(MONDAY, "not_prompted", None, "expired", why="system_down"), None, "L", "the system was down"),
        (
            AskedDate(MONDAY, "not_prompted", None, "expired", why="slow_down"),
            None,
            "T",
            "not taken by the text service",
        ),
        (AskedDate(MONDAY, "not_prompted", None, "sent", why="waiting"), None, "…", "text on its way"),
        (None, "paused", "P", "paused"),
        (None, "opted_out", "S", "stopped"),
        (None, "a reason of tomorrow", "×", "not asked"),
        (None, None, "×", "not asked"),
    ],
)
def test_a_date_says_what_happened(asked: AskedDate | None, reason: str | None, letter: str, words: str) -> None:
    [day] = days_of(span(), [asked] if asked else [], {MONDAY: reason} if reason else {})
    assert (day.letter, day.words) == (letter, words)


def test_whatever_keeps_a_question_or_a_text_from_someone_has_its_words() -> None:
    shut_for = {
        state_after_round(SenderState(), [answer] * 20, MOMENT).shut_for for answer in (DOWN, TOO_FAST, KEY_REFUSED)
    }
    assert {
        *UNAVAILABLE_REASONS,
        *shut_for,
        "never_accepted",
        "over_cap",
        "unreadable",
        "window_closed",
    } <= REASONS.keys()
    assert {one.letter for one in REASONS.values() if one.letter} <= {letter for letter, _ in LETTERS}


def test_every_letter_means_one_thing_and_the_legend_names_it() -> None:
    meanings = {*STATES.values(), *((one.letter, one.evening) for one in REASONS.values())}
    assert sorted(LETTERS) == sorted((letter, words) for letter, words in meanings if letter)


def test_dates_before_the_start_and_not_yet_decided_claim_nothing() -> None:
    days = days_of(span(4, starts_on=on(1), decided_until=on(2)), [], {})
    assert [day.state for day in days] == ["before", "not_prompted", "not_prompted", "ahead"]
    assert [day.on for day in trimmed(days)] == [on(1), on(2)]
    assert trimmed([Day(MONDAY, "before")]) == []


def test_a_score_is_about_the_night_before_the_question() -> None:
    assert Day(on(1), "done", 4).night_on == MONDAY


def test_a_mean_needs_five_scored_nights_of_seven() -> None:
    scores = [None, 4, 4, 4, None, 4, None, 9, None]
    days = [Day(on(number), "done", score) for number, score in enumerate(scores)]
    [mean] = rolling_means(days)
    assert (mean.night_on, mean.mean, mean.scored) == (on(6), (4 + 4 + 4 + 4 + 9) / 5, 5)


def test_a_run_ends_where_a_night_is_missing() -> None:
    assert runs([on(0), on(1), on(3), on(4), on(9)]) == [0, 0, 1, 1, 2]

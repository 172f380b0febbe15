"""On which night a step is measured, and when it is asked about."""

from datetime import date, timedelta

from schedules.decisions.eligibility import PastStep
from schedules.decisions.history import (
    EarlierStep,
    History,
    PastCheckIn,
    PastDecision,
    outcome_night,
    step_to_ask_about,
    with_scores,
)

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 3, 2) + timedelta(days=n) for n in range(4))


def sent(id: int, on: date, strategy: str, acts_on: str | None = "tonight", state: str = "delivered") -> PastDecision:
    return PastDecision(id, on, "evening", True, None, strategy, state, None, acts_on)


def asked(
    on: date, *, morning: bool, decisions: list[PastDecision], about: dict[date, int] | None = None
) -> int | None:
    check_ins = tuple(PastCheckIn(day, 4, None, "delivered", step) for day, step in (about or {}).items())
    found = step_to_ask_about(History(decisions=decisions, check_ins=check_ins), on, in_the_morning=morning)
    return found.decision_id if found and found.strategy else None


def test_a_step_for_tomorrow_is_measured_by_tomorrows_night() -> None:
    assert outcome_night(MONDAY, "tonight") == outcome_night(MONDAY, None) == MONDAY
    assert outcome_night(MONDAY, "tomorrow") == TUESDAY
    steps = [
        PastStep(TUESDAY, "caffeine", "caffeine.1", acts_on="tomorrow"),
        PastStep(MONDAY, "walk", "walk.1", acts_on="tonight"),
    ]
    scores = {TUESDAY: 1, WEDNESDAY: 2, THURSDAY: 3}
    assert [step.score for step in with_scores(steps, scores)] == [3, 1]


def test_an_evening_asks_about_the_last_step_whenever_it_was_for() -> None:
    for acts_on in ("tonight", "tomorrow"):
        assert asked(TUESDAY, morning=False, decisions=[sent(1, MONDAY, "walk", acts_on)]) == 1


def test_a_morning_asks_about_a_step_for_the_day_only_when_that_day_is_over() -> None:
    monday = sent(1, MONDAY, "caffeine", "tomorrow")
    assert asked(TUESDAY, morning=True, decisions=[monday]) is None
    assert asked(WEDNESDAY, morning=True, decisions=[sent(2, TUESDAY, "walk"), monday]) == 1
    assert asked(WEDNESDAY, morning=True, decisions=[sent(2, TUESDAY, "none", None), monday]) == 1
    assert asked(WEDNESDAY, morning=True, decisions=[sent(2, TUESDAY, "long-sitting", "tomorrow"), monday]) == 1


def test_a_step_is_asked_about_once() -> None:
    monday, tuesday = sent(1, MONDAY, "caffeine", "tomorrow"), sent(2, TUESDAY, "walk")
    assert asked(THURSDAY, morning=True, decisions=[tuesday, monday], about={WEDNESDAY: 1}) == 2
    wednesday = sent(3, WEDNESDAY, "caffeine", "tomorrow")
    assert asked(THURSDAY, morning=True, decisions=[wednesday, tuesday], about={WEDNESDAY: 2}) is None


def test_a_step_that_never_arrived_is_not_asked_about() -> None:
    lost = sent(1, MONDAY, "caffeine", "tomorrow", state="expired")
    assert asked(WEDNESDAY, morning=True, decisions=[sent(2, TUESDAY, "walk"), lost]) == 2
    assert step_to_ask_about(History(decisions=[lost]), TUESDAY, in_the_morning=False) == EarlierStep(1, None)
    assert step_to_ask_about(History(), TUESDAY, in_the_morning=True) is None

"""What is decided at one decision point: who is available, what is drawn, which words, what is next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from content.catalogue import Catalogue
from schedules.decisions.decide import EarlierStep, decide
from schedules.decisions.eligibility import NONE, PastStep, Recipient
from schedules.timing.quiet_hours import QuietHours, Window
from tests.schedules.decisions.deciding import STARTS_ON, due_on, facts, half, timing, utc

NOW = utc("2026-03-03T01:00")  # 20:00 on 2 March in New York
UNAVAILABLE: list[tuple[str, dict[str, Any]]] = [
    ("opted_out", {"suppressed": True}),
    ("held", {"held": True}),
    ("paused", {"paused_until_on": date(2026, 3, 3)}),
    ("not_due", {"cadence": "weekends"}),
]


@pytest.mark.parametrize(("reason", "because"), UNAVAILABLE)
def test_skips_the_evening_with_its_reason(catalogue: Catalogue, reason: str, because: dict[str, Any]) -> None:
    plan = decide(facts(timing(catalogue), **because), catalogue, NOW, half)
    assert (plan.choice.available, plan.choice.unavailable_reason, plan.text) == (False, reason, None)
    assert (plan.choice.eligible, plan.choice.draw, plan.choice.action) == ((), None, None)
    assert plan.next_due == due_on(timing(catalogue), date(2026, 3, 3))


def test_skips_in_quiet_hours_and_after_the_system_was_down(catalogue: Catalogue) -> None:
    early_to_bed = facts(timing(catalogue, bedtime_at=time(19), quiet=QuietHours(((time(19), time(21)),) * 7)))
    assert decide(early_to_bed, catalogue, early_to_bed.due.at, half).choice.unavailable_reason == "quiet_hours"
    evening = facts(timing(catalogue))
    last_moment = utc("2026-03-03T02:00") - timedelta(seconds=1)
    assert decide(evening, catalogue, last_moment, half).text
    assert decide(evening, catalogue, utc("2026-03-03T02:00"), half).choice.unavailable_reason == "system_down"


@pytest.mark.parametrize("first", range(4))
def test_the_first_reason_in_order_is_the_one_recorded(catalogue: Catalogue, first: int) -> None:
    because: dict[str, Any] = {}
    for _, one in UNAVAILABLE[first:]:
        because |= one
    night = facts(timing(catalogue, evening_at=time(22)), **because)
    plan = decide(night, catalogue, NOW + timedelta(days=3), half)
    assert plan.choice.unavailable_reason == UNAVAILABLE[first][0]


@pytest.mark.parametrize(
    ("until", "paused"), [(None, False), (date(2026, 3, 2), False), (date(2026, 3, 3), True), (date(2026, 4, 1), True)]
)
def test_a_pause_skips_the_evenings_before_its_date(catalogue: Catalogue, until: date | None, paused: bool) -> None:
    plan = decide(facts(timing(catalogue), paused_until_on=until), catalogue, NOW, half)
    assert (plan.choice.unavailable_reason == "paused") is paused


def test_four_a_week_is_due_on_its_days_only(catalogue: Catalogue) -> None:
    week = [STARTS_ON + timedelta(days=ahead) for ahead in range(7)]
    plans = [
        decide(facts(timing(catalogue), day, cadence="four-a-week"), catalogue, due_on(timing(catalogue), day).at, half)
        for day in week
    ]
    assert [plan.choice.available for plan in plans] == [True, False, True, False, True, False, True]


@pytest.mark.parametrize(
    ("earlier", "asks_about"),
    [(None, None), (EarlierStep(7, None), None), (EarlierStep(7, "stretching"), 7)],
    ids=["the first evening", "after an evening without a step", "after a step"],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_asks_about_the_step_only_if_one_was_sent(
    catalogue: Catalogue, earlier: EarlierStep | None, asks_about: int | None, language: str
) -> None:
    person = Recipient(language, frozenset(), frozenset(), ())
    plan = decide(facts(timing(catalogue), earlier=earlier, person=person), catalogue, NOW, half)
    assert plan.text
    assert plan.text.asks
    assert plan.text.asks_about == asks_about
    habit, score = SAID[language]
    assert plan.text.body.endswith(f" {score}")
    assert (f" {habit} {score}" in plan.text.body) is (asks_about is not None)


SAID = {
    "en": ("Did you stretch?", "Legs last night, 0 none to 10 worst?"),
    "es": ("¿Hiciste el estiramiento?", "¿Piernas anoche, de 0 (nada) a 10 (lo peor)?"),
}


def test_a_step_that_left_the_library_is_not_asked_about(catalogue: Catalogue) -> None:
    plan = decide(facts(timing(catalogue), earlier=EarlierStep(7, "ice-bath")), catalogue, NOW, half)
    assert plan.text
    assert plan.text.asks_about is None


def test_the_step_drawn_is_the_step_sent_and_the_vector_sums_to_one(catalogue: Catalogue) -> None:
    plan = decide(facts(timing(catalogue, bedtime_at=time(22, 30))), catalogue, NOW, half)
    choice = plan.choice
    assert choice.available
    assert choice.action in choice.eligible
    assert choice.probabilities
    assert sum(choice.probabilities.values()) == pytest.approx(1)
    assert choice.text_id
    assert choice.text_id.startswith(f"{choice.action}.")
    assert plan.text
    assert plan.text.window == Window(NOW, NOW + timedelta(hours=1))
    assert plan.covariates == {"prior_score": None, "nights_since_start": 0}


def test_the_same_person_slot_and_date_is_decided_the_same_again(catalogue: Catalogue) -> None:
    once = facts(timing(catalogue), prior_score=4)
    assert decide(once, catalogue, NOW, half) == decide(once, catalogue, NOW, half)


def drawing(number: float) -> Callable[[str], float]:
    return lambda _: number


def test_a_micro_randomised_evening_may_ask_the_check_in_alone(catalogue: Catalogue) -> None:
    evening = facts(timing(catalogue), policy="micro-randomised")
    arms = {decide(evening, catalogue, NOW, drawing(at / 50)).choice.action for at in range(50)}
    assert NONE in arms
    assert len(arms) > 5
    alone = next(
        plan
        for plan in (decide(evening, catalogue, NOW, drawing(at / 50)) for at in range(50))
        if plan.choice.action == NONE
    )
    assert alone.text
    assert alone.text.body == SAID["en"][1]
    assert alone.choice.available


def test_nobody_is_offered_what_they_exclude_or_what_the_clinic_switched_off(catalogue: Catalogue) -> None:
    everything = frozenset(catalogue.strategies)
    person = Recipient("en", frozenset({"caffeine"}), frozenset(), ())
    one = facts(timing(catalogue), person=person, switched_off=everything - {"caffeine", "stretching"})
    plan = decide(one, catalogue, NOW, half)
    assert plan.choice.eligible == ("stretching",)
    nothing = decide(replace(one, switched_off=everything), catalogue, NOW, half)
    assert (nothing.choice.action, nothing.choice.probabilities) == (NONE, {NONE: 1.0})
    assert nothing.text
    assert nothing.text.body == SAID["en"][1]


@pytest.mark.parametrize(
    ("due_on_day", "texted_on_day", "footer"),
    [
        *((0, None, False), (1, 0, False), (29, 28, False), (30, 29, True), (31, 30, False), (31, 29, True)),
        *((60, 59, True), (45, None, True), (20, None, False), (95, 60, True)),
    ],
)
def test_stop_and_help_are_named_every_thirty_days_and_after_a_long_silence(
    catalogue: Catalogue, due_on_day: int, texted_on_day: int | None, footer: bool
) -> None:
    texted_on = None if texted_on_day is None else STARTS_ON + timedelta(days=texted_on_day)
    times = timing(catalogue)
    one = facts(times, STARTS_ON + timedelta(days=due_on_day), last_texted_on=texted_on)
    plan = decide(one, catalogue, one.due.at, half)
    assert plan.text
    assert ("STOP" in plan.text.body) is footer


def test_the_step_in_the_evening_and_the_question_in_the_morning(catalogue: Catalogue) -> None:
    times = timing(catalogue, "evening-and-morning")
    evening = decide(facts(times), catalogue, NOW, half)
    assert evening.text
    assert (evening.text.asks, evening.text.asks_about) == (False, None)
    assert evening.choice.action
    tomorrow = date(2026, 3, 3)
    assert evening.next_due == due_on(times, tomorrow, "morning")
    asked = facts(times, tomorrow, "morning", earlier=EarlierStep(7, "stretching"))
    morning = decide(asked, catalogue, evening.next_due.at, half)
    assert morning.choice.available
    assert morning.choice.action is None
    assert morning.text
    assert (morning.text.asks, morning.text.asks_about) == (True, 7)
    assert morning.text.body == " ".join(SAID["en"])
    assert morning.next_due == due_on(times, tomorrow, "evening")


def test_two_slots_a_day_are_each_due_once_a_date_in_the_order_of_the_day(catalogue: Catalogue) -> None:
    times = timing(catalogue, "evening-and-morning")
    here, met = facts(times), []
    for _ in range(9):
        met.append((here.due.on.day, here.due.slot))
        plan = decide(here, catalogue, here.due.at, half)
        assert plan.choice.available, "nothing is missed while everything runs"
        same_day = plan.next_due.on == here.due.on
        decided = (*(here.decided if same_day else ()), *([(here.due.on, here.due.slot)] if same_day else []))
        here = replace(here, due=plan.next_due, decided=decided)
    assert met == [(2, "evening")] + [(day, slot) for day in (3, 4, 5, 6) for slot in ("morning", "evening")]


def test_a_date_on_which_the_check_in_was_asked_already_asks_it_no_second_time(catalogue: Catalogue) -> None:
    plan = decide(facts(timing(catalogue), asked_today=True), catalogue, NOW, half)
    assert plan.text
    assert not plan.text.asks
    assert "0" not in plan.text.body


def test_who_moved_tonights_time_to_an_hour_that_is_past_still_hears_at_the_old_time(catalogue: Catalogue) -> None:
    times = timing(catalogue, evening_at=time(15))
    kept = replace(facts(times), due=due_on(timing(catalogue), STARTS_ON))
    plan = decide(kept, catalogue, NOW, half)
    assert plan.text
    assert plan.text.window == Window(NOW, NOW + timedelta(hours=1))
    assert plan.next_due == due_on(times, date(2026, 3, 3))


def test_a_date_that_is_over_in_the_new_zone_is_recorded_and_not_texted(catalogue: Catalogue) -> None:
    moved = timing(catalogue, time_zone="Asia/Tokyo")
    kept = replace(facts(moved), due=due_on(timing(catalogue), STARTS_ON))
    plan = decide(kept, catalogue, NOW, half)
    assert (plan.choice.unavailable_reason, plan.text) == ("quiet_hours", None)
    assert plan.next_due == due_on(moved, date(2026, 3, 3))


def test_the_evening_keeps_its_wall_time_when_the_clocks_change(catalogue: Catalogue) -> None:
    plan = decide(facts(timing(catalogue), date(2026, 3, 7)), catalogue, utc("2026-03-08T01:00"), half)
    assert plan.next_due.at == datetime.fromisoformat("2026-03-09T00:00Z")


def test_no_strategy_comes_two_evenings_running(catalogue: Catalogue) -> None:
    first = decide(facts(timing(catalogue)), catalogue, NOW, half).choice
    assert first.action
    assert first.text_id
    past = (PastStep(STARTS_ON, first.action, first.text_id),)
    one = facts(timing(catalogue), date(2026, 3, 3), person=Recipient("en", frozenset(), frozenset(), past))
    assert first.action not in decide(one, catalogue, one.due.at, half).choice.eligible

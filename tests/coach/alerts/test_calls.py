"""Whether coaches may call: every combination of what a number's texts say, and until when a call is safe."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from coach.alerts.calls import (
    ASK_WHO,
    AT_HAND,
    AT_HAND_ALL_THE_SAME,
    ATTACKED,
    BODY_ALL_THE_SAME,
    CALL_ALL_THE_SAME,
    CALL_WITHIN,
    DO_NOT_CALL,
    MAY_CALL,
    NO_CALL,
    OF_THE_PHONE,
    ONLY_MINE,
    OTHER_HAND,
    PRIVATE,
    SAFE_FOR_NOW,
    SWALLOWED,
    TEXT_THEM,
    VIOLENCE,
    Calling,
    Mark,
    Told,
    as_of_now,
    calling,
    mark_of,
    stated_end,
)

NOW = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)  # 20:00 in New York
LATER = NOW + timedelta(minutes=10)
YES_OR_NO = (False, True)
EVERY = [
    (Calling(forbidden, overdose, texted, LATER if safe else None, shared, in_danger, themselves, body=body), other)
    for forbidden, overdose, texted, safe, shared, in_danger, themselves, body, other in product(YES_OR_NO, repeat=9)
]


@pytest.mark.parametrize(("said", "someone_else"), EVERY)
def test_every_combination_has_the_mark_of_the_gravest_thing_in_it(said: Calling, someone_else: bool) -> None:
    mark = mark_of(said, someone_else=someone_else)
    held = someone_else and not said.themselves
    if said.overdose:
        assert mark.may_call
        assert mark.words == (CALL_ALL_THE_SAME if said.shared or someone_else else "")
    elif said.body and (said.shared or someone_else):
        assert mark == Mark(True, BODY_ALL_THE_SAME)
    elif said.until:
        assert mark == Mark(True, SAFE_FOR_NOW, LATER)
    elif said.forbidden:
        assert mark == Mark(False, DO_NOT_CALL)
    elif held:
        assert mark == (Mark(True, ASK_WHO) if said.in_danger else Mark(False, DO_NOT_CALL))
    else:
        assert mark == Mark(True, TEXT_THEM if said.texted else "")


def _told(*newest_first: tuple[int, dict[str, object]], is_open: bool = False) -> list[Told]:
    return [Told(NOW - timedelta(minutes=ago), reading, is_open) for ago, reading in newest_first]


SHARED: tuple[int, dict[str, object]] = (200, {PRIVATE: True})


@pytest.mark.parametrize(
    ("texts", "forbidden"),
    [
        ([SHARED], True),
        ([(5, {MAY_CALL: True}), SHARED], False),
        ([(31, {MAY_CALL: True}), SHARED], True),
        ([(60, {MAY_CALL: LATER.isoformat()}), SHARED], False),
        ([(5, {MAY_CALL: (NOW - timedelta(minutes=1)).isoformat()}), SHARED], True),
        ([(1, {PRIVATE: True}), (5, {MAY_CALL: True}), SHARED], True),
        ([(5, {}), (100, {ONLY_MINE: True, MAY_CALL: True}), SHARED], False),
        ([(2, {PRIVATE: True, "violence": True}), (5, {MAY_CALL: True})], True),
    ],
)
def test_a_permission_ends_after_half_an_hour_at_its_time_or_when_the_other_is_back(
    texts: list[tuple[int, dict[str, object]]], forbidden: bool
) -> None:
    assert calling(_told(*texts), NOW).forbidden is forbidden


def test_a_request_from_a_phone_that_nobody_shares_is_no_window() -> None:
    assert calling(_told((5, {MAY_CALL: True})), NOW) == Calling()


@pytest.mark.parametrize("days", [0, 1, 9])
def test_an_overdose_outweighs_as_long_as_its_flag_is_open(days: int) -> None:
    texts: list[tuple[int, dict[str, object]]] = [(1, {PRIVATE: True}), (60 * 24 * days, {SWALLOWED: True})]
    assert mark_of(calling(_told(*texts, is_open=True), NOW), someone_else=False) == Mark(True, CALL_ALL_THE_SAME)
    assert mark_of(calling(_told(*texts), NOW), someone_else=False) == Mark(False, DO_NOT_CALL)


def test_a_weapon_at_hand_counts_as_an_overdose_does_and_an_overdose_comes_first() -> None:
    texts: list[tuple[int, dict[str, object]]] = [(1, {PRIVATE: True}), (60 * 24, {AT_HAND: True})]
    assert mark_of(calling(_told(*texts, is_open=True), NOW), someone_else=False) == Mark(True, AT_HAND_ALL_THE_SAME)
    assert mark_of(calling(_told(*texts), NOW), someone_else=False) == Mark(False, DO_NOT_CALL)
    both = calling(_told(*texts, (60 * 25, {SWALLOWED: True}), is_open=True), NOW)
    assert mark_of(both, someone_else=False) == Mark(True, CALL_ALL_THE_SAME)
    alone = calling(_told((1, {AT_HAND: True}), is_open=True), NOW)
    assert mark_of(alone, someone_else=False) == Mark(True), "nobody else has this phone"


BODY: dict[str, object] = {"urgency": "emergency", PRIVATE: True}
HURT: dict[str, object] = {VIOLENCE: True, NO_CALL: True, PRIVATE: True}
WISHES: list[dict[str, object]] = [{PRIVATE: True}, {NO_CALL: True, PRIVATE: True}, HURT, {ATTACKED: True, **HURT}]


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("days", [0, 8, 29])
def test_an_emergency_of_the_body_outweighs_every_earlier_wish_until_its_flag_is_handled(
    wish: dict[str, object], days: int
) -> None:
    told = [Told(NOW, BODY, is_open=True), Told(NOW - timedelta(days=days, minutes=5), wish)]
    assert mark_of(calling(told, NOW), someone_else=False) == Mark(True, BODY_ALL_THE_SAME)
    handled = [Told(NOW, BODY), *told[1:]]
    assert mark_of(calling(handled, NOW), someone_else=False) == Mark(False, DO_NOT_CALL)


@pytest.mark.parametrize("done_to_them", [{VIOLENCE: True}, {ATTACKED: True}])
def test_what_somebody_did_to_a_body_sends_no_call_to_whoever_did_it(done_to_them: dict[str, object]) -> None:
    told = [Told(NOW, {**BODY, **done_to_them}, is_open=True)]
    assert mark_of(calling(told, NOW), someone_else=False) == Mark(False, DO_NOT_CALL)


def test_violence_with_a_wish_told_after_an_emergency_forbids_the_call() -> None:
    told = [Told(NOW, HURT, is_open=True), Told(NOW - timedelta(hours=2), BODY, is_open=True)]
    assert mark_of(calling(told, NOW), someone_else=False) == Mark(False, DO_NOT_CALL)


def test_a_text_by_another_ends_a_permission_to_call() -> None:
    texts: list[tuple[int, dict[str, object]]] = [(1, {OTHER_HAND: True}), (5, {MAY_CALL: True}), SHARED]
    assert calling(_told(*texts), NOW).forbidden
    assert calling(_told(*texts), NOW).until is None


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        *(("safe to call till 9", 60), ("you can call until 8:30", 30), ("call me, hes back at 10pm", 120)),
        *(("pueden llamarme hasta las 9", 60), ("llámenme antes de las 8:15", 15), ("call me before 7 am", 660)),
        *(("call me, safe for 20 minutes", 20), ("safe to call for an hour", 60), ("pueden llamar por media hora", 30)),
        *(("please call me", None), ("call me, hes out for 2 days", None), ("call me back at 415-555-0001", None)),
    ],
)
def test_the_time_they_name_is_when_the_call_stops_being_safe(words: str, minutes: int | None) -> None:
    end = stated_end(words, NOW, "America/New_York")
    assert end == (None if minutes is None else NOW + timedelta(minutes=minutes))


def test_without_a_time_a_call_is_safe_for_half_an_hour() -> None:
    assert calling(_told((10, {MAY_CALL: True}), SHARED), NOW).until == NOW - timedelta(minutes=10) + CALL_WITHIN


@pytest.mark.parametrize("then", OF_THE_PHONE)
def test_an_older_line_says_what_stands_now(then: str) -> None:
    why = f"Crisis: words of self-harm. {then}. They asked us not to write back."
    assert as_of_now(why, Mark(True, CALL_ALL_THE_SAME)) == why.replace(then, CALL_ALL_THE_SAME)
    assert as_of_now(why, Mark(True)) == "Crisis: words of self-harm. They asked us not to write back."
    assert as_of_now("Crisis.", Mark(False, DO_NOT_CALL)) == "Crisis."

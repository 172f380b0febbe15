"""How fast a sender may go and when its line is shut: pure rules, over every order of events."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schedules.dispatch.rate_limit import LOOK_AHEAD, PROBES, SenderState, grant, reserve, state_after_round
from schedules.gateway.protocol import Accepted, NotProcessed, Outcome, Refused, Unknown

NOW = datetime(2026, 3, 3, 1, tzinfo=UTC)
TAKEN = Accepted("SM1", "queued")
NOBODY_THERE = NotProcessed("ConnectionRefusedError")
TOO_FAST = NotProcessed("HTTP 429", 30.0, slow_down=True)
FOR_AN_HOUR = NotProcessed("HTTP 429", 3600.0, slow_down=True)
KEY_REFUSED = Refused(20003, "code 20003")


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)


@given(rate=st.floats(0.05, 300), asks=st.lists(st.floats(0, 5), min_size=1, max_size=60), room=st.integers(1, 400))
def test_whoever_asks_and_whenever_the_rate_is_never_exceeded(rate: float, asks: list[float], room: int) -> None:
    line, now, slots = SenderState(), NOW, list[datetime]()
    for pause in asks:
        now += timedelta(seconds=pause)
        granted = grant(line, now, rate, room, 0)
        slots += [granted.first_at + place * granted.spacing for place in range(granted.limit)]
        line = reserve(line, granted, granted.limit)
        assert granted.limit or granted.wait > timedelta(0)
    gaps = [(b - a).total_seconds() for a, b in pairwise(slots)]
    assert all(gap >= 1 / rate - 1e-5 for gap in gaps)
    assert all(slot <= now + LOOK_AHEAD for slot in slots)


@given(rate=st.floats(0.05, 300))
def test_asking_again_when_told_uses_every_slot(rate: float) -> None:
    line, now, sent = SenderState(), NOW, 0
    while now < later(seconds=120):
        granted = grant(line, now, rate, 400, 0)
        line, sent = reserve(line, granted, granted.limit), sent + granted.limit
        now += granted.wait or timedelta(milliseconds=200)
    assert sent >= int(120 * rate * 0.99)


def test_slots_that_were_not_used_are_free_for_the_next() -> None:
    granted = grant(SenderState(), NOW, 10, 400, 0)
    assert granted.limit == 21
    assert reserve(SenderState(), granted, 3).next_free_at == later(seconds=0.3)
    assert reserve(SenderState(), granted, 0) == SenderState()


def test_without_a_rate_only_the_room_counts() -> None:
    assert grant(SenderState(), NOW, 0, 400, 150).limit == 250
    assert grant(SenderState(), NOW, 0, 400, 400).limit == 0


def test_a_clock_that_was_wrong_does_not_shut_the_line_for_days() -> None:
    for hours in (0.5, 72):
        far = later(hours=hours)
        ahead = SenderState(next_free_at=far, shut_until_at=far, shut_for="provider_down", trips=1)
        assert not ahead.is_shut(NOW)
        assert grant(ahead, NOW, 1, 400, 0).limit == PROBES, "the slots of that clock do not count either"


def test_a_refused_key_shuts_the_line_and_each_refusal_in_a_row_for_longer() -> None:
    line, waits = state_after_round(SenderState(), [KEY_REFUSED, KEY_REFUSED], NOW), []
    assert not line.is_shut(NOW), "two may be a slip of the provider's"
    now = NOW
    for _ in range(9):
        line = state_after_round(line, [KEY_REFUSED], now)
        assert line.shut_until_at
        assert line.shut_for == "key_refused"
        waits.append((line.shut_until_at - now).total_seconds())
        now = line.shut_until_at
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_two_workers_that_hear_the_same_refusal_are_one_trip() -> None:
    first = state_after_round(SenderState(), [KEY_REFUSED] * 3, NOW)
    assert state_after_round(first, [KEY_REFUSED], later(seconds=1)).trips == 1


def test_a_provider_that_is_down_shuts_the_line_and_one_lost_request_does_not() -> None:
    for answer in (NOBODY_THERE, Unknown("HTTP 503")):
        assert state_after_round(SenderState(), [answer] * 20, NOW).shut_for == "provider_down"
        assert state_after_round(SenderState(), [answer], NOW) == SenderState()
        assert state_after_round(SenderState(), [answer] * 5 + [TAKEN] * 6, NOW) == SenderState()


def test_too_many_requests_shut_the_line_for_as_long_as_was_asked() -> None:
    line = state_after_round(SenderState(), [TOO_FAST, TAKEN, TAKEN], NOW)
    assert (line.shut_until_at, line.shut_for) == (later(seconds=30), "slow_down")
    assert state_after_round(SenderState(), [TOO_FAST] + [TAKEN] * 9, NOW) == SenderState(), (
        "one of many waits by itself"
    )


def test_after_a_trip_a_few_texts_try_the_line_and_open_it_again() -> None:
    shut = state_after_round(SenderState(), [NOBODY_THERE] * 20, NOW)
    assert grant(shut, NOW, 0, 400, 0).limit == 0
    assert shut.shut_until_at
    open_at = shut.shut_until_at
    assert grant(shut, open_at, 0, 400, 0).limit == PROBES
    assert grant(shut, open_at, 0, 400, 1).limit == 0, "no more until these have come back"
    again = state_after_round(shut, [NOBODY_THERE] * PROBES, open_at)
    assert again.is_shut(open_at)
    assert again.trips == 2
    assert state_after_round(shut, [TAKEN] * PROBES, open_at) == replace(SenderState(), next_free_at=shut.next_free_at)


@given(
    rounds=st.lists(
        st.lists(st.sampled_from([TAKEN, NOBODY_THERE, TOO_FAST, FOR_AN_HOUR, KEY_REFUSED]), max_size=8), max_size=30
    )
)
def test_whatever_happened_a_line_opens_within_five_minutes(rounds: list[list[Outcome]]) -> None:
    line = SenderState()
    for step, outcomes in enumerate(rounds):
        line = state_after_round(line, outcomes, later(seconds=step))
    assert not line.is_shut(later(minutes=5, seconds=len(rounds)))
    assert grant(line, later(minutes=5, seconds=len(rounds)), 0, 10, 0).limit > 0

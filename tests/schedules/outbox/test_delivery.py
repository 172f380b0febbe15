"""The life of a message as tables: receipts in any order, and the last check before it leaves."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from typing import Any

import pytest

from schedules.outbox.states import (
    STATE_OF_STATUS,
    STATE_RANK,
    SendFacts,
    seconds_left,
    wait_for_daytime,
    when_not_found,
    why_not_to_send,
)
from schedules.timing.quiet_hours import QuietHours, quiet_hours_from

NOW = datetime(2026, 3, 3, 1, tzinfo=UTC)  # 20:00 on 2 March in New York
MINUTE = timedelta(minutes=1)
NUDGE = SendFacts(
    kind="nudge",
    local_on=date(2026, 3, 2),
    expires_at=NOW + timedelta(hours=1),
    status="active",
    suppressed=False,
    held=False,
    paused_until_on=None,
    bedtime_at=None,
    time_zone="America/New_York",
    quiet=QuietHours(),
)
WELCOME = replace(NUDGE, kind="welcome", status="invited", expires_at=NOW + timedelta(days=3))
COACH = replace(NUDGE, kind="coach", expires_at=NOW + timedelta(days=1))
FLORIDA = quiet_hours_from([{"days": [1, 2, 3, 4, 5, 6, 7], "start": "08:00", "end": "20:00"}])


def test_a_text_that_nothing_forbids_may_leave() -> None:
    assert [why_not_to_send(one, NOW) for one in (NUDGE, WELCOME, COACH)] == [None, None, None]


@pytest.mark.parametrize(
    ("facts", "changes", "settled"),
    [
        (NUDGE, {"suppressed": True}, ("suppressed", "opted_out")),
        (NUDGE, {"status": "stopped"}, ("suppressed", "opted_out")),
        (NUDGE, {"status": "ended"}, ("suppressed", "opted_out")),
        (NUDGE, {"status": "invited"}, ("suppressed", "not_confirmed")),
        (NUDGE, {"held": True}, ("suppressed", "held")),
        (NUDGE, {"paused_until_on": date(2026, 3, 3)}, ("suppressed", "paused")),
        (NUDGE, {"paused_until_on": date(2026, 3, 2)}, None),
        (NUDGE, {"expires_at": NOW}, ("expired", "window_closed")),
        (NUDGE, {"expires_at": NOW + timedelta(seconds=20)}, ("expired", "window_closed")),  # it might arrive later
        (NUDGE, {"expires_at": NOW + timedelta(seconds=21)}, None),
        (replace(NUDGE, kind="answer"), {"expires_at": NOW + timedelta(seconds=1)}, None),  # its day has no end
        (NUDGE, {"bedtime_at": time(20, 0, 20)}, ("expired", "quiet_hours")),
        (NUDGE, {"bedtime_at": time(20, 0, 21)}, None),
        (NUDGE, {"quiet": FLORIDA}, ("expired", "quiet_hours")),
        (NUDGE, {"bedtime_at": time(20)}, ("expired", "quiet_hours")),
        (NUDGE, {"time_zone": "Europe/London"}, ("expired", "quiet_hours")),
        (NUDGE, {"suppressed": True, "held": True, "expires_at": NOW}, ("suppressed", "opted_out")),
        (WELCOME, {"suppressed": True}, ("suppressed", "opted_out")),
        (WELCOME, {"status": "active"}, ("suppressed", "not_confirmed")),
        (WELCOME, {"held": True}, ("queued", "held")),
        (WELCOME, {"paused_until_on": date(2026, 4, 1)}, None),
        (WELCOME, {"quiet": FLORIDA}, ("queued", "quiet_hours")),
        (WELCOME, {"expires_at": NOW, "quiet": FLORIDA}, ("expired", "window_closed")),
        (COACH, {"status": "invited"}, None),
        (COACH, {"status": "stopped"}, ("suppressed", "opted_out")),
        (COACH, {"held": True, "paused_until_on": date(2026, 4, 1)}, None),
        (COACH, {"quiet": FLORIDA}, ("queued", "quiet_hours")),
        (NUDGE, {"kind": "something new"}, ("suppressed", "not_confirmed")),
    ],
)
def test_the_last_check_before_a_text_leaves(
    facts: SendFacts, changes: dict[str, Any], settled: tuple[str, str] | None
) -> None:
    assert why_not_to_send(replace(facts, **changes), NOW) == settled


def test_a_text_of_no_evening_waits_for_the_daytime() -> None:
    at_night = datetime(2026, 3, 3, 3, tzinfo=UTC)
    assert wait_for_daytime(WELCOME, at_night) == datetime(2026, 3, 3, 14, tzinfo=UTC)


def test_a_text_of_no_evening_that_comes_too_close_to_the_end_of_the_day_waits_for_the_next() -> None:
    early_to_bed = replace(WELCOME, bedtime_at=time(20))
    just_before = NOW - timedelta(seconds=10)
    assert why_not_to_send(early_to_bed, just_before) == ("queued", "quiet_hours")
    assert wait_for_daytime(early_to_bed, just_before) == datetime(2026, 3, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "now", "seconds"),
    [
        (NUDGE, NOW, 3585),  # the request may take fifteen seconds
        (replace(NUDGE, bedtime_at=time(20, 30)), NOW, 1785),
        (NUDGE, NOW + timedelta(minutes=59, seconds=59), 5),  # the least a provider takes
        (replace(NUDGE, kind="answer"), NOW + timedelta(minutes=59), 45),
        (replace(NUDGE, kind="answer", expires_at=NOW + timedelta(hours=9)), NOW + timedelta(minutes=59), 28_845),
        (WELCOME, NOW, 3585),  # not over night, though it stands for three days
        (WELCOME, NOW - timedelta(hours=11), 36_000),  # the most
    ],
)
def test_a_text_does_not_wait_at_the_provider_into_the_night(facts: SendFacts, now: datetime, seconds: int) -> None:
    assert seconds_left(facts, now) == seconds


@pytest.mark.parametrize(
    ("since_lease_ended", "left_in_window", "verdict"),
    [
        (-30, 3600, "wait"),  # a request may be under way
        (0, 3600, "wait"),
        (59, 3600, "wait"),
        (59, -1, "wait"),
        (60, 3600, "resend"),
        (600, 1, "resend"),
        (60, 0, "give_up"),
        (600, -1, "give_up"),
    ],
)
def test_a_text_in_doubt_is_waited_for_then_sent_again_or_given_up(
    since_lease_ended: int, left_in_window: int, verdict: str
) -> None:
    lease, expires = NOW - timedelta(seconds=since_lease_ended), NOW + timedelta(seconds=left_in_window)
    assert when_not_found(lease, expires, NOW) == verdict


def test_every_status_of_the_provider_means_a_state_that_moves_a_message_forward() -> None:
    statuses = ["accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled"]
    assert {*statuses, "receiving", "received", "read"} == set(STATE_OF_STATUS)
    assert all(STATE_RANK[state] > 0 for state in STATE_OF_STATUS.values())


def test_the_ranks_agree_whatever_order_receipts_come_in() -> None:
    story = ["queued", "sending", "sent", "delivered"]
    for order in permutations(story):
        state = "sending"
        for status in order:
            told = STATE_OF_STATUS[status]
            state = told if STATE_RANK[told] > STATE_RANK[state] else state
        assert state == "delivered"

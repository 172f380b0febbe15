"""Whether a day's question is still to come, and what pages say of somebody who stopped while danger is open."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from content.catalogue import Catalogue
from schedules.decisions.next_text import NextTextFacts, is_asked_on, next_text
from schedules.timing.quiet_hours import quiet_hours_from
from schedules.timing.slots import NextDue, Timing

ON = date(2026, 3, 3)  # a Tuesday


def facts(catalogue: Catalogue, **more: object) -> NextTextFacts:
    programme = next(one for one in catalogue.programmes.values() if one.check_in_mode == "evening")
    slot = next(slot for slot in programme.slots if slot.asks_check_in)
    timing = Timing(programme, "UTC", time(20), None, quiet_hours_from(None))
    due = NextDue(datetime(2026, 3, 3, 20, tzinfo=UTC), ON, slot.id)
    given = {"status": "active", "held_for": None, "paused_until_on": None, "cadence": programme.default_cadence}
    return NextTextFacts(**(given | {"timing": timing, "due": due} | more))  # type: ignore[arg-type]


def test_a_question_due_today_is_still_to_come(catalogue: Catalogue) -> None:
    assert is_asked_on(facts(catalogue), ON)
    assert not is_asked_on(facts(catalogue), ON - timedelta(days=1))


@pytest.mark.parametrize(
    "why",
    [
        {"status": "stopped"},
        {"held_for": "crisis"},
        {"paused_until_on": ON + timedelta(days=1)},
        {"cadence": "weekends"},
        {"due": None},
    ],
)
def test_no_question_comes_while_silent_paused_or_off_the_cadence(catalogue: Catalogue, why: dict[str, object]) -> None:
    assert not is_asked_on(facts(catalogue, **why), ON)


def test_a_stop_while_danger_is_open_is_not_said_to_resume(catalogue: Catalogue) -> None:
    says = next_text(facts(catalogue, status="stopped", held_for="crisis", due=None)).says
    assert "opted out" in says
    assert "resume" not in says
    assert "Speak with them first" in says

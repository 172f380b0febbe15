"""Never two, never none, when everything dies: a short evening of it; `dev.py bench chaos` is the long one."""

import pytest

from coach.runtime import Runtime
from tests.chaos.evening import run_evening
from tests.chaos.plan import Plan


@pytest.mark.parametrize("seed", [1])
def test_an_evening_of_kills_faults_and_a_lost_database_loses_and_doubles_nothing(runtime: Runtime, seed: int) -> None:
    report = run_evening(runtime, Plan(people=200, kills=8, seed=seed))
    assert (report.doubled, report.lost, report.outside_hours) == ([], [], 0)
    assert sum(report.states.get(state, 0) for state in ("accepted", "sent", "delivered")) == 200, report.states
    assert (report.decisions, report.check_ins, report.wrong_sid) == (200, 200, 0)
    assert (report.kills, report.happened) == (8, {"cuts": 2, "sessions": 4, "jumps": 3})
    assert sum(report.faults.values()) > 2
    assert report.receipts > 200

"""The adaptive policy draws by what everybody's nights tell, logs it, and a replay needs nothing else."""

import pytest
from sqlalchemy import delete, insert, update

from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import SharedBeliefs
from schedules.database.tables.evenings import Decision
from schedules.database.tables.people import Enrolment
from schedules.decisions.policies import FLOOR
from schedules.decisions.replay import replay
from schedules.planning.decision_log import find_decision
from tests.support import TestClock, enrol, person, rows, tick

BEST = "stretching"


@pytest.fixture
def adaptive(runtime: Runtime) -> Runtime:
    enrol(runtime, person(1))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(policy="adaptive"))
        for programme, best in (("evening", BEST), ("evening-and-morning", "massage")):
            steps = dict.fromkeys(runtime.catalogue.strategies, (0.0, 0.2)) | {best: (-1.5, 0.2)}
            row = {"clinic_id": 1, "programme": programme, "computed_at": runtime.now(), "steps": steps}
            connection.execute(insert(SharedBeliefs).values(row))
    return runtime


def test_the_first_evening_knows_what_others_nights_told(adaptive: Runtime, clock: TestClock) -> None:
    clock.forward(hours=10)
    tick(adaptive)
    [one] = rows(adaptive.engine, Decision)
    assert (one.policy, one.policy_version) == ("adaptive", 2)
    assert max(one.probabilities, key=lambda arm: one.probabilities[arm]) == BEST
    assert one.probabilities[BEST] > 0.5
    assert min(one.probabilities.values()) >= FLOOR - 1e-9


def test_a_decision_is_replayed_from_its_row_alone_after_the_beliefs_have_changed(
    adaptive: Runtime, clock: TestClock
) -> None:
    clock.forward(hours=10)
    tick(adaptive)
    with write_transaction(adaptive.engine) as connection:
        connection.execute(delete(SharedBeliefs))
    with read_transaction(adaptive.engine) as connection:
        found = find_decision(connection, 1)
    assert found is not None
    logged = found[1]
    assert logged.facts["shared"][BEST] == [-1.5, 0.2]
    assert replay(logged).agrees

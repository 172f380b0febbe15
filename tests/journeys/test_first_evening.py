"""The shortest complete story: enrollment, YES, an evening text, an answer, a recorded night."""

from datetime import UTC, date, datetime

from coach.runtime import Runtime
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from tests.support import TestClock, enrol, person, rows, say, tick


def test_a_person_is_welcomed_confirms_is_texted_and_their_night_is_known(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), confirmed=False)
    tick(runtime)
    [welcome] = rows(runtime.engine, OutboxMessage)
    assert welcome.kind == "welcome"
    assert "YES" in welcome.body
    assert say(runtime, "+14155550001", "Yes!") is not None
    [enrolment] = rows(runtime.engine, Enrolment)
    assert enrolment.next_due_at == datetime(2026, 3, 3, 1, tzinfo=UTC)
    clock.shows = enrolment.next_due_at
    assert tick(runtime)["sent"] == 1
    assert say(runtime, "+14155550001", "about a 6, did em") is not None
    [check_in] = rows(runtime.engine, CheckIn)
    assert (check_in.asked_on, check_in.score, check_in.step_decision_id) == (date(2026, 3, 2), 6, None)
    assert check_in.habit is None, "the first evening asks for the score alone"
    [decision] = rows(runtime.engine, Decision)
    assert decision.available
    assert abs(sum(decision.probabilities.values()) - 1) < 1e-9
    clock.forward(days=1)
    tick(runtime)
    say(runtime, "+14155550001", "3 no")
    second = rows(runtime.engine, CheckIn)[1]
    assert (second.score, second.habit, second.step_decision_id) == (3, False, decision.id)

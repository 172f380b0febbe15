"""A coach chooses the step of an evening: it is sent and asked about, and the record says that nothing was drawn."""

from typing import Any

import pytest
from sqlalchemy import update

from coach.accounts.scope import OPERATES
from coach.accounts.signed_in import SignedIn
from coach.database.tables import AuditEvent
from coach.export.decisions_csv import COLUMNS as CELLS
from coach.export.decisions_csv import as_cells
from coach.export.table_rows import ExportContext, load_decisions
from coach.participants.actions.choose_step import NextStep, choose_step, load_next_step
from coach.participants.changes import ChangeError
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.decisions.explain import why_this
from schedules.decisions.replay import replay
from schedules.planning.decision_log import find_decision
from tests.schedules.sending import EVENING
from tests.support import TestClock, enrol, person, rows, say, tick

LEAD = SignedIn(1, "lead@x.example", OPERATES, None)


def choose(runtime: Runtime, step: str) -> NextStep:
    with write_transaction(runtime.engine) as connection:
        return choose_step(connection, 1, step, LEAD, runtime.catalogue, runtime.keys, runtime.now())


def coming(runtime: Runtime) -> NextStep | None:
    with read_transaction(runtime.engine) as connection:
        return load_next_step(connection, 1, runtime.catalogue, runtime.keys)


def exported(runtime: Runtime) -> list[dict[str, Any]]:
    with read_transaction(runtime.engine) as connection:
        context = ExportContext(connection, runtime.catalogue, runtime.now(), with_bodies=False)
        return [dict(zip(CELLS, as_cells(row), strict=True)) for row in load_decisions(context, [1])]


def test_what_a_coach_chose_is_sent_and_counts_in_no_estimate(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, policy="micro-randomised", randomised_consent="form"))
    before = coming(runtime)
    assert before
    assert (before.at, before.chosen, before.words) == (EVENING, None, None), "the draw is not shown beforehand"
    step = before.eligible[-1]
    shown = choose(runtime, step)
    assert shown.chosen == step
    clock.shows = EVENING
    tick(runtime)
    [decision], [message] = rows(runtime.engine, Decision), rows(runtime.engine, OutboxMessage)
    assert (decision.available, decision.unavailable_reason, decision.action) == (False, "coach_chose", step)
    assert (decision.draw, decision.probabilities) == (None, {})
    assert shown.words
    assert message.body.startswith(shown.words), "the words are those shown to the coach"
    [row] = exported(runtime)
    assert (row["available"], row["unavailable_reason"], row["action"]) == (0, "coach_chose", step)
    assert (row["probabilities"], row["draw"]) == (None, None)


def test_it_can_be_replayed_and_explained_from_its_row(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    step = choose(runtime, _first(runtime)).chosen
    clock.shows = EVENING
    tick(runtime)
    with read_transaction(runtime.engine) as connection:
        found = find_decision(connection, 1)
    assert found
    assert replay(found[1]).agrees
    assert why_this(found[1]).startswith(f"A coach chose the step {step}.")


def _first(runtime: Runtime) -> str:
    there = coming(runtime)
    assert there
    return there.eligible[0]


def test_the_next_evening_asks_about_it_and_draws_again(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    step = _first(runtime)
    choose(runtime, step)
    for _ in range(2):
        clock.shows = EVENING if clock.shows < EVENING else EVENING.replace(day=4)
        tick(runtime)
        say(runtime, "+14155550001", "4 yes")
    first, second = rows(runtime.engine, Decision)
    assert rows(runtime.engine, CheckIn)[1].step_decision_id == first.id
    assert second.available
    assert second.draw is not None
    assert step not in second.eligible, "it rests like any other"


def test_a_choice_can_be_taken_back_and_only_a_possible_step_chosen(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, exclude="caffeine"))
    with pytest.raises(ChangeError, match="Choose one of the steps that are possible"):
        choose(runtime, "nonsense")
    choose(runtime, _first(runtime))
    assert choose(runtime, "").chosen is None
    clock.shows = EVENING
    tick(runtime)
    assert rows(runtime.engine, Decision)[0].draw is not None
    changed = [one.detail for one in rows(runtime.engine, AuditEvent) if one.action == "changed"]
    assert [one["step_to"] for one in changed][-1] is None
    assert len(changed) == 2


def test_a_step_that_has_become_impossible_by_the_evening_is_not_forced(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    step = _first(runtime)
    choose(runtime, step)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(exclude=[step]))
    clock.shows = EVENING
    tick(runtime)
    [decision] = rows(runtime.engine, Decision)
    assert decision.action != step
    assert decision.draw is not None


def test_nobody_chooses_for_someone_who_is_not_texted(runtime: Runtime) -> None:
    enrol(runtime, person(1), confirmed=False)
    assert coming(runtime) is None
    with pytest.raises(ChangeError, match="No evening text is planned"):
        choose(runtime, "walk")

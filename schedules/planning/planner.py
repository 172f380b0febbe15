"""Turns what is due into decisions, texts and check-ins, one transaction per batch. Decides nothing.

It gathers facts (`schedules.planning.gather`), calls `schedules.decisions.decide` and writes the plans. Planning the
same minute twice, on any number of workers, changes nothing: rows are locked, and (enrollment, slot, local date) is
unique. A person who cannot be planned is set aside, visibly, and retried; all others are planned.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, select, update

from content.catalogue import Catalogue
from schedules.database.apart import isolate_failures
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.prepared import find_all, in_array, insert_rows, run_for_rows
from schedules.database.set_aside import clear_set_aside, load_set_aside, set_aside
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.decisions.decide import decide
from schedules.decisions.facts import Choice, Plan, PlannedText
from schedules.decisions.history import History
from schedules.decisions.own_plan import OwnPlan
from schedules.decisions.policies import CURRENT_VERSION
from schedules.planning.care_notes import PlannedRow, record_care_texts
from schedules.planning.gather import ClinicRules, ClinicRulesCache, facts_from, load_due, load_due_rows, load_histories
from schedules.planning.own_plans import load_plans, note_plans
from schedules.planning.rows import DueRow

BATCH = 200  # people; other writers wait for a batch: at most 0.2 s of CPU

# The kind of rows set aside here.
SET_ASIDE = "planning"


def plan_due(
    engine: Engine, catalogue: Catalogue, keys: InstallationKeys, now: datetime, rate: float = 0.0
) -> Counter[str]:
    """Plan everything due now. Returns how many decision points got a text (`planned`) or none (`skipped`).

    With a `rate` in texts per second (0: no limit), each clinic's texts are spread out at that rate, so that a small
    clinic's few texts do not wait behind a large clinic's many.
    """
    totals = Counter({"planned": 0, "skipped": 0})
    planning = PlanningPass(
        keys, Spread(now, timedelta(seconds=1 / rate) if rate else timedelta(0)), ClinicRulesCache(catalogue)
    )
    with read_transaction(engine) as connection:
        waiting, before = load_set_aside(connection, SET_ASIDE, now)
    while True:
        with write_transaction(engine) as connection:
            due = load_due(connection, now, waiting, BATCH)
            if not due:
                return totals
            done = isolate_failures(connection, due, partial(_plan_batch, connection, planning), _failed)
            for id, error in (failure for part in done for failure in part.failures):
                set_aside(connection, SET_ASIDE, id, error, now)
                waiting.add(id)
                totals["stuck"] += 1
            clear_set_aside(connection, SET_ASIDE, before - waiting & set(due))
        for part in done:
            totals.update(part.counts)


@dataclass(frozen=True, slots=True)
class PlanningPass:
    """What one planning pass needs."""

    keys: InstallationKeys
    spread: "Spread"
    clinics: ClinicRulesCache


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of planning some people: how many got a text or none, and who could not be planned."""

    counts: Counter[str]
    failures: Sequence[tuple[int, Exception]] = ()


def _failed(id: int, error: Exception) -> BatchResult:
    return BatchResult(Counter(), [(id, error)])


def _plan_batch(connection: Connection, planning: PlanningPass, enrolments: Sequence[int]) -> BatchResult:
    rows = load_due_rows(connection, enrolments)
    clinics, spread, now = planning.clinics, planning.spread, planning.spread.now
    clinics.load(connection, rows)
    histories, own = load_histories(connection, rows, clinics.catalogue), load_plans(connection, rows)
    there = {row.id for row in rows}
    plans, failures = list[PlannedRow](), list[tuple[int, Exception]]()
    failures += [(id, LookupError()) for id in enrolments if id not in there]
    for row in rows:
        try:
            rules = clinics.rules[row.clinic_id]
            plans.append(_plan(row, histories.of(row), rules, own.get(row.id), planning.keys, now))
        except Exception as error:  # a program, language or zone that no longer exists: plan the others
            failures.append((row.id, error))
    turns = spread.planned.copy()
    try:
        _write(connection, plans, planning.keys, spread)
        note_plans(connection, ((one.row, one.plan) for one in plans), own)
    except Exception:
        spread.planned = turns  # the batch was rolled back
        raise
    planned = sum(1 for one in plans if one.plan.text)
    return BatchResult(Counter(planned=planned, skipped=len(plans) - planned), failures)


@dataclass(slots=True)
class Spread:
    """Spreads out the texts of each clinic within one planning pass."""

    now: datetime
    spacing: timedelta
    planned: Counter[int] = field(default_factory=Counter)

    def next_due_at(self, clinic_id: int, opens_at: datetime, closes_at: datetime) -> datetime:
        """Return the clinic's next free instant between the opening and the close of the window."""
        turn = self.planned[clinic_id] * self.spacing
        self.planned[clinic_id] += 1
        return min(max(self.now, opens_at) + turn, closes_at)


def _plan(
    row: DueRow, history: History, rules: ClinicRules, own: OwnPlan | None, keys: InstallationKeys, now: datetime
) -> PlannedRow:
    facts = replace(facts_from(row, history, rules), plan=own)
    draw = partial(keys.draw, row.id, facts.due.slot, facts.due.on)
    return PlannedRow(row, decide(facts, rules.catalogue, now, draw))


def _write(connection: Connection, plans: Sequence[PlannedRow], keys: InstallationKeys, spread: Spread) -> None:
    if not plans:
        return
    _advance(connection, plans)
    record_care_texts(connection, plans)
    decisions = [_decision_values(one.row, one.plan) for one in plans]
    insert_rows(connection, Decision, DECISION_COLUMNS, decisions, decided_at=spread.now)
    decision_ids = _ids(connection, DECISION_IDS, [one.row for one in plans])
    texts = [
        (
            _text_values(one.row, one.plan.choice, one.plan.text, decision_ids[one.row.id], keys, spread),
            one.plan.text,
            one.row,
        )
        for one in plans
        if one.plan.text
    ]
    if not texts:
        return
    messages = [values for values, _, _ in texts]
    insert_rows(connection, OutboxMessage, TEXT_COLUMNS, messages, kind="nudge", state="queued", created_at=spread.now)
    message_ids = _ids(connection, MESSAGE_IDS, [row for _, _, row in texts])
    check_ins = [
        (
            *(row.id, row.next_due_on, message_ids[row.id], text.asks_about),
            *(row.programme, row.policy, row.policy_since_at),
        )
        for _, text, row in texts
        if text.asks
    ]
    if check_ins:
        insert_rows(connection, CheckIn, CHECK_IN_COLUMNS, check_ins)


def _ids_by_enrolment(table: Any) -> Select[object]:
    """Select enrollment and id of the rows of one slot and date.

    A lookup in the unique index is several times faster on SQLite than RETURNING, which works row by row there.
    """
    return select(table.enrolment_id, table.id).where(
        in_array(table.enrolment_id, "enrolments"),
        table.slot == bindparam("slot"),
        table.local_on == bindparam("on"),
    )


DECISION_IDS, MESSAGE_IDS = _ids_by_enrolment(Decision), _ids_by_enrolment(OutboxMessage)


def _ids(connection: Connection, written: Select[object], rows: Sequence[DueRow]) -> dict[int, int]:
    """Map enrollments to the ids of the rows just written for their decision points."""
    points: dict[tuple[str, date], list[int]] = defaultdict(list)
    for row in rows:
        points[row.next_slot, row.next_due_on].append(row.id)
    found: dict[int, int] = {}
    for (slot, on), enrolments in points.items():
        found |= dict(find_all(connection, written, enrolments=enrolments, slot=slot, on=on))
    return found


ADVANCE = (
    update(Enrolment)
    .where(Enrolment.id == bindparam("enrolment"))
    .values(
        next_due_at=bindparam("at"),
        next_due_on=bindparam("on"),
        next_slot=bindparam("slot"),
        cadence=bindparam("cadence"),
    )
)


def _advance(connection: Connection, plans: Sequence[PlannedRow]) -> None:
    rows = [
        (one.row.id, one.plan.next_due.at, one.plan.next_due.on, one.plan.next_due.slot, one.plan.cadence)
        for one in plans
    ]
    run_for_rows(connection, ADVANCE, ("enrolment", "at", "on", "slot", "cadence"), rows)


DECISION_COLUMNS = (
    *("enrolment_id", "slot", "local_on", "available", "unavailable_reason", "eligible", "probabilities", "policy"),
    *("policy_version", "policy_since_at", "programme"),
    *("draw", "action", "text_id", "text_version", "acts_on", "covariates", "facts"),
)


def _decision_values(row: DueRow, plan: Plan) -> tuple[object, ...]:
    choice = plan.choice
    return (
        row.id,
        row.next_slot,
        row.next_due_on,
        choice.available,
        choice.unavailable_reason,
        list(choice.eligible),
        choice.probabilities or {},
        row.policy,
        CURRENT_VERSION[row.policy],
        row.policy_since_at,
        row.programme,
        choice.draw,
        choice.action,
        choice.text_id,
        choice.text_version,
        choice.acts_on,
        plan.covariates,
        choice.facts,
    )


TEXT_COLUMNS = (
    *("enrolment_id", "decision_id", "slot", "local_on", "body", "text_id", "text_version"),
    *("token", "due_at", "expires_at"),
)


def _text_values(
    row: DueRow, choice: Choice, text: PlannedText, decision_id: int, keys: InstallationKeys, spread: Spread
) -> tuple[object, ...]:
    return (
        row.id,
        decision_id,
        row.next_slot,
        row.next_due_on,
        text.body,
        choice.text_id,
        choice.text_version,
        keys.token_of(row.next_due_on, row.id, row.next_slot),
        spread.next_due_at(row.clinic_id, text.window.opens_at, text.window.closes_at),
        text.window.closes_at,
    )


CHECK_IN_COLUMNS = (
    *("enrolment_id", "asked_on", "outbox_message_id", "step_decision_id"),
    *("programme", "policy", "policy_since_at"),
)

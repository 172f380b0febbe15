"""Turn what is due into decisions, texts and check-ins, in one transaction a batch. The twin of `schedules.due`.

It gathers facts, calls `due.decide` and writes the plans; it decides nothing. Planning the same minute twice, by any
number of workers, changes nothing: rows are locked, and (enrolment, slot, local date) is unique.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Row, bindparam, insert, select, update

from content.catalogue import Catalogue
from schedules.db import writing
from schedules.delivery import NOT_ARRIVED
from schedules.due import Choice, DueFacts, EarlierStep, NextDue, Plan, PlannedText, Timing, decide
from schedules.keys import InstallationKeys
from schedules.models import CheckIn, Clinic, Decision, Enrolment, OutboxMessage, Participant, Suppression
from schedules.quiet_hours import quiet_hours_from
from schedules.strategy_choice import NONE, TEXT_RESTS_DAYS, PastStep, Person

BATCH = 1000
NEVER_LEFT = ("expired", "suppressed")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class History:
    """What went before, for one enrolment: decisions of the last 30 days, latest first, the last score, and the last
    date a check-in was asked on.
    """

    decisions: Sequence[Any] = ()
    prior_score: int | None = None
    last_asked_on: date | None = None


def plan_due(engine: Engine, catalogue: Catalogue, keys: InstallationKeys, now: datetime) -> Counter[str]:
    """Plan everything due now. Returns how many decision points got a text (`planned`) or none (`skipped`)."""
    totals: Counter[str] = Counter()
    set_aside: set[int] = set()
    while True:
        with writing(engine) as connection:
            rows = _due_rows(connection, now, set_aside)
            histories = _histories(connection, rows)
            plans: list[tuple[Row[Any], Plan]] = []
            for row in rows:
                try:
                    plans.append((row, _plan(row, histories[row.id], catalogue, keys, now)))
                except Exception as error:  # a programme or language no longer there: the others hear all the same
                    log.error("planning_failed", enrolment=row.id, error=repr(error))
                    set_aside.add(row.id)
            _write(connection, plans, keys, now)
        totals["planned"] += sum(1 for _, plan in plans if plan.text)
        totals["skipped"] += sum(1 for _, plan in plans if not plan.text)
        if not rows:
            return totals


def _due_rows(connection: Connection, now: datetime, set_aside: Collection[int]) -> Sequence[Row[Any]]:
    return connection.execute(
        select(
            Enrolment.id,
            Enrolment.programme,
            Enrolment.cadence,
            Enrolment.policy,
            Enrolment.starts_on,
            Enrolment.evening_at,
            Enrolment.bedtime_at,
            Enrolment.exclude,
            Enrolment.tags,
            Enrolment.paused_until_on,
            Enrolment.held_for,
            Enrolment.next_due_at,
            Enrolment.next_due_on,
            Enrolment.next_slot,
            Participant.language,
            Participant.time_zone,
            Clinic.quiet_hours,
            Clinic.switched_off,
            Suppression.since_at.label("suppressed_at"),
        )
        .join(Participant, Participant.id == Enrolment.participant_id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
        .where(Enrolment.next_due_at <= now, Enrolment.id.not_in(set_aside))
        .order_by(Enrolment.next_due_at, Enrolment.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Enrolment)
    ).all()


def _histories(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, History]:
    if not rows:
        return {}
    ids = [row.id for row in rows]
    since = min(row.next_due_on for row in rows) - timedelta(days=TEXT_RESTS_DAYS)
    decisions: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(
        select(
            Decision.enrolment_id,
            Decision.id,
            Decision.slot,
            Decision.local_on,
            Decision.available,
            Decision.unavailable_reason,
            Decision.action,
            Decision.text_id,
            OutboxMessage.state,
        )
        .outerjoin(OutboxMessage, OutboxMessage.decision_id == Decision.id)
        .where(Decision.enrolment_id.in_(ids), Decision.local_on > since)
        .order_by(Decision.local_on.desc(), Decision.id.desc())
    ):
        decisions[row.enrolment_id].append(row)
    scores: dict[int, int] = {}
    asked: dict[int, date] = {}
    for enrolment_id, asked_on, score in connection.execute(
        select(CheckIn.enrolment_id, CheckIn.asked_on, CheckIn.score)
        .where(CheckIn.enrolment_id.in_(ids), CheckIn.asked_on > since)
        .order_by(CheckIn.asked_on.desc())
    ):
        asked.setdefault(enrolment_id, asked_on)
        if score is not None:
            scores.setdefault(enrolment_id, score)
    return {id: History(decisions[id], scores.get(id), asked.get(id)) for id in ids}


def _plan(row: Row[Any], history: History, catalogue: Catalogue, keys: InstallationKeys, now: datetime) -> Plan:
    facts = facts_from(row, history, catalogue)
    return decide(facts, catalogue, now, partial(keys.draw, row.id, facts.due.slot, facts.due.on))


def facts_from(row: Row[Any], history: History, catalogue: Catalogue) -> DueFacts:
    """The frozen facts of one due enrolment."""
    texted = [one.local_on for one in history.decisions if one.state and one.state not in NEVER_LEFT]
    return DueFacts(
        enrolment_id=row.id,
        due=NextDue(row.next_due_at, row.next_due_on, row.next_slot),
        timing=Timing(
            catalogue.programmes[row.programme],
            row.time_zone,
            row.evening_at,
            row.bedtime_at,
            quiet_hours_from(row.quiet_hours),
        ),
        cadence=row.cadence,
        policy=row.policy,
        starts_on=row.starts_on,
        person=Person(row.language, frozenset(row.exclude), frozenset(row.tags), _past_steps(history)),
        switched_off=frozenset(row.switched_off or ()),
        suppressed=row.suppressed_at is not None,
        held=row.held_for is not None,
        paused_until_on=row.paused_until_on,
        earlier=_earlier_step(history),
        last_texted_on=texted[0] if texted else None,
        prior_score=history.prior_score,
        decided=tuple((one.local_on, one.slot) for one in history.decisions if one.local_on == row.next_due_on),
        asked_today=history.last_asked_on == row.next_due_on,
    )


def _past_steps(history: History) -> tuple[PastStep, ...]:
    return tuple(
        PastStep(one.local_on, one.action, one.text_id)
        for one in history.decisions
        if one.action and one.action != NONE
    )


def _earlier_step(history: History) -> EarlierStep | None:
    """The last decision point that offered, or would have offered, a step; days off the cadence do not count."""
    for one in history.decisions:
        if one.unavailable_reason == "not_due" or (one.available and one.action is None):
            continue
        arrived = one.state is not None and one.state not in (*NEVER_LEFT, *NOT_ARRIVED)
        return EarlierStep(one.id, one.action if arrived and one.action != NONE else None)
    return None


def _write(
    connection: Connection, plans: Sequence[tuple[Row[Any], Plan]], keys: InstallationKeys, now: datetime
) -> None:
    if not plans:
        return
    decision_ids = connection.execute(
        insert(Decision).returning(Decision.id, sort_by_parameter_order=True),
        [_decision_values(row, plan, now) for row, plan in plans],
    ).scalars()
    texts = [
        (_text_values(row, plan.choice, plan.text, decision_id, keys, now), plan.text)
        for (row, plan), decision_id in zip(plans, decision_ids, strict=True)
        if plan.text
    ]
    if texts:
        message_ids = connection.execute(
            insert(OutboxMessage).returning(OutboxMessage.id, sort_by_parameter_order=True),
            [values for values, _ in texts],
        ).scalars()
        check_ins = [
            {
                "enrolment_id": values["enrolment_id"],
                "asked_on": values["local_on"],
                "outbox_message_id": message_id,
                "step_decision_id": text.asks_about,
            }
            for (values, text), message_id in zip(texts, message_ids, strict=True)
            if text.asks
        ]
        if check_ins:
            connection.execute(insert(CheckIn), check_ins)
    connection.execute(
        update(Enrolment)
        .where(Enrolment.id == bindparam("enrolment"))
        .values(next_due_at=bindparam("at"), next_due_on=bindparam("on"), next_slot=bindparam("slot")),
        [
            {"enrolment": row.id, "at": plan.next_due.at, "on": plan.next_due.on, "slot": plan.next_due.slot}
            for row, plan in plans
        ],
    )


def _decision_values(row: Row[Any], plan: Plan, now: datetime) -> dict[str, Any]:
    choice = plan.choice
    return {
        "enrolment_id": row.id,
        "slot": row.next_slot,
        "local_on": row.next_due_on,
        "decided_at": now,
        "available": choice.available,
        "unavailable_reason": choice.unavailable_reason,
        "eligible": list(choice.eligible),
        "probabilities": choice.probabilities or {},
        "policy": row.policy,
        "draw": choice.draw,
        "action": choice.action,
        "text_id": choice.text_id,
        "text_version": choice.text_version,
        "covariates": plan.covariates,
    }


def _text_values(
    row: Row[Any], choice: Choice, text: PlannedText, decision_id: int, keys: InstallationKeys, now: datetime
) -> dict[str, Any]:
    return {
        "enrolment_id": row.id,
        "decision_id": decision_id,
        "kind": "nudge",
        "slot": row.next_slot,
        "local_on": row.next_due_on,
        "body": text.body,
        "text_id": choice.text_id,
        "text_version": choice.text_version,
        "token": keys.token(row.id, row.next_slot, row.next_due_on),
        "state": "queued",
        "due_at": max(now, text.window.opens_at),
        "expires_at": text.window.closes_at,
        "created_at": now,
    }

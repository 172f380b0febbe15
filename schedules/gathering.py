"""Gather the facts of everyone due: who they are, what they had before, and their clinic's library. Decides nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Row, Select, String, cast, func, literal, select

from content.catalogue import Catalogue
from schedules.clinic_library import clinic_catalogue, load_own_texts
from schedules.due import DueFacts, NextDue, Timing
from schedules.history import (
    EARLIER_DAYS,
    RECENT_DAYS,
    History,
    PastCheckIn,
    PastDecision,
    earlier_step,
    last_asked_on,
    prior_score,
    unanswered,
    with_scores,
)
from schedules.local_time import local_date_of
from schedules.models import CheckIn, Clinic, Decision, Enrolment, OutboxMessage, Participant, Suppression
from schedules.policies import needs_outcomes
from schedules.quiet_hours import QuietHours, quiet_hours_from
from schedules.strategy_choice import ASKED_SLOTS, PastStep, Person, days_that_bear


@dataclass(frozen=True, slots=True)
class ClinicRules:
    """What a clinic lays down for all its participants."""

    catalogue: Catalogue
    quiet: QuietHours
    switched_off: frozenset[str]


@dataclass
class Clinics:
    """The rules of clinics, each read once in a planning pass."""

    catalogue: Catalogue
    rules: dict[int, ClinicRules] = field(default_factory=dict)

    def load(self, connection: Connection, rows: Sequence[Row[Any]]) -> None:
        """Make sure of the clinics of some rows."""
        missing = {row.clinic_id: row for row in rows if row.clinic_id not in self.rules}
        own = load_own_texts(connection, missing) if missing else {}
        for clinic_id, row in missing.items():
            self.rules[clinic_id] = ClinicRules(
                clinic_catalogue(self.catalogue, own.get(clinic_id, ())),
                quiet_hours_from(row.quiet_hours),
                frozenset(row.switched_off or ()),
            )


def load_due(connection: Connection, now: datetime, set_aside: Collection[int], limit: int) -> Sequence[Row[Any]]:
    """Enrolments whose decision point has come, longest due first, locked for this transaction; not those set aside."""
    return connection.execute(
        _people(Enrolment.next_due_at, Enrolment.next_due_on, Enrolment.next_slot)
        .where(Enrolment.next_due_at <= now, Enrolment.id.not_in(set_aside))
        .order_by(Enrolment.next_due_at, Enrolment.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Enrolment)
    ).all()


def load_one(connection: Connection, enrolment_id: int, due: NextDue) -> Row[Any]:
    """One enrolment as if its decision point were this one."""
    point = (
        literal(due.at, Enrolment.next_due_at.type).label("next_due_at"),
        literal(due.on, Enrolment.next_due_on.type).label("next_due_on"),
        literal(due.slot).label("next_slot"),
    )
    return connection.execute(_people(*point).where(Enrolment.id == enrolment_id)).one()


def _people(*due: Any) -> Select[Any]:
    """Enrolments with what bears on their decision point, which is given."""
    return (
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
            Enrolment.heard_at,
            *due,
            Participant.clinic_id,
            Participant.language,
            Participant.time_zone,
            Clinic.quiet_hours,
            Clinic.switched_off,
            Suppression.since_at.label("suppressed_at"),
        )
        .join(Participant, Participant.id == Enrolment.participant_id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
    )


Packed = Sequence[str]  # somebody's rows: see `_pack`


@dataclass(frozen=True, slots=True)
class Histories:
    """What went before for each enrolment of a batch, unread: a history is made when it is asked for."""

    steps: dict[int, Packed]
    decisions: dict[int, Packed]
    check_ins: dict[int, Packed]
    scores: dict[int, Packed]

    def of(self, row: Row[Any]) -> History:
        """One enrolment's."""
        steps, scores = _read_steps(self.steps.get(row.id)), self.scores.get(row.id)
        recently = row.next_due_on - timedelta(days=RECENT_DAYS)  # whoever else is in the batch
        return History(
            with_scores(steps, _read_scores(scores)) if scores else steps,
            _read_decisions(self.decisions.get(row.id)),
            [one for one in _read_check_ins(self.check_ins.get(row.id)) if one.asked_on >= recently],
            local_date_of(row.heard_at, row.time_zone) if row.heard_at else None,
        )


def load_histories(connection: Connection, rows: Sequence[Row[Any]], catalogue: Catalogue) -> Histories:
    """What went before for each enrolment of a batch, as far back as its choice may look."""
    ids, first = [row.id for row in rows], min((row.next_due_on for row in rows), default=date.max)
    learning = [row.id for row in rows if needs_outcomes(row.policy)]
    since = first - timedelta(days=days_that_bear(catalogue.strategies, {row.policy for row in rows}))
    recently = first - timedelta(days=RECENT_DAYS)
    return Histories(
        _steps(connection, ids, since),
        _decisions(connection, ids, first - timedelta(days=EARLIER_DAYS)),
        _check_ins(connection, ids, recently),
        _scores(connection, learning, since) if learning else {},
    )


# Thirty evenings for everyone due are many rows, and making objects of them cost more than all the rest of planning:
# the database joins those of a person into one string a column, of which nothing lives longer than their own planning.
# What is in it (dates, numbers, ids, states) never has the sign between two.
_SIGN = ";"


def _pack(connection: Connection, whose: Any, rows: Select[*tuple[Any, ...]], *columns: Any) -> dict[int, Packed]:
    """The rows that a query finds for each enrolment, packed by column."""
    texts = [func.aggregate_strings(func.coalesce(cast(column, String), ""), _SIGN) for column in columns]
    found = connection.execute(rows.with_only_columns(whose, *texts, maintain_column_froms=True).group_by(whose)).all()
    return {enrolment: packed for enrolment, *packed in found}


def _unpack(packed: Packed | None) -> list[tuple[str, ...]]:
    """The rows of `_pack`, latest first where the first column is a date."""
    return sorted(zip(*(column.split(_SIGN) for column in packed), strict=True), reverse=True) if packed else []


def _steps(connection: Connection, ids: Sequence[int], since: date) -> dict[int, Packed]:
    rows = select(Decision).where(
        Decision.enrolment_id.in_(ids), Decision.local_on >= since, Decision.action.is_not(None)
    )
    columns = (Decision.local_on, Decision.action, Decision.text_id, Decision.slot)
    return _pack(connection, Decision.enrolment_id, rows, *columns)


def _read_steps(packed: Packed | None) -> list[PastStep]:
    if not packed:
        return []
    # Not row by row: these are most of what is read.
    days, actions, texts, slots = zip(*_unpack(packed), strict=True)
    text_ids, asked = [text or None for text in texts], [slot in ASKED_SLOTS for slot in slots]
    return list(map(PastStep, map(date.fromisoformat, days), actions, text_ids, repeat(None), asked))


def _decisions(connection: Connection, ids: Sequence[int], since: date) -> dict[int, Packed]:
    rows = (
        select(Decision)
        .outerjoin(OutboxMessage, OutboxMessage.decision_id == Decision.id)
        .where(Decision.enrolment_id.in_(ids), Decision.local_on >= since)
    )
    columns = (
        Decision.local_on,
        Decision.id,
        Decision.slot,
        Decision.available,
        Decision.unavailable_reason,
        Decision.action,
        OutboxMessage.state,
    )
    return _pack(connection, Decision.enrolment_id, rows, *columns)


def _read_decisions(packed: Packed | None) -> list[PastDecision]:
    found = [
        PastDecision(
            int(id),
            date.fromisoformat(on),
            slot,
            available in ("1", "true"),
            reason or None,
            action or None,
            state or None,
        )
        for on, id, slot, available, reason, action, state in _unpack(packed)
    ]
    return sorted(found, key=lambda one: (one.local_on, one.id), reverse=True)


def _check_ins(connection: Connection, ids: Sequence[int], since: date) -> dict[int, Packed]:
    rows = (
        select(CheckIn)
        .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
        .where(CheckIn.enrolment_id.in_(ids), CheckIn.asked_on >= since)
    )
    columns = (CheckIn.asked_on, CheckIn.score, CheckIn.habit, OutboxMessage.state)
    return _pack(connection, CheckIn.enrolment_id, rows, *columns)


def _read_check_ins(packed: Packed | None) -> list[PastCheckIn]:
    return [
        PastCheckIn(
            date.fromisoformat(on),
            int(score) if score else None,
            habit in ("1", "true") if habit else None,
            state,
        )
        for on, score, habit, state in _unpack(packed)
    ]


def _scores(connection: Connection, ids: Sequence[int], since: date) -> dict[int, Packed]:
    rows = select(CheckIn).where(CheckIn.enrolment_id.in_(ids), CheckIn.asked_on >= since, CheckIn.score.is_not(None))
    return _pack(connection, CheckIn.enrolment_id, rows, CheckIn.asked_on, CheckIn.score)


def _read_scores(packed: Packed) -> dict[date, int]:
    return {date.fromisoformat(on): int(score) for on, score in _unpack(packed)}


def facts_from(row: Row[Any], history: History, rules: ClinicRules) -> DueFacts:
    """The frozen facts of one due enrolment."""
    return DueFacts(
        enrolment_id=row.id,
        due=NextDue(row.next_due_at, row.next_due_on, row.next_slot),
        timing=Timing(
            rules.catalogue.programmes[row.programme], row.time_zone, row.evening_at, row.bedtime_at, rules.quiet
        ),
        cadence=row.cadence,
        policy=row.policy,
        starts_on=row.starts_on,
        person=Person(row.language, frozenset(row.exclude), frozenset(row.tags), tuple(history.steps)),
        switched_off=rules.switched_off,
        suppressed=row.suppressed_at is not None,
        held=row.held_for is not None,
        paused_until_on=row.paused_until_on,
        earlier=earlier_step(history),
        last_texted_on=last_asked_on(history),
        prior_score=prior_score(history),
        unanswered=unanswered(history),
        decided=tuple((one.local_on, one.slot) for one in history.decisions if one.local_on == row.next_due_on),
        asked_today=any(check_in.asked_on == row.next_due_on for check_in in history.check_ins[:1]),
    )

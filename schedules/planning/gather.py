"""Gathers the facts of everyone due: the person, their past, and their clinic's library. Decides nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Date, Integer, Select, String, bindparam, null, or_, select

from content.catalogue import Catalogue
from schedules.database.apart import error_name
from schedules.database.prepared import find_all, find_first, in_array, in_constants
from schedules.database.tables.clinics import Clinic, SharedBeliefs
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.tables.safety import DEAD_NUMBER, held_for
from schedules.database.types import UtcInstant
from schedules.decisions.care_texts import CareDates
from schedules.decisions.eligibility import ASKED_SLOTS, PastStep, Recipient, relevant_days
from schedules.decisions.facts import DueFacts
from schedules.decisions.history import (
    EARLIER_DAYS,
    NEVER_SENT,
    RECENT_DAYS,
    STEP_POINTS,
    History,
    PastCheckIn,
    PastDecision,
    drawn_lately,
    is_same_evening,
    is_step_point,
    last_asked_on,
    prior_score,
    step_to_ask_about,
    unanswered,
    with_scores,
)
from schedules.decisions.policies import Beliefs, needs_outcomes
from schedules.planning.clinic_library import clinic_catalogue, load_own_texts
from schedules.planning.rows import CheckInRow, DecisionRow, DueRow, ScoreRow
from schedules.timing.local_time import local_date_of
from schedules.timing.quiet_hours import QuietHours, quiet_hours_from
from schedules.timing.slots import NextDue, asks_in_the_morning, timing_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ClinicRules:
    """A clinic's rules for all its participants; `beliefs` by program, for the adaptive policy."""

    catalogue: Catalogue
    quiet: QuietHours
    switched_off: frozenset[str]
    beliefs: Mapping[str, Beliefs] = field(default_factory=dict)


@dataclass
class ClinicRulesCache:
    """The rules of clinics, each loaded once per planning pass."""

    catalogue: Catalogue
    rules: dict[int, ClinicRules] = field(default_factory=dict)

    def load(self, connection: Connection, rows: Sequence[DueRow]) -> None:
        """Load the rules of the clinics of some rows, unless they are cached."""
        missing = {row.clinic_id: row for row in rows if row.clinic_id not in self.rules}
        own = load_own_texts(connection, missing) if missing else {}
        beliefs = _load_beliefs(connection, missing) if missing else {}
        for clinic_id, row in missing.items():
            try:
                self.rules[clinic_id] = ClinicRules(
                    clinic_catalogue(self.catalogue, own.get(clinic_id, ())),
                    quiet_hours_from(row.quiet_hours),
                    frozenset(row.switched_off or ()),
                    beliefs.get(clinic_id, {}),
                )
            except Exception as error:  # its people are set aside one by one; other clinics are planned
                log.error("clinic_not_read", clinic=clinic_id, reason=error_name(error))


def _load_beliefs(connection: Connection, clinic_ids: Collection[int]) -> dict[int, dict[str, Beliefs]]:
    query = select(SharedBeliefs.clinic_id, SharedBeliefs.programme, SharedBeliefs.steps)
    found: dict[int, dict[str, Beliefs]] = {}
    for clinic, programme, steps in connection.execute(query.where(SharedBeliefs.clinic_id.in_(clinic_ids))):
        found.setdefault(clinic, {})[programme] = {id: (mean, sd) for id, (mean, sd) in steps.items()}
    return found


def _people(*due: Any) -> Select[object]:
    """Select enrollments with everything their decision depends on; the columns of the decision point are given."""
    return (
        select(
            Enrolment.id,
            Enrolment.programme,
            Enrolment.cadence,
            Enrolment.policy,
            Enrolment.policy_since_at,
            Enrolment.starts_on,
            Enrolment.evening_at,
            Enrolment.bedtime_at,
            Enrolment.exclude,
            Enrolment.tags,
            Enrolment.paused_until_on,
            held_for(),
            Enrolment.heard_at,
            Enrolment.iron_test_on,
            Enrolment.onset_asked_on,
            *(Enrolment.chosen_step, Enrolment.chosen_on, Enrolment.plans, Enrolment.plan_due_on),
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


# Longest due first, locked for this transaction. Selects only ids, which can always be read.
DUE_IDS = (
    select(Enrolment.id)
    .where(Enrolment.next_due_at <= bindparam("now", type_=UtcInstant))
    .order_by(Enrolment.next_due_at, Enrolment.id)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)
DUE_ROWS = (
    _people(Enrolment.next_due_at, Enrolment.next_due_on, Enrolment.next_slot)
    .where(in_array(Enrolment.id, "enrolments"))
    .order_by(Enrolment.next_due_at, Enrolment.id)
)
ROW_AT_POINT = _people(
    bindparam("at", type_=UtcInstant).label("next_due_at"),
    bindparam("on", type_=Date).label("next_due_on"),
    bindparam("slot", type_=String).label("next_slot"),
).where(Enrolment.id == bindparam("enrolment"))


def load_due(connection: Connection, now: datetime, set_aside: Collection[int], limit: int) -> list[int]:
    """Return up to `limit` enrollments whose decision point has come, locked, without those set aside."""
    found = find_all(connection, DUE_IDS, now=now, limit=limit + len(set_aside))
    return [row.id for row in found if row.id not in set_aside]


def load_due_rows(connection: Connection, enrolments: Sequence[int]) -> list[DueRow]:
    """Return the rows of some enrollments, longest due first."""
    return find_all(connection, DUE_ROWS, enrolments=list(enrolments))


def load_row_at(connection: Connection, enrolment_id: int, due: NextDue) -> DueRow:
    """Return one enrollment's row as if its decision point were this one."""
    row: DueRow = find_first(connection, ROW_AT_POINT, enrolment=enrolment_id, at=due.at, on=due.on, slot=due.slot)
    return row


@dataclass(frozen=True, slots=True)
class Histories:
    """The past of each enrollment in a batch, as raw rows: a history is built on demand."""

    steps: dict[int, list[PastStep]]
    decisions: dict[int, list[DecisionRow]]
    check_ins: dict[int, list[CheckInRow]]
    scores: dict[int, list[ScoreRow]]

    def of(self, row: DueRow) -> History:
        """Return one enrollment's history."""
        steps, scores = self.steps.get(row.id, []), {one.asked_on: one.score for one in self.scores.get(row.id, ())}
        recently = row.next_due_on - timedelta(days=RECENT_DAYS)  # independent of the rest of the batch
        return History(
            with_scores(steps, scores) if scores else steps,
            _read_decisions(self.decisions.get(row.id, ()), row.next_due_on),
            [one for one in _read_check_ins(self.check_ins.get(row.id, ())) if one.asked_on >= recently],
            local_date_of(row.heard_at, row.time_zone) if row.heard_at else None,
        )


def load_histories(connection: Connection, rows: Sequence[DueRow], catalogue: Catalogue) -> Histories:
    """Load the past of each enrollment in a batch, as far back as its choice may look."""
    ids, first = [row.id for row in rows], min((row.next_due_on for row in rows), default=date.max)
    learning = [row.id for row in rows if needs_outcomes(row.policy)]
    since = first - timedelta(days=relevant_days(catalogue.strategies, {row.policy for row in rows}))
    recently = first - timedelta(days=RECENT_DAYS)
    return Histories(
        _steps_by_enrolment(connection, ids, since),
        _rows_by_enrolment(connection, DECISIONS, ids, since=first - timedelta(days=EARLIER_DAYS)),
        _rows_by_enrolment(connection, CHECK_INS, ids, since=recently),
        _rows_by_enrolment(connection, SCORES, learning, since=since) if learning else {},
    )


_SINCE = bindparam("since", type_=Date)
# Latest first for each person.
STEPS = (
    select(
        *(Decision.enrolment_id, Decision.local_on, Decision.action, Decision.text_id),
        # The fields of a `PastStep`: its score is added later; somebody asked for it, or a coach chose it.
        *(null(), or_(in_constants(Decision.slot, ASKED_SLOTS), Decision.available.is_(False)), Decision.acts_on),
    )
    .where(in_array(Decision.enrolment_id, "enrolments"), Decision.local_on >= _SINCE, Decision.action.is_not(None))
    .order_by(Decision.local_on.desc(), Decision.id.desc())
)
DECISIONS = (
    select(
        *(Decision.enrolment_id, Decision.local_on, Decision.id, Decision.slot, Decision.available),
        *(Decision.unavailable_reason, Decision.action, Decision.acts_on, OutboxMessage.state),
        OutboxMessage.created_at,
    )
    .outerjoin(OutboxMessage, OutboxMessage.decision_id == Decision.id)
    .where(in_array(Decision.enrolment_id, "enrolments"), Decision.local_on >= _SINCE)
    .order_by(Decision.local_on.desc(), Decision.id.desc())
)
CHECK_INS = (
    select(
        *(CheckIn.enrolment_id, CheckIn.asked_on, CheckIn.score, CheckIn.habit, CheckIn.step_decision_id),
        OutboxMessage.state,
    )
    .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
    .where(in_array(CheckIn.enrolment_id, "enrolments"), CheckIn.asked_on >= _SINCE)
    .order_by(CheckIn.asked_on.desc(), CheckIn.id.desc())
)
SCORES = select(CheckIn.enrolment_id, CheckIn.asked_on, CheckIn.score).where(
    in_array(CheckIn.enrolment_id, "enrolments"), CheckIn.asked_on >= _SINCE, CheckIn.score.is_not(None)
)


def _steps_by_enrolment(connection: Connection, enrolments: Sequence[int], since: date) -> dict[int, list[PastStep]]:
    """Group steps by enrollment, as `_rows_by_enrolment` does: planning reads more of them than of anything else."""
    found = _rows_by_enrolment(connection, STEPS, enrolments, since=since)
    return {enrolment: [PastStep._make(row[1:]) for row in rows] for enrolment, rows in found.items()}


def _rows_by_enrolment(
    connection: Connection, statement: Select[*tuple[object, ...]], enrolments: Sequence[int], *, since: date
) -> dict[int, list[Any]]:
    """Group rows by enrollment; enrollments without rows are absent."""
    found: dict[int, list[object]] = {}
    for row in find_all(connection, statement, enrolments=enrolments, since=since):
        found.setdefault(row[0], []).append(row)
    return found


def _read_decisions(rows: Sequence[DecisionRow], today: date) -> list[PastDecision]:
    """Return today's decisions, and earlier ones back to the second last step decision: older ones do not matter."""
    found: list[PastDecision] = []
    step_points = 0
    for row in rows:
        choice = (row.available, row.unavailable_reason, row.action)
        found.append(PastDecision(row.id, row.local_on, row.slot, *choice, row.state, row.created_at, row.acts_on))
        step_points += row.local_on < today and is_step_point(found[-1])
        if step_points == STEP_POINTS:
            break
    return found


def _read_check_ins(rows: Sequence[CheckInRow]) -> list[PastCheckIn]:
    """Return check-ins back to the last one with a score: older ones do not matter."""
    found: list[PastCheckIn] = []
    for row in rows:
        found.append(PastCheckIn(row.asked_on, row.score, row.habit, row.state, row.step_decision_id))
        if row.score is not None and row.state not in NEVER_SENT:
            break
    return found


def facts_from(row: DueRow, history: History, rules: ClinicRules) -> DueFacts:
    """Build the frozen facts of one due enrollment."""
    timing = timing_of(row, rules.catalogue, rules.quiet)
    return DueFacts(
        enrolment_id=row.id,
        due=NextDue(row.next_due_at, row.next_due_on, row.next_slot),
        timing=timing,
        cadence=row.cadence,
        policy=row.policy,
        starts_on=row.starts_on,
        person=Recipient(row.language, frozenset(row.exclude), frozenset(row.tags), tuple(history.steps)),
        switched_off=rules.switched_off,
        suppressed=row.suppressed_at is not None,
        held=row.held_for is not None,
        paused_until_on=row.paused_until_on,
        earlier=step_to_ask_about(history, row.next_due_on, in_the_morning=asks_in_the_morning(timing, row.next_slot)),
        last_texted_on=last_asked_on(history),
        prior_score=prior_score(history),
        unanswered=unanswered(history),
        decided=tuple((one.local_on, one.slot) for one in history.decisions if one.local_on == row.next_due_on),
        same_evening=is_same_evening(history, row.next_slot, row.next_due_at),
        asked_today=any(check_in.asked_on == row.next_due_on for check_in in history.check_ins[:1]),
        number_is_dead=row.held_for == DEAD_NUMBER,
        care=CareDates(row.iron_test_on, row.onset_asked_on),
        drawn=drawn_lately(history, row.next_due_on),
        chosen=row.chosen_step if row.chosen_on == row.next_due_on else None,
        shared=rules.beliefs.get(row.programme, {}) if needs_outcomes(row.policy) else {},
    )

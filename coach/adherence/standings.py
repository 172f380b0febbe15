"""Current standings of participants, over the seven days to today.

Long lists are ordered and counted by the stored `standing` rows; each worker tick refreshes the oldest. Participants
actually shown are recomputed on the spot, and open flags are always read live.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, Row, exists, func, or_, select

from coach.adherence.counts import Counts
from coach.adherence.queries import week_counts
from coach.adherence.triage import Judgement, TriageFacts, judge
from coach.alerts.calls import Calling
from coach.alerts.shared_phones import find_calling
from coach.database.tables import InboundReply, Standing
from schedules.database.apart import isolate_failures
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import load_set_aside, set_aside
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import DEAD_NUMBER, MUTED, SOMEONE_ELSE, DeadNumber, Flag, held_for
from schedules.database.upsert import upsert
from schedules.decisions.next_text import pause_in_force
from schedules.gateway.error_codes import failure_of
from schedules.timing.local_time import local_date_of
from schedules.timing.slots import NextDue

DAYS = 7
RENEW_AFTER = timedelta(minutes=10)
BATCH = 1000
LATEST_REPLIES = 500
COUNTED = ("prompted", "answered", "steps_asked", "done", "undelivered", "score_sum", "score_n")
# A standing does not count the days without a question, so `not_prompted` stays 0.
_LOADED = tuple(name for name in Counts._fields if name != "not_prompted")


@dataclass(frozen=True, slots=True)
class CurrentStanding:
    """One participant now: the counts of the seven days to `last_on`, open flags by id, and the triage judgement.

    `unflagged` leaves out open flags; it is what gets stored, because a flag can close at any moment.
    """

    participant_id: int
    last_on: date
    counts: Counts
    judgement: Judgement
    unflagged: Judgement
    flags: Mapping[int, str]


class TriagedPerson(NamedTuple):
    """What triage needs of a participant besides the counts."""

    id: int
    enrolment_id: int
    status: str
    paused_until_on: date | None
    next_due_at: datetime | None
    next_due_on: date | None
    next_slot: str | None
    clinic_zone: str
    held_for: str | None
    own_hold: str | None
    dead_with: int | None
    asked_before: bool


def load_standings(
    connection: Connection, participant_ids: Collection[int], now: datetime
) -> dict[int, CurrentStanding]:
    """Compute the current standings of some participants."""
    people = _people(connection, participant_ids)
    flags = open_flags(connection, participant_ids)
    counted = _counted(connection, people, now)
    told = {*flags, *(row.id for row in people if row.own_hold == SOMEONE_ELSE)}
    calling = find_calling(connection, told, now) if told else {}
    return {
        row.id: _stands(row, counted.get(row.enrolment_id), flags.get(row.id, {}), now, calling.get(row.id, Calling()))
        for row in people
    }


def open_flags(connection: Connection, participant_ids: Collection[int]) -> dict[int, dict[int, str]]:
    """Return unacknowledged flags by participant: flag id to kind, oldest first."""
    found: dict[int, dict[int, str]] = {}
    for row in connection.execute(
        select(Flag.participant_id, Flag.id, Flag.kind)
        .where(Flag.acknowledged_at.is_(None), Flag.participant_id.in_(participant_ids))
        .order_by(Flag.id)
    ):
        found.setdefault(row.participant_id, {})[row.id] = row.kind
    return found


def _people(connection: Connection, participant_ids: Collection[int]) -> list[TriagedPerson]:
    rows = connection.execute(
        select(
            Participant.id,
            Enrolment.id.label("enrolment_id"),
            Enrolment.status,
            Enrolment.paused_until_on,
            Enrolment.next_due_at,
            Enrolment.next_due_on,
            Enrolment.next_slot,
            Clinic.time_zone.label("clinic_zone"),
            held_for(),
            Enrolment.held_for.label("own_hold"),
            DeadNumber.code.label("dead_with"),
            exists().where(CheckIn.enrolment_id == Enrolment.id).label("asked_before"),
        )
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .outerjoin(DeadNumber, DeadNumber.number_hash == Participant.number_hash)
        .where(Participant.id.in_(participant_ids))
    )
    return [TriagedPerson(*row) for row in rows]


def _counted(connection: Connection, people: Sequence[TriagedPerson], now: datetime) -> dict[int, Row[object]]:
    """Return the counts by enrolment; one query for each local date among the clinics."""
    found: dict[int, Row[object]] = {}
    for last_on in sorted({local_date_of(now, row.clinic_zone) for row in people}):
        ids = [row.enrolment_id for row in people if local_date_of(now, row.clinic_zone) == last_on]
        counts = week_counts(last_on - timedelta(days=DAYS - 1), last_on, now, CheckIn.enrolment_id.in_(ids))
        found |= {row.enrolment_id: row for row in connection.execute(select(counts))}
    return found


def next_due_from(at: datetime | None, on: date | None, slot: str | None) -> NextDue | None:
    """Build the next decision point from its columns, which are set together or not at all."""
    return NextDue(at, on, slot) if at and on and slot else None


def _stands(
    person: TriagedPerson, counted: Row[object] | None, flags: Mapping[int, str], now: datetime, said: Calling
) -> CurrentStanding:
    last_on = local_date_of(now, person.clinic_zone)
    counts = Counts(**{name: int(getattr(counted, name)) for name in _LOADED}) if counted else Counts()
    due = next_due_from(person.next_due_at, person.next_due_on, person.next_slot)
    paused = pause_in_force(person.paused_until_on, due, last_on) is not None
    silent = int(counted.silent) if counted else 0
    dead = failure_of(person.dead_with).words if person.held_for == DEAD_NUMBER else ""
    may_stop, someone_else = person.held_for == "stop_or_not", person.own_hold == SOMEONE_ELSE
    muted = person.own_hold == MUTED
    kinds, before = frozenset(flags.values()), bool(person.asked_before)
    flagged = judge(
        TriageFacts(
            *(counts, person.status, paused, silent, kinds, dead, may_stop),
            *(said.forbidden, someone_else, before, said.under_age, muted),
        )
    )
    lasting = not (flags or may_stop or someone_else or muted)
    unflagged = (
        flagged
        if lasting
        else judge(TriageFacts(counts, person.status, paused, silent, dead_number=dead, asked_before=before))
    )
    return CurrentStanding(person.id, last_on, counts, flagged, unflagged, flags)


def renew_standings(engine: Engine, now: datetime) -> dict[str, int]:
    """Recompute and store the oldest standings (one batch) and those of recent senders. Returns how many."""
    failed: list[tuple[int, Exception]] = []
    with read_transaction(engine) as connection:
        let_be, _ = load_set_aside(connection, "standing", now)
        ids = [id for id in _to_renew(connection, now, BATCH + len(let_be)) if id not in let_be]

        def note(id: int, error: Exception) -> dict[int, CurrentStanding]:
            failed.append((id, error))
            return {}

        parts = isolate_failures(connection, ids, lambda some: load_standings(connection, some, now), note)
    stands = {id: one for part in parts for id, one in part.items()}
    if stands or failed:
        with write_transaction(engine) as connection:
            store_standings(connection, stands.values(), now)
            for id, error in failed:
                set_aside(connection, "standing", id, error, now)
    return {"standings": len(stands)}


def _to_renew(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Participants whose standing is missing, older than `RENEW_AFTER`, or older than a recent reply."""
    oldest = (
        select(Participant.id)
        .join(Enrolment, Enrolment.participant_id == Participant.id)  # erased participants have no enrolment
        .outerjoin(Standing, Standing.participant_id == Participant.id)
        .where(or_(Standing.participant_id.is_(None), Standing.computed_at <= now - RENEW_AFTER))
        .order_by(Standing.computed_at.nulls_first(), Participant.id)
        .limit(limit)
    )
    newest = select(func.max(InboundReply.id)).scalar_subquery()
    written = (
        select(InboundReply.participant_id)
        .join(Standing, Standing.participant_id == InboundReply.participant_id)
        .where(InboundReply.id > newest - LATEST_REPLIES, InboundReply.received_at > Standing.computed_at)
        .distinct()
    )
    return [*{*connection.execute(oldest).scalars(), *connection.execute(written).scalars()}]


def store_standings(connection: Connection, stands: Collection[CurrentStanding], now: datetime) -> None:
    """Upsert standings in order of id, so that two workers block each other but never deadlock."""
    rows = [
        {
            "participant_id": one.participant_id,
            "last_on": one.last_on,
            "computed_at": now,
            "status": one.unflagged.status,
            "rank": one.unflagged.rank,
            **{name: getattr(one.counts, name) for name in COUNTED},
        }
        for one in sorted(stands, key=lambda one: one.participant_id)
    ]
    if rows:
        update = [name for name in rows[0] if name != "participant_id"]
        upsert(connection, Standing, rows, key=("participant_id",), update=update)

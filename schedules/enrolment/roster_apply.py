"""Look up a roster's numbers, and write what `schedules.enrolment.roster_rules` decided.

Decisions are staged in `roster_row`, a few hundred people per transaction. One short transaction then applies them: it
checks that nothing they were based on has changed, and inserts everybody in a few statements that run inside the
database. Before it nobody of the roster exists, after it everybody does. Welcomes follow in batches. Callers hold the
transaction. Decides nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import structlog
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.evenings import Decision
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from schedules.database.tables.people import Suppression as Stop
from schedules.database.tables.rosters import RosterRow
from schedules.database.types import readable
from schedules.enrolment.lifecycle import EnrolmentFacts, agreed_to_be_randomised, welcome_message
from schedules.enrolment.roster_rules import AdmittedEntry, KnownParticipant, NumberFacts
from schedules.events.record import record_consents
from schedules.outbox.queue import enqueue_all
from schedules.timing.quiet_hours import QuietHours, quiet_hours_from
from schedules.timing.slots import NextDue, timing_of

IS_CREATED, IS_UPDATED = RosterRow.what == "created", RosterRow.enrolment_id.is_not(None)
EMPTY_ROW = dict.fromkeys(column.key for column in RosterRow.__table__.columns)

log = structlog.get_logger(__name__)


class ChangedMeanwhileError(RuntimeError):
    """The data the roster was decided from has changed: it must be decided again."""


def load_number_facts(
    connection: Connection,
    hashes: Sequence[str],
    clinic_id: int | None,
    reach: ColumnElement[bool],
    catalogue: Catalogue,
    quiet: QuietHours,
) -> dict[str, NumberFacts]:
    """Load what is known of each number, in a fixed number of queries. `reach`: whom the importer may change."""
    stopped = set(connection.execute(select(Stop.number_hash).where(Stop.number_hash.in_(hashes))).scalars())
    pagers = select(CoachAccount.number_hash).where(CoachAccount.number_hash.in_(hashes))
    paged = set(connection.execute(pagers).scalars())
    known = _load_known(connection, hashes, clinic_id, reach, catalogue, quiet) if clinic_id is not None else {}
    return {one: NumberFacts(one, known.get(one), one in stopped, one in paged) for one in hashes}


def _load_known(
    connection: Connection,
    hashes: Sequence[str],
    clinic_id: int,
    reach: ColumnElement[bool],
    catalogue: Catalogue,
    quiet: QuietHours,
) -> dict[str, KnownParticipant]:
    found = connection.execute(
        select(
            Participant.id,
            Participant.number_hash,
            readable(Participant.first_name),
            *(Participant.language, Participant.time_zone, Participant.coach_id),
            case((reach, 1), else_=0).label("in_reach"),
            Enrolment.id.label("enrolment_id"),
            *(Enrolment.status, Enrolment.programme, Enrolment.cadence, Enrolment.evening_at, Enrolment.bedtime_at),
            *(Enrolment.exclude, Enrolment.tags, Enrolment.policy, agreed_to_be_randomised(), Enrolment.roster),
            *(Enrolment.next_due_at, Enrolment.next_due_on, Enrolment.next_slot),
        )
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .where(Participant.clinic_id == clinic_id, Participant.number_hash.in_(hashes))
    ).all()
    decided = _load_decided(connection, [row.enrolment_id for row in found])
    return {
        row.number_hash: KnownParticipant(
            participant_id=row.id,
            enrolment_id=row.enrolment_id,
            in_reach=bool(row.in_reach),
            status=row.status,
            timing=timing_of(row, catalogue, quiet),
            cadence=row.cadence,
            due=NextDue(row.next_due_at, row.next_due_on, row.next_slot) if row.next_due_at else None,
            first_name=row.first_name,
            language=row.language,
            coach_id=row.coach_id,
            exclude=tuple(row.exclude),
            tags=tuple(row.tags),
            policy=row.policy,
            agreed=bool(row.agreed),
            roster=row.roster or {},
            decided=frozenset(decided[row.enrolment_id]),
        )
        for row in found
    }


def _load_decided(connection: Connection, enrolments: Sequence[int]) -> Mapping[int, set[tuple[date, str]]]:
    """Return the slots of each enrollment's last decided date."""
    last = (
        select(Decision.enrolment_id, func.max(Decision.local_on).label("local_on"))
        .where(Decision.enrolment_id.in_(enrolments))
        .group_by(Decision.enrolment_id)
        .subquery()
    )
    same = and_(Decision.enrolment_id == last.c.enrolment_id, Decision.local_on == last.c.local_on)
    found: dict[int, set[tuple[date, str]]] = defaultdict(set)
    for row in connection.execute(select(Decision.enrolment_id, Decision.local_on, Decision.slot).join(last, same)):
        found[row.enrolment_id].add((row.local_on, row.slot))
    return found


def stage(connection: Connection, import_id: int, admitted: Sequence[AdmittedEntry]) -> None:
    """Stage some decisions."""
    rows = [
        {**EMPTY_ROW, "import_id": import_id, "row": one.enrolled.row, "what": one.enrolled.what, **one.columns}
        for one in admitted
        if one.columns
    ]
    if rows:
        connection.execute(insert(RosterRow), rows)


def unstage(connection: Connection, import_id: int, at_most: int) -> int:
    """Delete some of what was staged. Returns how many rows."""
    some = select(RosterRow.row).where(RosterRow.import_id == import_id).limit(at_most)
    return connection.execute(
        delete(RosterRow).where(RosterRow.import_id == import_id, RosterRow.row.in_(some))
    ).rowcount


def apply_staged(connection: Connection, import_id: int, clinic_id: int, now: datetime) -> None:
    """Create and update everybody staged. Raises ChangedMeanwhileError if their data has changed."""
    mine = RosterRow.import_id == import_id
    _require_unchanged(connection, mine, clinic_id)
    _insert_people(connection, mine, clinic_id, now)
    _record_consents(connection, mine, clinic_id, now)
    _update_people(connection, mine)


def _require_unchanged(connection: Connection, mine: ColumnElement[bool], clinic_id: int) -> None:
    same_number = Participant.number_hash == RosterRow.number_hash
    taken = or_(
        exists().where(Participant.clinic_id == clinic_id, same_number),
        exists().where(CoachAccount.number_hash == RosterRow.number_hash),
    )
    seen = (
        select(Enrolment.id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .join(RosterRow, and_(RosterRow.enrolment_id == Enrolment.id, same_number))
        .where(mine, Enrolment.status == RosterRow.seen_status)
        .where(Enrolment.next_due_at.is_not_distinct_from(RosterRow.seen_due_at))
        .with_for_update(of=Enrolment)
    )
    changed = (
        connection.execute(select(RosterRow.row).where(mine, IS_CREATED, taken).limit(1)).first()
        or connection.execute(
            select(RosterRow.row).where(mine, exists().where(Stop.number_hash == RosterRow.number_hash)).limit(1)
        ).first()
    )
    known = connection.execute(select(func.count()).select_from(RosterRow).where(mine, IS_UPDATED)).scalar_one()
    if changed or len(connection.execute(seen).all() if known else ()) != known:
        raise ChangedMeanwhileError


def _insert_people(connection: Connection, mine: ColumnElement[bool], clinic_id: int, now: datetime) -> None:
    person = ("coach_id", "phone", "number_hash", "first_name", "language", "time_zone")
    people = select(
        literal(clinic_id), literal(now, Participant.created_at.type), *(getattr(RosterRow, name) for name in person)
    ).where(mine, IS_CREATED)
    connection.execute(
        insert(Participant).from_select(["clinic_id", "created_at", *person], people.order_by(RosterRow.row))
    )
    enrolment = (
        *("programme", "cadence", "policy", "policy_since_at", "status", "starts_on", "evening_at", "bedtime_at"),
        *("exclude", "tags", "roster", "next_due_at", "next_due_on", "next_slot"),
    )
    enrolments = (
        select(Participant.id, *(getattr(RosterRow, name) for name in enrolment))
        .join(Participant, _is_of_row(clinic_id))
        .where(mine, IS_CREATED)
        .order_by(RosterRow.row)
    )
    connection.execute(insert(Enrolment).from_select(["participant_id", *enrolment], enrolments))


def _is_of_row(clinic_id: int) -> ColumnElement[bool]:
    return and_(Participant.clinic_id == clinic_id, Participant.number_hash == RosterRow.number_hash)


def _record_consents(connection: Connection, mine: ColumnElement[bool], clinic_id: int, now: datetime) -> None:
    recorded = literal(now, ConsentEvent.recorded_at.type)
    columns = ["participant_id", "kind", "source", "at", "recorded_at"]
    source, randomised = RosterRow.consent_source, RosterRow.randomised_source
    for kind, by, at, whose in (
        ("given", source, RosterRow.consent_at, IS_CREATED),
        ("confirmed", source, recorded, and_(RosterRow.status == "active", source.is_not(None))),
        ("randomised", randomised, recorded, randomised.is_not(None)),
    ):
        events = (
            select(Participant.id, literal(kind), by, at, recorded)
            .join(Participant, _is_of_row(clinic_id))
            .where(mine, whose)
            .order_by(RosterRow.row)
        )
        connection.execute(insert(ConsentEvent).from_select(columns, events))
        record_consents(connection, kind, now, clinic_id, events.with_only_columns(Participant.id))


def _update_people(connection: Connection, mine: ColumnElement[bool]) -> None:
    """Write the roster's new values; a NULL column leaves the existing value."""
    for table, of_row, names in (
        (Participant, Participant.id == RosterRow.participant_id, ("first_name", "language", "time_zone", "coach_id")),
        (
            Enrolment,
            Enrolment.id == RosterRow.enrolment_id,
            (
                *("programme", "cadence", "policy", "policy_since_at", "status", "evening_at", "bedtime_at"),
                *("exclude", "tags", "roster", "next_due_at", "next_due_on", "next_slot"),
            ),
        ),
    ):
        values: dict[str, ColumnElement[object]] = {
            name: func.coalesce(getattr(RosterRow, name), getattr(table, name)) for name in names
        }
        if table is Enrolment:  # as a YES by text does (`lifecycle.confirm`)
            asked = and_(RosterRow.status == "active", Enrolment.held_for == "stop_or_not")
            values["held_for"] = case((asked, None), else_=Enrolment.held_for)
        connection.execute(update(table).where(mine, IS_UPDATED, of_row).values(values))


def participants_by_row(connection: Connection, import_id: int, clinic_id: int) -> dict[int, int]:
    """Return the participants of an applied import, by row."""
    query = select(RosterRow.row, Participant.id).join(Participant, _is_of_row(clinic_id))
    return dict(connection.execute(query.where(RosterRow.import_id == import_id)).all())


def queue_welcomes(
    connection: Connection,
    import_id: int,
    clinic_id: int,
    catalogue: Catalogue,
    keys: InstallationKeys,
    now: datetime,
    at_most: int,
) -> list[tuple[str, int]]:
    """Queue some of the new participants' welcomes and delete their staged rows. Returns what became of whom."""
    clinic = connection.execute(select(Clinic.name, Clinic.quiet_hours).where(Clinic.id == clinic_id)).one()
    quiet = quiet_hours_from(clinic.quiet_hours)
    rows = connection.execute(
        select(
            *(RosterRow.row, RosterRow.what, Participant.id, Participant.number_hash, Participant.language),
            *(Participant.time_zone, Enrolment.id.label("enrolment_id"), Enrolment.status, Enrolment.programme),
            *(Enrolment.evening_at, Enrolment.bedtime_at),
        )
        .join(Participant, _is_of_row(clinic_id), isouter=True)  # an erased person's row is only deleted
        .join(Enrolment, Enrolment.participant_id == Participant.id, isouter=True)
        .where(RosterRow.import_id == import_id)
        .order_by(RosterRow.row)
        .limit(at_most)
    ).all()
    texts = []
    for row in rows:
        if row.what == "created" and row.status == "invited":
            facts = (row.enrolment_id, row.id, row.number_hash, row.language, row.status)
            timing = timing_of(row, catalogue, quiet)
            try:
                texts.append(welcome_message(EnrolmentFacts(*facts, timing, None), clinic.name, catalogue, keys, now))
            except ValueError:  # the clinic has closed its hours since: welcome the others all the same
                log.exception("welcome_impossible", participant=row.id)
    enqueue_all(connection, texts)
    gone = RosterRow.row.in_([row.row for row in rows])
    connection.execute(delete(RosterRow).where(RosterRow.import_id == import_id, gone))
    return [(row.what, row.id) for row in rows if row.id is not None]

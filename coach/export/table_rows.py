"""The rows of an export out of their tables, some people at a time. Decides nothing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from coach.adherence.queries import nights
from coach.database.tables import InboundReply
from coach.export.decisions_csv import DecisionRow, Value, as_values
from content.catalogue import Catalogue
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.decisions.eligibility import ASKED_SLOTS
from schedules.decisions.history import NEVER_LEFT
from schedules.outbox.states import NOT_ARRIVED, SILENT_MEANS_DELIVERED

# Not `facts`: they are what a replay needs, and longer than all the rest together.
DECISION_COLUMNS = (
    *(Decision.id, Decision.enrolment_id, Decision.slot, Decision.local_on, Decision.decided_at, Decision.available),
    *(Decision.unavailable_reason, Decision.eligible, Decision.probabilities, Decision.policy, Decision.draw),
    *(Decision.action, Decision.covariates),
)
EVER = (date(1900, 1, 1), date(9999, 12, 31))


@dataclass(frozen=True)
class ExportContext:
    """Where rows come from. `as_of` is the last instant the database knows of: an export depends on nothing else."""

    connection: Connection
    catalogue: Catalogue
    as_of: datetime
    with_bodies: bool = False


def last_instant(connection: Connection, clinic_id: int) -> datetime | None:
    """When a clinic's latest decision was made."""
    return connection.execute(
        select(func.max(Decision.decided_at))
        .join(Enrolment, Enrolment.id == Decision.enrolment_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Participant.clinic_id == clinic_id)
    ).scalar()


def load_tables(context: ExportContext, participant_ids: Sequence[int]) -> dict[str, dict[int, list[list[Value]]]]:
    """The rows of some people: table to participant to rows in order of time, columns as in `export_columns`."""
    people = _enrolments(context.connection, participant_ids)
    check_ins = _check_ins(context, list(people))
    messages = _outgoing(context, list(people))
    found: dict[str, dict[int, list[list[Value]]]] = {}
    found["participants"] = {row.participant_id: [_participant(row)] for row in people.values()}
    found["decisions"] = defaultdict(list)
    for decision in _decisions(context, people, check_ins, messages):
        found["decisions"][decision.participant_id].append(as_values(decision))
    found["check_ins"] = defaultdict(list)
    for row in check_ins:
        found["check_ins"][people[row.enrolment_id].participant_id].append(_check_in(row, people))
    found["messages"] = _messages(context, people, messages)
    return found


def _enrolments(connection: Connection, participant_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """By enrolment id."""
    rows = connection.execute(
        select(Enrolment.__table__, Participant.language, Participant.time_zone)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Participant.id.in_(participant_ids))
    )
    return {row.id: row for row in rows}


def _check_ins(context: ExportContext, enrolment_ids: Sequence[int]) -> Sequence[Row[Any]]:
    found = nights(*EVER, context.as_of).add_columns(
        CheckIn.id, CheckIn.step_decision_id, CheckIn.outbox_message_id, CheckIn.score_at, CheckIn.habit_at
    )
    return context.connection.execute(
        found.where(CheckIn.enrolment_id.in_(enrolment_ids)).order_by(CheckIn.enrolment_id, CheckIn.asked_on)
    ).all()


def _outgoing(context: ExportContext, enrolment_ids: Sequence[int]) -> list[Any]:
    bodies = [OutboxMessage.body] if context.with_bodies else []
    found = context.connection.execute(
        select(
            *(OutboxMessage.id, OutboxMessage.enrolment_id, OutboxMessage.decision_id, OutboxMessage.kind),
            *(OutboxMessage.state, OutboxMessage.accepted_at, OutboxMessage.created_at),
            *(OutboxMessage.text_id, OutboxMessage.text_version, *bodies),
        ).where(OutboxMessage.enrolment_id.in_(enrolment_ids))
    )
    return list(found)


def _decisions(
    context: ExportContext, people: Mapping[int, Row[Any]], check_ins: Sequence[Row[Any]], messages: Sequence[Any]
) -> Iterator[DecisionRow]:
    asked = {(row.enrolment_id, row.asked_on): row for row in check_ins}
    steps = {row.step_decision_id: row for row in check_ins if row.step_decision_id}
    answered = {row.outbox_message_id for row in check_ins if row.answered}
    texts = {row.decision_id: row for row in messages if row.decision_id}
    rows = context.connection.execute(
        select(*DECISION_COLUMNS)
        .where(Decision.enrolment_id.in_(people))
        .order_by(Decision.enrolment_id, Decision.local_on, Decision.id)
    )
    for row in rows:
        enrolment = people[row.enrolment_id]
        if not is_drawn_at_random(context.catalogue, enrolment.programme, row.slot):
            continue
        outcome = asked.get((row.enrolment_id, row.local_on + timedelta(days=1)))
        step = steps.get(row.id)
        yield DecisionRow(
            participant_id=enrolment.participant_id,
            decision_id=row.id,
            slot=row.slot,
            local_on=row.local_on,
            decided_at=row.decided_at,
            available=row.available,
            unavailable_reason=row.unavailable_reason,
            eligible=tuple(row.eligible),
            probabilities=row.probabilities,
            policy=row.policy,
            draw=row.draw,
            action=row.action,
            delivered=_delivered(texts.get(row.id), answered, context.as_of),
            outcome_score=outcome.score if outcome else None,
            outcome_at=outcome.score_at if outcome else None,
            habit=step.habit if step else None,
            prior_score=row.covariates.get("prior_score"),
            nights_since_start=(row.local_on - enrolment.starts_on).days,
        )


def is_drawn_at_random(catalogue: Catalogue, programme: str, slot: str) -> bool:
    """Whether a slot's decisions are rows of the file: it sends a step (in a programme that the library no longer has,
    every slot is taken to).

    A step that somebody asked for was not offered at random, and is no row of the file.
    """
    if slot in ASKED_SLOTS:
        return False
    known = catalogue.programmes.get(programme)
    return known is None or any(one.id == slot and one.sends_step for one in known.slots)


def _delivered(text: Row[Any] | None, answered: set[int], as_of: datetime) -> bool | None:
    """An answer proves delivery; a carrier silent for 72 hours has delivered; None where nothing is known yet."""
    if text is None:
        return None
    if text.state == "delivered" or text.id in answered:
        return True
    if text.state in NOT_ARRIVED or text.state in NEVER_LEFT:
        return False
    return True if text.accepted_at and text.accepted_at <= as_of - SILENT_MEANS_DELIVERED else None


def _participant(row: Row[Any]) -> list[Value]:
    return [
        *(str(row.participant_id), row.programme, row.cadence, row.policy, row.status, row.language, row.time_zone),
        f"{row.evening_at:%H:%M}",
        f"{row.bedtime_at:%H:%M}" if row.bedtime_at else None,
        *(";".join(row.exclude), ";".join(row.tags), row.starts_on, row.ended_at),
    ]


def _check_in(row: Row[Any], people: Mapping[int, Row[Any]]) -> list[Value]:
    id, step = people[row.enrolment_id].participant_id, row.step_decision_id
    return [id, row.id, row.asked_on, row.state, step, row.score, row.score_at, row.habit, row.habit_at]


def _messages(
    context: ExportContext, people: Mapping[int, Row[Any]], outgoing: Sequence[Any]
) -> dict[int, list[list[Value]]]:
    bodies = [InboundReply.body] if context.with_bodies else []
    incoming = context.connection.execute(
        select(
            *(InboundReply.id, InboundReply.participant_id, InboundReply.received_at, InboundReply.intent),
            *(InboundReply.score, InboundReply.habit, InboundReply.used_as, *bodies),
        ).where(InboundReply.participant_id.in_([row.participant_id for row in people.values()]))
    )
    dated: list[tuple[int, datetime, list[Value]]] = []
    for row in outgoing:
        id, at = people[row.enrolment_id].participant_id, row.accepted_at or row.created_at
        told = [id, f"out-{row.id}", "out", row.kind, at, row.state, row.decision_id, row.text_id, row.text_version]
        dated.append((id, at, [*told, None, None, None, getattr(row, "body", None)]))
    for row in list[Any](incoming):
        told = [row.participant_id, f"in-{row.id}", "in", row.intent, row.received_at, None, None, None, None]
        more = [row.score, row.habit, row.used_as, getattr(row, "body", None)]
        dated.append((row.participant_id, row.received_at, [*told, *more]))
    found: dict[int, list[list[Value]]] = defaultdict(list)
    for id, _, values in sorted(dated, key=lambda one: (one[0], one[1], str(one[2][1]))):
        found[id].append(values)
    return found

"""Load the rows of an export, a batch of participants at a time. Decides nothing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, func, select, true

from coach.adherence.queries import nights
from coach.database.tables import InboundReply
from coach.export.decisions_csv import DecisionRow, Value, as_values
from content.catalogue import Catalogue
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from schedules.decisions.eligibility import ASKED_SLOTS
from schedules.decisions.history import NEVER_SENT, asked_on, outcome_night
from schedules.enrolment.policy_choice import tags_that_bar
from schedules.outbox.states import NOT_ARRIVED, SILENT_MEANS_DELIVERED
from schedules.timing.local_time import local_date_of

# Of `facts` the tags and the plan only: the rest is for a replay, and larger than everything else together.
DECISION_COLUMNS = (
    *(Decision.id, Decision.enrolment_id, Decision.slot, Decision.local_on, Decision.decided_at, Decision.available),
    *(Decision.unavailable_reason, Decision.eligible, Decision.probabilities, Decision.policy, Decision.draw),
    *(Decision.action, Decision.covariates, Decision.programme, Decision.policy_since_at, Decision.acts_on),
    *(Decision.facts["tags"].label("tags"), Decision.facts["exclude"].label("exclude")),
)
EVER = (date(1900, 1, 1), date(9999, 12, 31))
LAST_OUTCOME = timedelta(days=70)  # the longest pause, and some days: by then a step has been asked about


@dataclass(frozen=True)
class ExportContext:
    """What loading rows needs. `as_of` is the time of the latest decision: the clock does not affect an export."""

    connection: Connection
    catalogue: Catalogue
    as_of: datetime
    with_bodies: bool = False


@dataclass(frozen=True, slots=True)
class SentText:
    """A text to a participant. `body` is None in an export without bodies."""

    id: int
    enrolment_id: int
    decision_id: int | None
    kind: str
    state: str
    accepted_at: datetime | None
    created_at: datetime
    text_id: str | None
    text_version: int | None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivedText:
    """A text from a participant. `body` is None in an export without bodies."""

    id: int
    participant_id: int
    received_at: datetime
    intent: str | None
    score: int | None
    habit: bool | None
    used_as: str | None
    body: str | None = None


def last_instant(connection: Connection, clinic_id: int) -> datetime | None:
    """Return the time of a clinic's latest decision, or None."""
    return connection.execute(
        select(func.max(Decision.decided_at))
        .join(Enrolment, Enrolment.id == Decision.enrolment_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Participant.clinic_id == clinic_id)
    ).scalar()


def load_tables(context: ExportContext, participant_ids: Sequence[int]) -> dict[str, dict[int, list[list[Value]]]]:
    """Return rows by table and participant, in order of time, with the columns of `coach.export.columns`."""
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


def load_decisions(context: ExportContext, participant_ids: Sequence[int]) -> Iterator[DecisionRow]:
    """Yield the rows of the decisions file in order of person and time, without whether their texts arrived."""
    people = _enrolments(context.connection, participant_ids)
    yield from _decisions(context, people, _check_ins(context, list(people)), ())


def load_chosen_decisions(context: ExportContext, decision_ids: Sequence[int]) -> list[DecisionRow]:
    """Return chosen rows of the decisions file, with whether their texts arrived. Steps on request have none."""
    connection, chosen = context.connection, Decision.id.in_(decision_ids)
    whose = select(Enrolment.participant_id).join(Decision, Decision.enrolment_id == Enrolment.id).where(chosen)
    people = _enrolments(connection, list(connection.execute(whose.distinct()).scalars()))
    dates = connection.execute(select(func.min(Decision.local_on), func.max(Decision.local_on)).where(chosen)).one()
    if not people:
        return []
    check_ins = _check_ins(context, list(people), (dates[0], dates[1] + LAST_OUTCOME))
    texts = _outgoing(context, list(people), OutboxMessage.decision_id.in_(decision_ids))
    return list(_decisions(context, people, check_ins, texts, chosen))


def _enrolments(connection: Connection, participant_ids: Sequence[int]) -> dict[int, Row[object]]:
    """Return enrolments by id."""
    stopped_at = (
        select(func.max(ConsentEvent.at))
        .where(ConsentEvent.participant_id == Participant.id, ConsentEvent.kind == "opted_out")
        .scalar_subquery()
    )
    rows = connection.execute(
        select(Enrolment.__table__, Participant.language, Participant.time_zone, stopped_at.label("stopped_at"))
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Participant.id.in_(participant_ids))
    )
    return {row.id: row for row in rows}


def _check_ins(
    context: ExportContext, enrolment_ids: Sequence[int], between: tuple[date, date] = EVER
) -> Sequence[Row[object]]:
    found = nights(*between, context.as_of).add_columns(
        *(CheckIn.id, CheckIn.step_decision_id, CheckIn.outbox_message_id, CheckIn.score_at, CheckIn.habit_at),
        CheckIn.programme,
    )
    return context.connection.execute(
        found.where(CheckIn.enrolment_id.in_(enrolment_ids)).order_by(CheckIn.enrolment_id, CheckIn.asked_on)
    ).all()


def _outgoing(
    context: ExportContext, enrolment_ids: Sequence[int], which: ColumnElement[bool] | None = None
) -> list[SentText]:
    bodies = [OutboxMessage.body] if context.with_bodies else []
    found = context.connection.execute(
        select(
            *(OutboxMessage.id, OutboxMessage.enrolment_id, OutboxMessage.decision_id, OutboxMessage.kind),
            *(OutboxMessage.state, OutboxMessage.accepted_at, OutboxMessage.created_at),
            *(OutboxMessage.text_id, OutboxMessage.text_version, *bodies),
        ).where(OutboxMessage.enrolment_id.in_(enrolment_ids), true() if which is None else which)
    )
    return [SentText(**row._asdict()) for row in found]


def _decisions(
    context: ExportContext,
    people: Mapping[int, Row[object]],
    check_ins: Sequence[Row[object]],
    messages: Sequence[SentText],
    which: ColumnElement[bool] | None = None,
) -> Iterator[DecisionRow]:
    asked = {(row.enrolment_id, row.asked_on): row for row in check_ins}
    steps = {row.step_decision_id: row for row in check_ins if row.step_decision_id}
    answered = {row.outbox_message_id for row in check_ins if row.answered}
    texts = {row.decision_id: row for row in messages if row.decision_id}
    barring = {*tags_that_bar(context.catalogue)}
    rows = context.connection.execute(
        select(*DECISION_COLUMNS)
        .where(Decision.enrolment_id.in_(people), true() if which is None else which)
        .order_by(Decision.enrolment_id, Decision.local_on, Decision.id)
    )
    for row in rows:
        enrolment = people[row.enrolment_id]
        if not is_drawn_at_random(context.catalogue, row.programme or enrolment.programme, row.slot):
            continue
        night_on = outcome_night(row.local_on, row.acts_on)
        outcome = asked.get((row.enrolment_id, asked_on(night_on)))
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
            programme=row.programme,
            policy_since_at=row.policy_since_at,
            acts_on=row.acts_on,
            outcome_on=night_on,
            tags=tuple(sorted({*(row.tags or ()), *barring.intersection(row.exclude or ())})),
        )


def is_drawn_at_random(catalogue: Catalogue, programme: str, slot: str) -> bool:
    """Whether a slot's decisions belong in the file: it sends a step, and was not requested by the participant.

    A step on request is not offered at random. All slots of a programme that the library no longer has count as sending
    a step.
    """
    if slot in ASKED_SLOTS:
        return False
    known = catalogue.programmes.get(programme)
    return known is None or any(one.id == slot and one.sends_step for one in known.slots)


def _delivered(text: SentText | None, answered: set[int], as_of: datetime) -> bool | None:
    """Return whether a text arrived; None if unknown. An answer proves it, and so do 72 hours without a receipt."""
    if text is None:
        return None
    if text.state == "delivered" or text.id in answered:
        return True
    if text.state in NOT_ARRIVED or text.state in NEVER_SENT:
        return False
    return True if text.accepted_at and text.accepted_at <= as_of - SILENT_MEANS_DELIVERED else None


def _participant(row: Row[object]) -> list[Value]:
    ended_at = row.ended_at or (row.stopped_at if row.status == "stopped" else None)
    return [
        *(str(row.participant_id), row.programme, row.cadence, row.policy, row.status, row.language, row.time_zone),
        f"{row.evening_at:%H:%M}",
        f"{row.bedtime_at:%H:%M}" if row.bedtime_at else None,
        *(";".join(row.exclude), ";".join(row.tags), row.starts_on, ended_at),
    ]


def _check_in(row: Row[object], people: Mapping[int, Row[object]]) -> list[Value]:
    id, step = people[row.enrolment_id].participant_id, row.step_decision_id
    return [id, row.id, row.asked_on, row.state, step, row.score, row.score_at, row.habit, row.habit_at, row.programme]


def _messages(
    context: ExportContext, people: Mapping[int, Row[object]], outgoing: Sequence[SentText]
) -> dict[int, list[list[Value]]]:
    bodies = [InboundReply.body] if context.with_bodies else []
    incoming = context.connection.execute(
        select(
            *(InboundReply.id, InboundReply.participant_id, InboundReply.received_at, InboundReply.intent),
            *(InboundReply.score, InboundReply.habit, InboundReply.used_as, *bodies),
        ).where(InboundReply.participant_id.in_([row.participant_id for row in people.values()]))
    )
    zones = {row.participant_id: row.time_zone for row in people.values()}
    dated: list[tuple[int, datetime, list[Value]]] = []
    for text in outgoing:
        id, at = people[text.enrolment_id].participant_id, text.accepted_at or text.created_at
        on = local_date_of(at, people[text.enrolment_id].time_zone)
        values: list[Value] = [id, f"out-{text.id}", "out", text.kind, at, on, text.state, text.decision_id]
        dated.append((id, at, [*values, text.text_id, text.text_version, None, None, None, text.body]))
    for reply in (ReceivedText(**row._asdict()) for row in incoming):
        at = reply.received_at
        on = local_date_of(at, zones[reply.participant_id])
        values = [reply.participant_id, f"in-{reply.id}", "in", reply.intent, at, on, None, None, None, None]
        more = [reply.score, reply.habit, reply.used_as, reply.body]
        dated.append((reply.participant_id, at, [*values, *more]))
    found: dict[int, list[list[Value]]] = defaultdict(list)
    for id, _, values in sorted(dated, key=lambda item: (item[0], item[1], str(item[2][1]))):
        found[id].append(values)
    return found

"""Decisions and their outcomes, as the decisions file has them. Callers hold the transaction."""

from datetime import date, datetime, timedelta

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, select, true

from coach.api.shapes import Shape
from coach.export.decisions_csv import DecisionRow
from coach.export.table_rows import ExportContext, load_chosen_decisions
from content.catalogue import Catalogue
from schedules.database.tables.evenings import Decision
from schedules.database.tables.people import Enrolment, Participant
from schedules.decisions.policies import NONE

A_DAY = timedelta(days=1)  # no local date is further from the one in UTC


class DecisionShape(Shape):
    """One decision point at which a step could be offered, and what came of it. What is not known yet is null."""

    participant_id: int
    decision_id: int
    slot: str
    local_date: date
    decided_at: datetime
    available: bool
    unavailable_reason: str | None
    eligible: list[str]
    probabilities: dict[str, float] = Field(description="By step, 'none' included; empty if nothing was drawn.")
    policy: str
    draw: float | None
    action: str | None
    delivered: bool | None
    outcome_score: int | None
    outcome_at: datetime | None
    habit: bool | None
    prior_score: int | None
    nights_since_start: int
    programme: str | None
    policy_since: datetime | None
    acts_on: str | None
    outcome_on: date | None
    tags: list[str]


class DecisionsPage(Shape):
    """A page of decisions in order of id. `next_cursor` leads to the next one; null after the last."""

    decisions: list[DecisionShape]
    next_cursor: str | None


def load_page(
    connection: Connection,
    scope: ColumnElement[bool],
    since: datetime | None,
    after: int,
    limit: int,
    catalogue: Catalogue,
    now: datetime,
) -> DecisionsPage:
    """Load the decisions after an id. A page may be shorter than `limit`: steps on request are left out."""
    recent = _since(since) if since is not None else true()
    ids = list(
        connection.execute(
            select(Decision.id)
            .join(Enrolment, Enrolment.id == Decision.enrolment_id)
            .join(Participant, Participant.id == Enrolment.participant_id)
            .where(scope, Decision.id > after, recent)
            .order_by(Decision.id)
            .limit(limit + 1)
        ).scalars()
    )
    more, ids = len(ids) > limit, ids[:limit]
    rows = load_chosen_decisions(ExportContext(connection, catalogue, now), ids)
    found = sorted(rows, key=lambda row: row.decision_id)
    return DecisionsPage(decisions=[_shape(row) for row in found], next_cursor=str(ids[-1]) if more else None)


def _since(since: datetime) -> ColumnElement[bool]:
    """A condition for what was decided since, which the index by date can use."""
    return (Decision.decided_at >= since) & (Decision.local_on >= since.date() - A_DAY)


def _shape(row: DecisionRow) -> DecisionShape:
    vector = row.probabilities
    return DecisionShape(
        participant_id=row.participant_id,
        decision_id=row.decision_id,
        slot=row.slot,
        local_date=row.local_on,
        decided_at=row.decided_at,
        available=row.available,
        unavailable_reason=row.unavailable_reason,
        eligible=list(row.eligible),
        probabilities={NONE: 0.0} | vector if vector else {},
        policy=row.policy,
        draw=row.draw,
        action=row.action,
        delivered=row.delivered,
        outcome_score=row.outcome_score,
        outcome_at=row.outcome_at,
        habit=row.habit,
        prior_score=row.prior_score,
        nights_since_start=row.nights_since_start,
        programme=row.programme,
        policy_since=row.policy_since_at,
        acts_on=row.acts_on,
        outcome_on=row.outcome_on,
        tags=list(row.tags),
    )

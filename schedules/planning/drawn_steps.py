"""Loads the latest steps of people whose next text depends on them: those at a cadence below every evening."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, select

from schedules.database.tables.evenings import Decision
from schedules.decisions.eligibility import ASKED_SLOTS
from schedules.decisions.history import drawn_step
from schedules.decisions.next_text import NextTextFacts
from schedules.timing.cadence import QUESTION_DAYS, DrawnStep, asks_every_evening


def with_drawn_steps(connection: Connection, people: Mapping[int, NextTextFacts]) -> dict[int, NextTextFacts]:
    """Return the facts by enrollment, completed by the steps whose nights are still to be asked about."""
    less_often = {
        id: one.due.on
        for id, one in people.items()
        if one.due and not asks_every_evening(one.timing.programme, one.cadence)
    }
    if not less_often:
        return dict(people)
    query = select(Decision.enrolment_id, Decision.local_on, Decision.acts_on).where(
        Decision.enrolment_id.in_(less_often),
        Decision.local_on >= min(less_often.values()) - timedelta(days=QUESTION_DAYS),
        Decision.action.is_not(None),
        Decision.slot.not_in(ASKED_SLOTS),
    )
    drawn: dict[int, list[DrawnStep]] = {}
    for row in connection.execute(query):
        drawn.setdefault(row.enrolment_id, []).append(drawn_step(row.local_on, row.acts_on))
    return {id: replace(one, drawn=tuple(drawn.get(id, ()))) for id, one in people.items()}

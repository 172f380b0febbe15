"""Load what a text about somebody's own plan depends on, and read it as one. Writes nothing."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from coach.conversation.gather import Correspondent, StoredText
from coach.conversation.plans.read import as_plan_talk, is_calm
from coach.conversation.state import PlanTalk, State, asked_of
from coach.understanding import Intent, Reading, understand
from coach.understanding.plans.words import read_wish
from content.catalogue import Catalogue
from schedules.database.prepared import find_first
from schedules.database.tables.people import Enrolment, OwnPlan
from schedules.database.types import readable

KNOWN = (
    select(Enrolment.plans, Enrolment.plan_question, Enrolment.plan_until_at, readable(OwnPlan.words))
    .outerjoin(OwnPlan, OwnPlan.enrolment_id == Enrolment.id)
    .where(Enrolment.id == bindparam("enrolment"))
)


def with_plan(
    connection: Connection,
    catalogue: Catalogue,
    state: State,
    correspondent: Correspondent | None,
    message: StoredText,
    reading: Reading,
) -> tuple[State, Reading]:
    """Note in the state what a text says of their plan, and read it as that; danger, stops and medicine come first."""
    wish = read_wish(message.body)
    if correspondent is None or not is_calm(state) or not (wish or correspondent.rows[0].plans):
        return state, reading
    row = find_first(connection, KNOWN, enrolment=correspondent.enrolment.id)
    known = PlanTalk(row.plans, row.words, _asked(row, message.now), wish)
    titles = {id: one.title for id, one in catalogue.strategies.items()}
    talk = as_plan_talk(known, message.body, reading, titles)
    if talk is None:
        return state, reading
    said = Reading(Intent.QUESTION, language=reading.language, why="It is about their own plan.")
    if talk.words and talk.beside:
        name = correspondent.first_name
        beside = understand(talk.beside, asked_of(state.person), name=name)
        said = beside if beside.intent is not Intent.ACK else said
    return replace(state, plan=talk), said


def _asked(row: Any, now: datetime) -> str | None:
    """Return what was asked of their plan, unless that has lapsed."""
    return row.plan_question if row.plan_until_at is not None and row.plan_until_at > now else None

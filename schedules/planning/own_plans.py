"""Gathers the plans in people's own words, and notes what an evening text said of them. Decides nothing."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Connection, select, update

from schedules.database.prepared import find_all, in_array
from schedules.database.tables.people import Enrolment
from schedules.database.tables.people import OwnPlan as OwnPlanRow
from schedules.database.types import readable
from schedules.decisions.facts import Plan
from schedules.decisions.own_plan import ASKED, OwnPlan
from schedules.planning.rows import DueRow
from schedules.timing.local_time import SUNDAY, WEDNESDAY, next_weekday

ASKED_STAYS_OPEN = timedelta(hours=20)  # after the evening's last minute
PLANS = select(
    *(OwnPlanRow.enrolment_id, readable(OwnPlanRow.words), OwnPlanRow.step, OwnPlanRow.weekday, OwnPlanRow.recall_on)
).where(in_array(OwnPlanRow.enrolment_id, "enrolments"))


def load_plans(connection: Connection, rows: Sequence[DueRow]) -> dict[int, OwnPlan]:
    """Load the plans of those who want any, by enrollment. Words that cannot be decrypted count as none."""
    wanting = {row.id: row for row in rows if row.plans}
    if not wanting:
        return {}
    kept = {one.enrolment_id: one for one in find_all(connection, PLANS, enrolments=list(wanting))}
    found = {}
    for id, row in wanting.items():
        own = kept.get(id)
        words = (own.words, own.step, own.weekday, own.recall_on) if own else ()
        found[id] = OwnPlan(row.plans or "", row.plan_due_on, *words)
    return found


def note_plans(connection: Connection, plans: Iterable[tuple[DueRow, Plan]], known: dict[int, OwnPlan]) -> None:
    """Note which plans were asked for, and which are next recalled a week from now."""
    for row, plan in plans:
        if plan.plan_use is None or plan.text is None:
            continue
        tomorrow = row.next_due_on + timedelta(days=1)
        if plan.plan_use == ASKED:
            open_until = plan.text.window.closes_at + ASKED_STAYS_OPEN
            asked = {
                "plan_question": "plan",
                "plan_until_at": open_until,
                "plan_due_on": next_weekday(SUNDAY, tomorrow),
            }
            connection.execute(update(Enrolment).where(Enrolment.id == row.id).values(asked))
        elif known[row.id].step is None:
            again = next_weekday(known[row.id].weekday or WEDNESDAY, tomorrow)
            theirs = OwnPlanRow.enrolment_id == row.id
            connection.execute(update(OwnPlanRow).where(theirs).values(recall_on=again))

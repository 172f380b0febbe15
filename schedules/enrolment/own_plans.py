"""Keep, place and forget somebody's plan in their own words. Callers hold the transaction."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, update

from schedules.database.tables.people import Enrolment, OwnPlan
from schedules.database.upsert import upsert
from schedules.timing.local_time import SUNDAY, next_weekday

COLUMNS = ("words", "step", "weekday", "recall_on", "written_at")


def want_plans(connection: Connection, enrolment_id: int, wanted: str | None, first_evening: date) -> None:
    """Set whether somebody wants plans: `on`, `private` or None. The next Sunday's text asks for one."""
    due_on = next_weekday(SUNDAY, first_evening) if wanted else None
    values = {"plans": wanted, "plan_due_on": due_on, "plan_question": None, "plan_until_at": None}
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment_id).values(values))


def ask_of_plan(connection: Connection, enrolment_id: int, question: str | None, until: datetime | None) -> None:
    """Open a question about somebody's plan, or close it."""
    values = {"plan_question": question, "plan_until_at": until}
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment_id).values(values))


def keep_plan(
    connection: Connection,
    enrolment_id: int,
    words: str,
    place: tuple[str | None, int | None],
    today: date,
    now: datetime,
) -> None:
    """Keep somebody's plan in place of the one before. `place` is its step, or the weekday of one without."""
    step, weekday = place
    kept = {"words": words, "step": step, "weekday": weekday, "recall_on": _first(weekday, today), "written_at": now}
    upsert(connection, OwnPlan, {"enrolment_id": enrolment_id, **kept}, key=("enrolment_id",), update=COLUMNS)
    asked = {
        "plan_due_on": next_weekday(SUNDAY, today + timedelta(days=1)),
        "plan_question": None,
        "plan_until_at": None,
    }
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment_id).values(asked))


def place_plan(connection: Connection, enrolment_id: int, step: str | None, weekday: int | None, today: date) -> None:
    """Say which step a plan is for, or on which weekday it is recalled."""
    place = {"step": step, "weekday": weekday, "recall_on": _first(weekday, today)}
    connection.execute(update(OwnPlan).where(OwnPlan.enrolment_id == enrolment_id).values(place))


def forget_plan(connection: Connection, enrolment_id: int) -> None:
    """Delete somebody's plan."""
    connection.execute(delete(OwnPlan).where(OwnPlan.enrolment_id == enrolment_id))


def _first(weekday: int | None, today: date) -> date | None:
    return next_weekday(weekday, today + timedelta(days=1)) if weekday else None

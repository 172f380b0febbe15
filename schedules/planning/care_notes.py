"""Records in bulk which of the planned texts were about care, and the question that the onset text opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, bindparam, update

from schedules.database.prepared import run_for_rows
from schedules.database.tables.people import Enrolment
from schedules.decisions.care_texts import ONSET
from schedules.decisions.facts import Plan
from schedules.planning.rows import DueRow

ONSET_LAPSES_AFTER = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A due row and its plan."""

    row: DueRow
    plan: Plan


_THIS = update(Enrolment).where(Enrolment.id == bindparam("enrolment"))
ASKED_ONSET = _THIS.values(
    onset_asked_on=bindparam("on"),
    open_question=ONSET,
    open_value=bindparam("value"),
    open_until_at=bindparam("until"),
)
TOLD_IRON_TEST = _THIS.values(iron_test_on=bindparam("on"))


def record_care_texts(connection: Connection, plans: Sequence[PlannedRow]) -> None:
    """Write the date of each text about care; a yes or a no answers its question until the next evening."""
    onset, iron_test = list[tuple[object, ...]](), list[tuple[object, ...]]()
    for one in plans:
        on = one.row.next_due_on
        if one.plan.care_text == ONSET and one.plan.text:
            onset.append((one.row.id, on, on.isoformat(), one.plan.text.window.closes_at + ONSET_LAPSES_AFTER))
        elif one.plan.care_text and one.plan.text:
            iron_test.append((one.row.id, on))
    run_for_rows(connection, ASKED_ONSET, ("enrolment", "on", "value", "until"), onset)
    run_for_rows(connection, TOLD_IRON_TEST, ("enrolment", "on"), iron_test)

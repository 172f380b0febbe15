"""When a coach is on leave, and which colleague stands in: sees their people, and is paged about them.

A coach sets their own, a lead anybody's of the clinic. It ends by itself. Callers hold the transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import aliased

from coach.accounts.clinics import time_zone_of
from coach.accounts.sign_ins import coaches_of
from coach.accounts.signed_in import SignedIn
from coach.audit import record
from coach.database.desk_tables import Leave, on_leave
from schedules.database.tables.clinics import CoachAccount
from schedules.timing.local_time import instant_of, local_date_of

LONGEST = timedelta(days=366)
MIDNIGHT = time(0)


class LeaveError(ValueError):
    """Why leave is not set, in one sentence that says what to do; `field` is what to mend."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class AskedLeave:
    """Leave as it was typed: emails, and dates as `2026-12-04`."""

    coach: str
    first: str
    last: str
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class StaffLeave:
    """One leave that has not ended: from the first day through the last, where the clinic is."""

    id: int
    coach_id: int
    coach: str
    stand_in: str | None
    first_on: date
    last_on: date
    begun: bool


@dataclass(frozen=True, slots=True)
class PlannedLeave:
    """Leave as it is stored: both days included."""

    coach_id: int
    stand_in_id: int | None
    first_on: date
    last_on: date


def plan_leave(asked: AskedLeave, coaches: Mapping[str, int], known: Sequence[StaffLeave], today: date) -> PlannedLeave:
    """Read leave that is asked for; `coaches` are the clinic's, `known` is theirs already. Raises LeaveError."""
    coach, stand_in = asked.coach.strip().lower(), asked.stand_in.strip().lower()
    if coach not in coaches:
        raise LeaveError("coach", "Choose a coach or a lead of your clinic.")
    first, last = _date("first", asked.first), _date("last", asked.last)
    if first < today:
        raise LeaveError("first", "Choose today or a later day as the first day of leave.")
    if not first <= last <= today + LONGEST:
        raise LeaveError("last", "Choose a last day that is not before the first one, at most a year from now.")
    overlapping = {one.coach for one in known if one.first_on <= last and one.last_on >= first}
    if coach in overlapping:
        raise LeaveError("first", "Leave is set for some of these days already: end that first, or choose other days.")
    if stand_in and (stand_in not in coaches or stand_in == coach):
        raise LeaveError("stand_in", "Choose a colleague of your clinic to stand in, or nobody.")
    if stand_in in overlapping:
        raise LeaveError("stand_in", "This colleague is on leave on some of these days: choose somebody else.")
    return PlannedLeave(coaches[coach], coaches[stand_in] if stand_in else None, first, last)


def _date(field: str, typed: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        which = "first" if field == "first" else "last"
        raise LeaveError(field, f"Choose the {which} day of leave, such as 2026-12-04.") from None


def set_leave(
    connection: Connection, by: SignedIn, clinic_id: int | None, asked: AskedLeave, now: datetime
) -> StaffLeave:
    """Store leave. Raises LeaveError, LookupError for a coach who asks for somebody else."""
    if by.role == "coach" and asked.coach.strip().lower() != by.email:
        raise LookupError("a coach sets only their own leave")
    here = time_zone_of(connection, clinic_id)
    coaches = active_coaches(connection, clinic_id)
    plan = plan_leave(asked, coaches, load_leave(connection, clinic_id, now), local_date_of(now, here))
    values = {
        "coach_id": plan.coach_id,
        "stand_in_id": plan.stand_in_id,
        "begins_at": instant_of(plan.first_on, MIDNIGHT, here),
        "ends_at": instant_of(plan.last_on + timedelta(days=1), MIDNIGHT, here),
    }
    made = connection.execute(insert(Leave).values(**values).returning(Leave.id)).scalar_one()
    detail = {
        "what": "leave",
        "first": plan.first_on.isoformat(),
        "last": plan.last_on.isoformat(),
        "stand_in": f"account {plan.stand_in_id}" if plan.stand_in_id else None,
    }
    record(connection, by.email, "changed", f"account {plan.coach_id}", now, clinic_id, detail)
    return next(one for one in load_leave(connection, clinic_id, now) if one.id == made)


def end_leave(connection: Connection, by: SignedIn, clinic_id: int | None, leave_id: int, now: datetime) -> StaffLeave:
    """End a leave now, or call off one that has not begun. Raises LookupError for one that is not theirs to end."""
    leave = next((one for one in load_leave(connection, clinic_id, now) if one.id == leave_id), None)
    if leave is None or (by.role == "coach" and leave.coach_id != by.id):
        raise LookupError("this leave is not theirs to end")
    if leave.begun:
        connection.execute(update(Leave).where(Leave.id == leave_id).values(ends_at=now))
    else:
        connection.execute(delete(Leave).where(Leave.id == leave_id))
    today = local_date_of(now, time_zone_of(connection, clinic_id)).isoformat()
    last = {"last_from": leave.last_on.isoformat(), "last_to": today if leave.begun else None}
    detail = {"what": "leave", "first": leave.first_on.isoformat(), **last}
    record(connection, by.email, "changed", f"account {leave.coach_id}", now, clinic_id, detail)
    return leave


def active_coaches(connection: Connection, clinic_id: int | None) -> dict[str, int]:
    """The coaches and leads of a clinic who may sign in, by email."""
    known = coaches_of(connection, clinic_id or 0)
    active = select(CoachAccount.id).where(CoachAccount.id.in_(known.values()), CoachAccount.active)
    there = set(connection.execute(active).scalars())
    return {email: id for email, id in sorted(known.items()) if id in there}


def load_leave(connection: Connection, clinic_id: int | None, now: datetime) -> list[StaffLeave]:
    """The leave of a clinic's staff that has not ended, the next first."""
    stand_in = aliased(CoachAccount)
    rows = connection.execute(
        select(Leave.id, Leave.coach_id, CoachAccount.email, stand_in.email, Leave.begins_at, Leave.ends_at)
        .join(CoachAccount, CoachAccount.id == Leave.coach_id)
        .outerjoin(stand_in, stand_in.id == Leave.stand_in_id)
        .where(CoachAccount.clinic_id == clinic_id, Leave.ends_at > now)
        .order_by(Leave.begins_at, Leave.id)
    ).all()
    here = time_zone_of(connection, clinic_id) if rows else ""
    return [
        StaffLeave(
            *row[:4], local_date_of(row[4], here), local_date_of(row[5] - timedelta(seconds=1), here), row[4] <= now
        )
        for row in rows
    ]


def find_covered(connection: Connection, coach_id: int, now: datetime) -> tuple[int, ...]:
    """The colleagues on leave for whom this account stands in now."""
    theirs = select(Leave.coach_id).where(Leave.stand_in_id == coach_id, on_leave(now))
    return tuple(connection.execute(theirs.order_by(Leave.coach_id)).scalars())

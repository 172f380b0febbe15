"""Write what a text says of the sender's own plan. Callers hold the transaction."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from coach.conversation.gather import Correspondent
from coach.conversation.intentions import AskPlan, Intention, KeepPlan, PlacePlan, WantPlans
from coach.conversation.rules.commands import first_evening
from schedules.enrolment.own_plans import ask_of_plan, forget_plan, keep_plan, place_plan, want_plans

STAYS_OPEN = timedelta(hours=20)
PLAN_INTENTIONS = (WantPlans, AskPlan, KeepPlan, PlacePlan)


def apply_plan(connection: Connection, found: Correspondent, one: Intention, now: datetime) -> None:
    """Write one intention about a plan."""
    enrolment, today = found.enrolment.id, found.person.today
    if isinstance(one, WantPlans):
        want_plans(connection, enrolment, one.wanted, first_evening(found.person))
        if one.wanted is None:
            forget_plan(connection, enrolment)
    elif isinstance(one, AskPlan):
        ask_of_plan(connection, enrolment, one.question, now + STAYS_OPEN if one.question else None)
    elif isinstance(one, KeepPlan):
        keep_plan(connection, enrolment, one.words, (one.step, one.weekday), today, now)
    elif isinstance(one, PlacePlan):
        place_plan(connection, enrolment, one.step, one.weekday, today)

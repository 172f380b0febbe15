"""A few people who live through some evenings and answer."""

from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Enrolment
from tests.support import TestClock, enrol, person, rows, say, tick


def live(runtime: Runtime, clock: TestClock, policy: str, evenings: int) -> None:
    """Three people; number n says `(evening * n) % 9` and that they did the step, at each of their evenings."""
    enrol(runtime, person(1), person(2, exclude="fall_risk", language="es"), person(3, bedtime="22:30"))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(policy=policy))
    for evening in range(evenings):
        clock.shows = rows(runtime.engine, Enrolment)[0].next_due_at
        tick(runtime)
        for number in (1, 2, 3):
            say(runtime, f"+1415555{number:04d}", f"{(evening * number) % 9} yes")

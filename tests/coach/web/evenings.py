"""Evenings of texts and answers, for pages that tell of them."""

from datetime import timedelta

from sqlalchemy import update

from coach.adherence.standings import renew_standings
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from tests.support import TestClock, say, tick

MARIA, GEORGE = "+14155550001", "+14155550002"


def arrive(runtime: Runtime) -> None:
    """The carrier says of everything that it has arrived."""
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).where(OutboxMessage.state == "accepted").values(state="delivered"))


def evenings(runtime: Runtime, clock: TestClock, days: int, answer: str | None = "4 yes", phone: str = MARIA) -> None:
    """Days of texts, each answered, in the participant's own words, half an hour later."""
    for _ in range(days):
        clock.shows = clock.shows.replace(hour=1, minute=0) + timedelta(days=1)  # 20:00 in New York
        tick(runtime)
        arrive(runtime)
        clock.forward(minutes=30)
        if answer:
            say(runtime, phone, answer)
    renew_standings(runtime.engine, clock())

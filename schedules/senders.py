"""The row that all workers share for one sending number or service. Decides nothing: `schedules.pacing` does."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from schedules.gateway import Outcome
from schedules.models_of_work import Sender
from schedules.pacing import Line, after


def load_line(connection: Connection, name: str, *, to_change: bool = False) -> Line:
    """The state of a sender; with `to_change` nobody else changes it until the transaction ends."""
    wanted = select(Sender.next_free_at, Sender.shut_until_at, Sender.shut_for, Sender.trips).where(Sender.name == name)
    row = connection.execute(wanted.with_for_update() if to_change else wanted).first()
    if row is None and to_change:
        return _first(connection, name)
    return Line(*row) if row else Line()


def _first(connection: Connection, name: str) -> Line:
    try:
        with connection.begin_nested():
            connection.execute(insert(Sender).values(name=name))
    except IntegrityError:  # another worker's row came first
        return load_line(connection, name, to_change=True)
    return Line()


def record_line(connection: Connection, name: str, line: Line) -> None:
    """Store a sender's new state."""
    connection.execute(update(Sender).where(Sender.name == name).values(**asdict(line)))


def record_round(connection: Connection, name: str, outcomes: Sequence[Outcome], now: datetime) -> Line:
    """Record what a round of texts says about the sender. Returns its state."""
    before = load_line(connection, name)
    if after(before, outcomes, now) == before:
        return before
    line = after(load_line(connection, name, to_change=True), outcomes, now)
    record_line(connection, name, line)
    return line

"""The row that all workers share for one sending number or service. Decides nothing.

`schedules.dispatch.rate_limit` does.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from schedules.database.prepared import one_of
from schedules.database.tables.messages import DeliveryReceipt
from schedules.database.tables.work import Sender
from schedules.dispatch.rate_limit import IN_A_ROW, Line, after, after_loss
from schedules.gateway.error_codes import failure_of
from schedules.gateway.protocol import Outcome

LAST_WORDS = ("delivered", "read", "undelivered", "failed")
# Where carriers send no receipts of what arrives, an old loss must not keep the line half shut.
LOST_LATELY = timedelta(minutes=10)


def load_line(connection: Connection, name: str, *, to_change: bool = False) -> Line:
    """The state of a sender; with `to_change` nobody else changes it until the transaction ends."""
    wanted = select(*(getattr(Sender, column.name) for column in fields(Line))).where(Sender.name == name)
    row = connection.execute(wanted.with_for_update() if to_change else wanted).first()
    if row is None and to_change:
        return _first(connection, name)
    return Line(*row) if row else Line()


def load_lines(connection: Connection) -> dict[str, Line]:
    """Every sender's state by its name."""
    columns = [getattr(Sender, column.name) for column in fields(Line)]
    rows = connection.execute(select(Sender.name, *columns).order_by(Sender.name))
    return {name: Line(*line) for name, *line in rows}


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
    losing = before.shut_for == "texts_lost" and _lost_with(connection, now) is not None
    if after(before, outcomes, now, losing=losing) == before:
        return before
    line = after(load_line(connection, name, to_change=True), outcomes, now, losing=losing)
    record_line(connection, name, line)
    return line


def record_loss(connection: Connection, name: str, now: datetime) -> None:
    """Shut the line if the latest receipts all say that texts are lost for a fault of the account or the sender."""
    code = _lost_with(connection, now)
    if code is not None:
        record_line(connection, name, after_loss(load_line(connection, name, to_change=True), code, now))


def _lost_with(connection: Connection, now: datetime) -> int | None:
    """The code of the latest receipts that were a last word, if each of them has one that is everybody's."""
    latest = (
        select(DeliveryReceipt.error_code)
        .where(one_of(DeliveryReceipt.status, LAST_WORDS), DeliveryReceipt.received_at > now - LOST_LATELY)
        .order_by(DeliveryReceipt.id.desc())
        .limit(IN_A_ROW)
    )
    codes = connection.execute(latest).scalars().all()
    lost = len(codes) == IN_A_ROW and all(failure_of(code).then == "shut" for code in codes)
    return codes[0] if lost else None

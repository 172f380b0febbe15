"""Many rows a person as one string: what is read back is what SQLAlchemy finds row by row, on both databases."""

from typing import Any

from sqlalchemy import Engine, bindparam, select, update

from schedules.db import reading, writing
from schedules.models import CheckIn
from schedules.packing import find_packed, packed, unpack, values_of
from tests.benchmarks.bench_planning import DUE_AT, EVENINGS, enrol, write_history

COLUMNS = (CheckIn.asked_on, CheckIn.id, CheckIn.score, CheckIn.habit)
FROM_SECOND = packed(CheckIn.enrolment_id, select(CheckIn).where(CheckIn.id >= bindparam("first")), *COLUMNS)


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def as_read(line: str) -> list[str]:
    """A packed row; the databases write a truth in two ways."""
    *values, habit = values_of(line)
    return [*values, {"1": "yes", "t": "yes", "0": "no", "f": "no", "": ""}[habit]]


def test_rows_come_back_by_person_latest_first(engine: Engine) -> None:
    enrol(engine, 3, "rotation", DUE_AT)
    with writing(engine) as connection:
        write_history(connection, 3)
        connection.execute(update(CheckIn).where(CheckIn.id.in_([5, 6])).values(score=None, habit=None))
    with reading(engine) as connection:
        found = find_packed(connection, FROM_SECOND, [2, 3, 99], first=2)
        assert found.keys() == {2, 3}
        for enrolment in (2, 3):
            rows = select(*COLUMNS).where(CheckIn.enrolment_id == enrolment).order_by(CheckIn.asked_on.desc())
            wanted = [[as_text(value) for value in row] for row in connection.execute(rows).all()]
            assert [as_read(line) for line in unpack(found[enrolment])] == wanted
            assert len(wanted) == EVENINGS
    assert unpack(None) == []

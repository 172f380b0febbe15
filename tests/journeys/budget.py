"""What one write transaction may do, counted in statements and rows, so that it does not depend on the machine.

On SQLite a statement costs some hundredth of a millisecond, and a row of many at once less: these bounds keep
a transaction well below the 0.2 s of `schedules.database.write_times`, on a machine that is not itself overloaded.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event

from schedules.database import write_times as door

STATEMENTS, ROWS = 400, 5_000
# They run before anybody uses the installation, or beside nobody.
MAY_BE_LONG = ("coach.database.schema.", "coach.demo.", "tests.")


@dataclass
class Counted:
    """The most that one transaction of each caller has done."""

    statements: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def over(self) -> dict[str, tuple[int, int]]:
        return {
            caller: (self.statements[caller], self.rows[caller])
            for caller in self.statements
            if not caller.startswith(MAY_BE_LONG) and (self.statements[caller] > STATEMENTS or self.rows[caller] > ROWS)
        }


@contextmanager
def counted_writes() -> Iterator[Counted]:
    """Counts every writing transaction of this process."""
    counted, under_way = Counted(), threading.local()

    def executed(_c: Connection, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        if sql.startswith("BEGIN"):
            under_way.statements = under_way.rows = 0
        under_way.statements = getattr(under_way, "statements", 0) + 1
        under_way.rows = getattr(under_way, "rows", 0) + (len(values) if many else 1)

    def ended(written: door.WriteTiming) -> None:
        statements, rows = getattr(under_way, "statements", 0), getattr(under_way, "rows", 0)
        counted.statements[written.caller] = max(counted.statements[written.caller], statements)
        counted.rows[written.caller] = max(counted.rows[written.caller], rows)
        under_way.statements = under_way.rows = 0

    event.listen(Engine, "before_cursor_execute", executed)
    door.WATCHERS.append(ended)
    try:
        yield counted
    finally:
        door.WATCHERS.remove(ended)
        event.remove(Engine, "before_cursor_execute", executed)

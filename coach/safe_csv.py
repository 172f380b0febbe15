"""CSV that a spreadsheet takes for data, never for a formula: every CSV that leaves us is written here. Pure."""

from collections.abc import Iterable
from typing import IO, Any

import defusedcsv.csv

Cell = str | int | float | None
# What defusedcsv leaves out: white space that some programs skip, and the wide forms that some take for = + - @.
ALSO_BEGINS_A_FORMULA = ("\t", "\r", "\n", "＝", "＋", "－", "＠")


class SafeWriter:
    """As `csv.writer` (RFC 4180 line ends); a cell that could be a formula begins with an apostrophe."""

    def __init__(self, out: IO[str]) -> None:
        self._writer: Any = defusedcsv.csv.writer(out)

    def writerow(self, row: Iterable[Cell]) -> None:
        """Write one line."""
        self._writer.writerow(map(safe_cell, row))

    def writerows(self, rows: Iterable[Iterable[Cell]]) -> None:
        """Write lines."""
        self._writer.writerows(map(safe_cell, row) for row in rows)


def safe_cell(cell: Cell) -> Cell:
    """The cell, marked as text if defusedcsv would not do it."""
    return f"'{cell}" if type(cell) is str and cell.startswith(ALSO_BEGINS_A_FORMULA) else cell

"""Write CSV whose cells a spreadsheet never runs as formulas. Every CSV file we produce is written here. Pure."""

from collections.abc import Iterable
from typing import IO, Any

import defusedcsv.csv

Cell = str | int | float | None
# Not covered by defusedcsv: white space that some programs skip, and full-width forms of = + - @.
FORMULA_PREFIXES = ("\t", "\r", "\n", "＝", "＋", "－", "＠")


class SafeWriter:
    """Like `csv.writer` (RFC 4180 line endings), but prefixes cells that could be formulas with an apostrophe."""

    def __init__(self, out: IO[str]) -> None:
        self._writer: Any = defusedcsv.csv.writer(out)

    def writerow(self, row: Iterable[Cell]) -> None:
        """Write one row."""
        self._writer.writerow(map(safe_cell, row))

    def writerows(self, rows: Iterable[Iterable[Cell]]) -> None:
        """Write rows."""
        self._writer.writerows(map(safe_cell, row) for row in rows)


def safe_cell(cell: Cell) -> Cell:
    """Prefix a cell that defusedcsv does not recognize as a formula."""
    return f"'{cell}" if type(cell) is str and cell.startswith(FORMULA_PREFIXES) else cell

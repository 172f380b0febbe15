"""Writing an export: each table as CSV and Parquet beside its data dictionary, whole or not at all.

The same rows give the same bytes: nothing in the files tells when they were written.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from coach.export.columns import TABLES, Column, Kind, data_dictionary
from coach.export.decisions_csv import Value, as_cell
from coach.safe_csv import SafeWriter

DICTIONARY = "data-dictionary.md"
TYPES = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
}
FILES = (*(f"{table}.{kind}" for table in TABLES for kind in ("csv", "parquet")), DICTIONARY)


@dataclass(frozen=True)
class TableFiles:
    """The two open files of one table."""

    columns: Sequence[Column]
    csv: SafeWriter
    parquet: pq.ParquetWriter

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        """Append rows to both."""
        self.csv.writerows(map(as_cell, row) for row in rows)
        if rows:
            arrays = [
                _array(values, column) for values, column in zip(zip(*rows, strict=True), self.columns, strict=True)
            ]
            self.parquet.write_table(pa.Table.from_arrays(arrays, schema=self.parquet.schema))


def _array(values: Sequence[Value], column: Column) -> pa.Array:
    """Ids are numbers in the database and pseudonyms without identity: text in both."""
    if column.kind is Kind.TEXT:
        values = [None if value is None else str(value) for value in values]
    return pa.array(values, TYPES[column.kind])


@contextmanager
def open_files(folder: Path) -> Iterator[dict[str, TableFiles]]:
    """All tables, empty, in a folder of their own, with the data dictionary. Complete when the block has ended."""
    with ExitStack() as opened:
        files = {}
        for table, columns in TABLES.items():
            file = opened.enter_context((folder / f"{table}.csv").open("w", encoding="utf-8", newline=""))
            schema = pa.schema([pa.field(column.name, TYPES[column.kind]) for column in columns])
            parquet = opened.enter_context(pq.ParquetWriter(folder / f"{table}.parquet", schema, compression="zstd"))
            writer = SafeWriter(file)
            writer.writerow([column.name for column in columns])
            files[table] = TableFiles(columns, writer, parquet)
        (folder / DICTIONARY).write_text(data_dictionary(), encoding="utf-8")
        yield files


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, whose files appear under `folder` only when the block has ended without an error.

    They are readable by their owner alone. Other files of `folder` stay.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=folder) as part:
        yield Path(part)
        for name in FILES:
            (Path(part) / name).chmod(0o600)
            (Path(part) / name).replace(folder / name)

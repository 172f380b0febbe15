"""A table of an export as Parquet. Needs PyArrow: the extra `parquet`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from coach.export.columns import Column, ColumnKind
from coach.export.decisions_csv import Value

TYPES = {
    ColumnKind.TEXT: pa.string(),
    ColumnKind.WHOLE: pa.int64(),
    ColumnKind.NUMBER: pa.float64(),
    ColumnKind.FLAG: pa.bool_(),
    ColumnKind.DATE: pa.date32(),
    ColumnKind.INSTANT: pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class ParquetFile:
    """An open file of one table."""

    columns: Sequence[Column]
    writer: pq.ParquetWriter

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        """Append rows."""
        if rows:
            columns = zip(zip(*rows, strict=True), self.columns, strict=True)
            arrays = [_array(values, column) for values, column in columns]
            self.writer.write_table(pa.Table.from_arrays(arrays, schema=self.writer.schema))


def _array(values: Sequence[Value], column: Column) -> pa.Array:
    """Ids are numbers in the database and pseudonyms without identity: text in both."""
    if column.kind is ColumnKind.TEXT:
        values = [None if value is None else str(value) for value in values]
    return pa.array(values, TYPES[column.kind])


@contextmanager
def open_parquet(path: Path, columns: Sequence[Column]) -> Iterator[ParquetFile]:
    """An empty table; complete when the block has ended."""
    schema = pa.schema([pa.field(column.name, TYPES[column.kind]) for column in columns])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        yield ParquetFile(columns, writer)

"""Write an export: each table as CSV, and as Parquet where PyArrow is installed, beside its data dictionary.

The export is whole or not there at all. The same rows give the same bytes: nothing in the files tells when they were
written.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from coach.export.columns import TABLES, Column, data_dictionary
from coach.export.decisions_csv import Value, as_cell
from coach.safe_csv import SafeWriter

if TYPE_CHECKING:
    from coach.export.parquet import ParquetFile

DICTIONARY = "data-dictionary.md"
NO_PARQUET = "Parquet files were left out: they need PyArrow, which `pip install pyarrow` installs."


@dataclass(frozen=True)
class TableFiles:
    """The open files of one table; without PyArrow there is no Parquet."""

    csv: SafeWriter
    parquet: "ParquetFile | None"

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        """Append rows to each."""
        self.csv.writerows(map(as_cell, row) for row in rows)
        if self.parquet:
            self.parquet.write(rows)


def has_parquet() -> bool:
    """Whether PyArrow, an optional extra of 170 MB, is installed."""
    return find_spec("pyarrow") is not None


@contextmanager
def open_files(folder: Path, *, deidentified: bool = False) -> Iterator[dict[str, TableFiles]]:
    """All tables, empty, in a folder of their own, with the data dictionary. Complete when the block has ended."""
    with ExitStack() as opened:
        files = {}
        for table, columns in TABLES.items():
            file = opened.enter_context((folder / f"{table}.csv").open("w", encoding="utf-8", newline=""))
            writer = SafeWriter(file)
            writer.writerow([column.name for column in columns])
            typed = [replace(one, kind=one.deidentified_kind) for one in columns] if deidentified else columns
            files[table] = TableFiles(writer, _open_parquet(opened, folder / f"{table}.parquet", typed))
        (folder / DICTIONARY).write_text(data_dictionary(), encoding="utf-8")
        yield files


def _open_parquet(opened: ExitStack, path: Path, columns: Sequence[Column]) -> "ParquetFile | None":
    if not has_parquet():
        return None
    from coach.export.parquet import open_parquet  # noqa: PLC0415  (only where the extra is installed)

    return opened.enter_context(open_parquet(path, columns))


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, whose files appear under `folder` only when the block has ended without an error.

    They are readable by their owner alone. Other files of `folder` stay.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=folder) as part:
        yield Path(part)
        for path in sorted(Path(part).iterdir()):
            path.chmod(0o600)
            path.replace(folder / path.name)
        if not has_parquet():
            for table in TABLES:  # those of an earlier export would not fit the rest
                (folder / f"{table}.parquet").unlink(missing_ok=True)

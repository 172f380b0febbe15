"""Keep the demo's history for a few hours, so that the next start need not make it again.

The copy is taken before anybody uses the demo: every start begins with the same people and the same six weeks.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

ROOMS = ("coach", "content", "schedules")
GOOD_FOR = timedelta(hours=6)  # later, too many evenings would be without replies


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a history was written with; `sign_in` is the printed password."""

    secret_key: str
    data_keys: str
    sign_in: str


@dataclass(frozen=True, slots=True)
class SavedHistory:
    """Where a history is kept: the database, and a file beside it with what it was written with."""

    database: Path

    @property
    def _notes(self) -> Path:
        return self.database.with_suffix(".json")

    def restore(self, to: Path, now: datetime) -> tuple[Secrets, datetime] | None:
        """Copy the kept history to `to`; return its secrets and its last instant, or None if there is no usable one."""
        try:
            notes = json.loads(self._notes.read_text())
            ends_at = datetime.fromisoformat(notes["ends_at"])
            fits = notes["made_from"] == made_from() and notes["holds"] == digest([self.database])
            if not fits or not ends_at <= now < ends_at + GOOD_FOR:
                return None
            shutil.copyfile(self.database, to)
            to.chmod(0o600)
            return Secrets(**notes["secrets"]), ends_at
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, of: Path, secrets: Secrets, ends_at: datetime) -> None:
        """Keep the history in `of`, a SQLite file that nobody has open, readable by this user alone."""
        self._notes.unlink(missing_ok=True)
        shutil.copyfile(of, self.database)
        self.database.chmod(0o600)
        notes = {"made_from": made_from(), "holds": digest([self.database])}
        self._notes.touch(0o600)
        self._notes.write_text(json.dumps(notes | {"ends_at": ends_at.isoformat(), "secrets": asdict(secrets)}))


def made_from() -> str:
    """Return a digest of everything that shapes a history: another version of RLS Coach makes its own."""
    return digest(sorted(_sources()))


def digest(files: Iterable[Path]) -> str:
    """Return the SHA-256 of the files' contents, in hexadecimal."""
    facts = sha256()
    for path in files:
        facts.update(path.read_bytes())
    return facts.hexdigest()


def _sources() -> Iterator[Path]:
    root = Path(__file__).parents[2]
    for room in ROOMS:
        yield from (path for path in (root / room).rglob("*") if path.suffix in {".py", ".toml"})

"""The hash chain of the audit log, and its anchor: what is appended, and whether all of it is still there.

Each row's `hash` is an HMAC-SHA256 over its content and the previous hash, with a key derived from the installation's
secret: someone who can write to the database but lacks the data keys cannot forge a valid chain. The anchor is a row of
another table that holds the number of rows and the last hash under an HMAC of the same key. So rows that are cut off,
an emptied table and blanked hashes show as well. Only an older copy of both tables together is valid: for that, note
a hash elsewhere.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from coach.database.tables import AuditAnchor, AuditEvent
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.work import Installation

AnchorState = Literal["holds", "missing", "forged", "differs"]
CHAIN_LOCK = 0x524C5341  # an advisory lock id that nothing else uses
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the chain reaches: its rows, the last hash, and the rows before it with a hash over all of them."""

    rows: int = 0
    head: str = ""
    unchained: int = 0
    base: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a verification: how many rows are valid, the last hash, and the id of the first invalid row.

    `unchained` rows precede the chain: an earlier version of the software wrote them. `anchor` says whether the anchor
    is there, was made with our key, and agrees with the rows.
    """

    rows: int
    unchained: int
    head: str
    broken_id: int | None = None
    anchor: AnchorState = "holds"

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, removed or inserted."""
        return self.broken_id is None and self.anchor == "holds"


def append(connection: Connection, events: Sequence[dict[str, Any]]) -> None:
    """Write rows at the end of the chain. A lock on it is held until the transaction ends."""
    if connection.dialect.name == "postgresql":  # on SQLite there is only one writer anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:chain)"), {"chain": CHAIN_LOCK})
    key, extent, state = _load_chain(connection)
    if state == "holds":
        head = extent.head
    else:  # what happens now is recorded all the same; the anchor is left alone, so that it stays invalid
        last = select(AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
        head = connection.execute(last).scalar() or ""
    for one in events:
        head = one["hash"] = _hash(key, head, one)
    connection.execute(insert(AuditEvent), list(events))
    if state == "holds":
        _store_anchor(connection, key, Extent(extent.rows + len(events), head, extent.unchained, extent.base))


def begin_anchor(connection: Connection) -> None:
    """Anchor the chain as it is: when the installation is made, or upgraded from a version without an anchor."""
    connection.execute(delete(AuditAnchor))
    connection.execute(insert(AuditAnchor).values(id=1, rows=0, head="", unchained=0, base="", seal=""))
    key, extent = _chain_key(connection), Extent()
    for row in _all_rows(connection):
        extent = _with_row(extent, key, row)
    _store_anchor(connection, key, extent)


def verify(connection: Connection) -> Verified:
    """Verify the chain from its beginning, and its anchor. Rows without a hash are valid only before the chain."""
    key, anchored, state = _load_chain(connection)
    extent, reached = Extent(), anchored == Extent()
    for row in _all_rows(connection):
        extended = _with_row(extent, key, row)
        if row.hash != (extended.head if extended.rows > extent.rows else ""):
            return Verified(extent.rows, extent.unchained, extent.head, row.id, state)
        extent = extended
        reached = reached or extent == anchored
    # Others may have appended rows since the anchor was read.
    _, last, _ = _load_chain(connection)
    if state == "holds" and not (reached and extent.rows <= last.rows):
        state = "differs"
    return Verified(extent.rows, extent.unchained, extent.head, None, state)


def _with_row(extent: Extent, key: bytes, row: Row[Any]) -> Extent:
    if not row.hash and not extent.rows:
        return Extent(0, "", extent.unchained + 1, _hash(key, extent.base, row._mapping))
    return Extent(extent.rows + 1, _hash(key, extent.head, row._mapping), extent.unchained, extent.base)


def _load_chain(connection: Connection) -> tuple[bytes, Extent, AnchorState]:
    """Load the key of the chain, and how far its anchor says that it reaches."""
    columns = (AuditAnchor.rows, AuditAnchor.head, AuditAnchor.unchained, AuditAnchor.base, AuditAnchor.seal)
    both = select(Installation.secret, *columns).outerjoin(AuditAnchor, AuditAnchor.id == 1)
    row = connection.execute(both).one()
    key = InstallationKeys.derive(row.secret).audit
    if row.seal is None:
        return key, Extent(), "missing"
    extent = Extent(*row[1:-1])
    return key, extent, "holds" if hmac.compare_digest(row.seal, _seal(key, extent)) else "forged"


def _store_anchor(connection: Connection, key: bytes, extent: Extent) -> None:
    values = {"rows": extent.rows, "head": extent.head, "unchained": extent.unchained, "base": extent.base}
    this = update(AuditAnchor).where(AuditAnchor.id == 1)
    connection.execute(this.values(**values, seal=_seal(key, extent)))


def _seal(key: bytes, extent: Extent) -> str:
    content = ["anchor", extent.rows, extent.head, extent.unchained, extent.base]
    return hmac.new(key, json.dumps(content).encode(), hashlib.sha256).hexdigest()


def _chain_key(connection: Connection) -> bytes:
    return InstallationKeys.derive(connection.execute(select(Installation.secret)).scalar_one()).audit


def _hash(key: bytes, previous: str, row: Mapping[Any, Any]) -> str:
    content = [row["clinic_id"], row["actor"], row["action"], row["subject"], row["detail"]]
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    message = json.dumps([previous, at, *content], sort_keys=True, ensure_ascii=True)
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def _all_rows(connection: Connection) -> Iterator[Row[Any]]:
    after = 0
    while rows := connection.execute(
        select(AuditEvent.__table__).where(AuditEvent.id > after).order_by(AuditEvent.id).limit(CHUNK)
    ).all():
        yield from rows
        after = rows[-1].id

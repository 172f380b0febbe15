"""Re-encrypt all personal data with the newest data key, while the installation runs.

Encrypted columns are found from the table metadata. A value is replaced only if it is still what was read, so that
concurrent writers win. Each batch commits on its own, so an interrupted run can simply be repeated. The installation's
secret comes last: no process starts without it, so a key removed too early is noticed at startup, not by a text.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from sqlalchemy import Engine, Row, Table, TableClause, and_, bindparam, column, select, table, tuple_, update

from coach.database.schema import tables
from schedules.database.encryption import Keyring, KeysMissingError
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.work import Installation
from schedules.database.types import EncryptedText

BATCH = 500


def encrypted_columns() -> dict[Table, list[str]]:
    """Return the names of the encrypted columns of each table that has any."""
    found = {one: [column.name for column in one.columns if isinstance(column.type, EncryptedText)] for one in tables()}
    return {one: names for one, names in found.items() if names}


def rotate(engine: Engine, keyring: Keyring, batch: int = BATCH) -> Iterator[Counter[str]]:
    """Re-encrypt values held by older keys, batch by batch; yield how many of which column after each batch.

    Repeats until nothing is left, because a value that changed meanwhile was skipped. Values that no key decrypts are
    left as they are; after everything else is done, KeysMissingError says how many there are.
    """
    columns, sealed = encrypted_columns(), Counter[str]()
    last = [one for one in columns if one.name == Installation.__tablename__]
    for some in ([one for one in columns if one not in last], last):
        left = True
        while left:
            left, stays = False, Counter[str]()
            rounds = (_rotate_table(engine, keyring, one, columns[one], batch, stays) for one in some)
            for done in chain.from_iterable(rounds):
                left = True
                yield done
        sealed += stays
    if sealed:
        summary = ", ".join(f"{name}: {count}" for name, count in sorted(sealed.items()))
        raise KeysMissingError(
            f"DATA_KEYS does not open {sealed.total()} values ({summary}), which were left as they are; everything "
            "else is encrypted with the first key: restore the key they were made with, or they stay lost"
        )


def _rotate_table(
    engine: Engine, keyring: Keyring, one: Table, names: Sequence[str], batch: int, stays: Counter[str]
) -> Iterator[Counter[str]]:
    raw = table(one.name, *(column(name) for name in {*names, *one.primary_key.columns.keys()}))
    key = [raw.c[name] for name in one.primary_key.columns.keys()]  # noqa: SIM118  (a collection of columns, not a dict)
    after: tuple[object, ...] | None = None
    while True:
        query = select(*key, *(raw.c[name] for name in names)).order_by(*key).limit(batch)
        with read_transaction(engine) as connection:
            rows = connection.execute(query if after is None else query.where(tuple_(*key) > after)).all()
        if not rows:
            return
        after = tuple(rows[-1][: len(key)])
        done = _replace(engine, raw, key, {name: _renewed(keyring, rows, (one, name), stays) for name in names})
        if done:
            yield done


def _renewed(
    keyring: Keyring, rows: Sequence[Row[object]], where: tuple[Table, str], stays: Counter[str]
) -> list[dict[str, object]]:
    """Return the updates of a column: primary key of the row, old token and new token.

    Counts in `stays` the values that no key decrypts: damaged, or encrypted with a key that is missing.
    """
    one, name = where
    width, changes = len(one.primary_key.columns), []
    for row in rows:
        old = row._mapping[name]
        try:
            new = keyring.rotate(old) if old else None
        except KeysMissingError:
            stays[f"{one.name}.{name}"] += 1
            continue
        if new:
            changes.append({"old": old, "new": new} | {f"key{index}": row[index] for index in range(width)})
    return changes


def _replace(
    engine: Engine, raw: TableClause, key: Sequence[object], changes: dict[str, list[dict[str, object]]]
) -> Counter[str]:
    done: Counter[str] = Counter()
    if not any(changes.values()):
        return done
    with write_transaction(engine) as connection:
        for name, values in changes.items():
            this = and_(*(part == bindparam(f"key{index}") for index, part in enumerate(key)))
            guarded = update(raw).where(this, raw.c[name] == bindparam("old")).values({name: bindparam("new")})
            if values:
                done[f"{raw.name}.{name}"] += connection.execute(guarded, values).rowcount
    return done

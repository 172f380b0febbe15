"""On SQLite, ids are never given out twice. PostgreSQL's sequences never did.

Without AUTOINCREMENT the next row gets the highest id plus one, so after an erasure a new flag, text or reply had the
id of the erased one, which mails, logs, open pages and the audit log still named. SQLite cannot add AUTOINCREMENT to a
table, so each table is copied into a new one, made by its own statement: constraints, indexes and triggers stay as they
are. (Alembic's batch mode would read the tables' structure back, and lose triggers.) A later revision that makes a
table anew in batch mode must pass `table_kwargs={"sqlite_autoincrement": True}`; tests/schedules/database checks it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# One row with a fixed id each, and the audit log, whose last row cannot be removed.
LEFT_ALONE = ("installation", "audit_anchor", "audit_event")
PLAIN, NEVER_REUSED = "\tid INTEGER NOT NULL, ", "\tid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "
KEY = "\n\tCONSTRAINT pk_{} PRIMARY KEY (id), "
LAST_KEY = ", \n\tCONSTRAINT pk_{} PRIMARY KEY (id)\n"
# The audit log names erased rows of these tables in its details.
NAMED = {"flag": "flag", "inbound_reply": "reply"}


def upgrade() -> None:
    """Forward."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for name, sql in _tables(connection):
        key, last_key = KEY.format(name), LAST_KEY.format(name)
        if PLAIN in sql and (key in sql or last_key in sql):
            with_rule = sql.replace(PLAIN, NEVER_REUSED).replace(key, "").replace(last_key, "\n")
            _make_anew(connection, name, with_rule)
            _go_on_from(connection, name)


def downgrade() -> None:
    """Back."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for name, sql in _tables(connection):
        if NEVER_REUSED in sql:
            _make_anew(connection, name, sql.replace(NEVER_REUSED, PLAIN).replace("\n)", LAST_KEY.format(name) + ")"))


def _tables(connection: sa.Connection) -> list[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
    found = connection.exec_driver_sql(query).all()
    return [(name, sql) for name, sql in found if name not in LEFT_ALONE]


def _make_anew(connection: sa.Connection, name: str, sql: str) -> None:
    """Copy a table into one made by this statement, which takes its place, with its indexes and triggers."""
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type <> 'table' AND sql IS NOT NULL"
    belonging = connection.exec_driver_sql(query, (name,)).scalars().all()
    columns = sql.partition("(")[2]
    connection.exec_driver_sql(f"CREATE TABLE _anew ({columns}")
    connection.exec_driver_sql(f"INSERT INTO _anew SELECT * FROM {name}")  # noqa: S608  (a table of ours)
    connection.exec_driver_sql(f"DROP TABLE {name}")
    connection.exec_driver_sql(f"ALTER TABLE _anew RENAME TO {name}")
    for statement in belonging:
        connection.exec_driver_sql(statement)


def _go_on_from(connection: sa.Connection, name: str) -> None:
    """Begin above every id that the table or the audit log knows of."""
    highest = f"SELECT coalesce(max(id), 0) FROM {name}"  # noqa: S608  (a table of ours)
    last = connection.exec_driver_sql(highest).scalar_one()
    if name in NAMED:
        named = "SELECT coalesce(max(CAST(json_extract(detail, ?) AS INTEGER)), 0) FROM audit_event"
        last = max(last, connection.exec_driver_sql(named, (f"$.{NAMED[name]}",)).scalar_one())
    connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
    connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last))

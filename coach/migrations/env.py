"""Alembic's entry: works on the connection that `coach.database.schema` hands over, never on an address of its own."""

from alembic import context

import coach.database.schema  # noqa: F401  (imports every table)
from schedules.database.types import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_server_default=False,
    user_module_prefix="types.",
)
with context.begin_transaction():
    context.run_migrations()

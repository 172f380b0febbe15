"""Alembic's entry: works on the connection that `coach.database` hands over, never on an address of its own."""

from alembic import context

import coach.models
import schedules.models
import schedules.models_of_limits
import schedules.models_of_safety
import schedules.models_of_work  # noqa: F401  (all fill the metadata)
from schedules.db import Base

del coach
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_server_default=False,
    user_module_prefix="types.",
)
with context.begin_transaction():
    context.run_migrations()

"""What is wrong with a worker stands beside its heartbeat: a clock that is contradicted, jobs that hang."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("worker_heartbeat", sa.Column("doubted_by", sa.String(length=20), nullable=True))
    op.add_column("worker_heartbeat", sa.Column("seconds_ahead", sa.BigInteger(), nullable=True))
    op.add_column("worker_heartbeat", sa.Column("hanging", sa.String(length=80), nullable=True))


def downgrade() -> None:
    """Back."""
    for name in ("hanging", "seconds_ahead", "doubted_by"):
        op.drop_column("worker_heartbeat", name)

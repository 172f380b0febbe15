"""A flag that holds although it is no crisis: words that may be a cry for help.

Nothing is changed about flags that are open: whoever wrote them has been texted since.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("flag", sa.Column("holds", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("flag") as flag:
        flag.drop_column("holds")

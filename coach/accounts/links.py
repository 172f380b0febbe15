"""Password links: only the last one that was made for an account works. Callers hold the transaction."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from coach.audit import record
from coach.database.tables import AuditEvent

MADE, ASKED = "made link", "asked for a password"


def record_link(
    connection: Connection, actor: str, action: str, account_id: int, clinic_id: int | None, now: datetime
) -> None:
    """Record that a link is being made, which ends those made before."""
    record(connection, actor, action, f"account {account_id}", now, clinic_id)


def last_link(connection: Connection, account_id: int) -> int:
    """Return the number of the link that was recorded last for an account; 0 if there was none."""
    about = (AuditEvent.subject == f"account {account_id}", AuditEvent.action.in_((MADE, ASKED)))
    return connection.execute(select(func.max(AuditEvent.id)).where(*about)).scalar() or 0

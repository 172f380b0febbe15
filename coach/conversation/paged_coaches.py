"""Recognize a coach who texts from the phone they were paged on, and the code of a page."""

import re

from sqlalchemy import Connection, and_, bindparam, select

from coach.conversation.state import PagedCoach
from coach.database.tables import MailMessage
from schedules.database.prepared import find_all
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.safety import Flag

# The code of a page, as a coach texts it back.
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
# The open flags that a coach's confirmed number was paged about.
PAGED = (
    select(CoachAccount.id.label("coach_id"), Flag.id.label("flag_id"), Flag.code)
    .outerjoin(MailMessage, MailMessage.coach_id == CoachAccount.id)
    .outerjoin(Flag, and_(Flag.id == MailMessage.flag_id, Flag.acknowledged_at.is_(None)))
    .where(CoachAccount.number_hash == bindparam("number"), CoachAccount.active)
)


def find_paged_coach(connection: Connection, number_hash: str, body: str) -> PagedCoach | None:
    """Return the coach whose confirmed number this is, with the flags they were paged about."""
    rows = find_all(connection, PAGED, number=number_hash)
    if not rows:
        return None
    typed = CODE.search(body)
    codes = {row.code: row.flag_id for row in rows if row.code}
    return PagedCoach(rows[0].coach_id, codes, typed[0] if typed else None)

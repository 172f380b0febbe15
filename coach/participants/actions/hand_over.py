"""Hand participants over to a colleague: one or many, all or none, with the open replies their coach had taken on."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from coach.accounts.sign_ins import coaches_of
from coach.accounts.signed_in import SignedIn
from coach.audit import record
from coach.database.tables import AuditEvent, InboundReply, ReplyClaim
from coach.participants.changes import ChangeError
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Participant

MOST_AT_ONCE = 500
LATELY = timedelta(days=30)


def hand_over(connection: Connection, ids: Sequence[int], email: str, coach: SignedIn, now: datetime) -> int:
    """Make a colleague the coach of participants. Returns how many have another coach than before.

    A coach may hand over their own participants, and who leads the clinic anyone of it.

    Raises:
        LookupError: someone is outside the coach's scope.
        ChangeError: nobody is chosen, or the colleague is not a coach of everyone's clinic.
    """
    wanted = sorted(set(ids))
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise ChangeError("id", f"Tick 1 to {MOST_AT_ONCE} people first.")
    columns = (Participant.id, Participant.clinic_id, Participant.coach_id)
    query = select(*columns).where(Participant.id.in_(wanted), coach.scope).order_by(Participant.id)
    people = connection.execute(query.with_for_update()).all()
    if len(people) != len(wanted):
        raise LookupError("somebody is not in this coach's scope")
    coaches = {clinic_id: coaches_of(connection, clinic_id) for clinic_id in {one.clinic_id for one in people}}
    if any(email.strip().lower() not in known for known in coaches.values()):
        raise ChangeError("coach", "Choose a colleague of their clinic.")
    moved = 0
    for one in people:
        to = coaches[one.clinic_id][email.strip().lower()]
        if to == one.coach_id:
            continue
        moved += 1
        connection.execute(update(Participant).where(Participant.id == one.id).values(coach_id=to))
        theirs = select(InboundReply.id).where(InboundReply.participant_id == one.id)
        taken_on = (ReplyClaim.coach_id == one.coach_id, ReplyClaim.reply_id.in_(theirs))
        connection.execute(update(ReplyClaim).where(*taken_on).values(coach_id=to))
        detail = {"what": "coach", "coach_id_from": one.coach_id, "coach_id_to": to}
        record(connection, coach.email, "changed", f"participant {one.id}", now, one.clinic_id, detail)
    return moved


def count_handed_over(connection: Connection, coach: SignedIn, now: datetime) -> dict[str, int]:
    """Count whom this coach had until lately and a colleague has now, by the colleague's email."""
    rows = connection.execute(
        select(AuditEvent.subject, AuditEvent.detail)
        .where(AuditEvent.clinic_id == coach.clinic_id, AuditEvent.action == "changed", AuditEvent.at > now - LATELY)
        .where(AuditEvent.detail["coach_id_from"].as_integer() == coach.id)
    )
    ids = {int(str(row.subject).removeprefix("participant ")) for row in rows}
    counted = connection.execute(
        select(CoachAccount.email, func.count())
        .join(Participant, Participant.coach_id == CoachAccount.id)
        .where(Participant.id.in_(ids), CoachAccount.id != coach.id)
        .group_by(CoachAccount.email)
        .order_by(CoachAccount.email)
    )
    return {row[0]: int(row[1]) for row in counted}

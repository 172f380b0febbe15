"""Enroll somebody who joined by text: by the rules of a roster, as a roster of one. Callers hold the transaction."""

from contextlib import nullcontext

from sqlalchemy import Connection, delete, insert, update

from coach.audit import PERSON, record
from coach.conversation.gather import StoredText
from coach.conversation.intentions import Invite
from coach.database.tables import InboundReply
from coach.participants.enrol_form import roster_of_one
from coach.participants.roster import ImportRequest, decide_roster, write_at_once
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.people import ConsentEvent, Enrolment, Joining, Suppression


def enrol_by_keyword(
    connection: Connection,
    catalogue: Catalogue,
    keys: InstallationKeys,
    message: StoredText,
    reply_id: int,
    invite: Invite,
) -> int:
    """Enroll the sender as invited; the reply to their text is the welcome. Return the participant's id.

    Texting JOIN is their own new consent: it ends an opt-out of theirs, also one that outlived an erasure.
    """
    join = invite.join
    connection.execute(delete(Suppression).where(Suppression.number_hash == message.number_hash))
    row = roster_of_one(
        {
            "phone": message.sender,
            "time_zone": join.zone,
            "language": join.words.language,
            "consent_source": join.words.source,
            "consent_at": message.now.isoformat(),
        }
    )
    request = ImportRequest(join.clinic_id, catalogue, keys, message.now)
    decided = decide_roster(lambda: nullcontext(connection), row, request)
    if decided.outcome.errors:
        raise RuntimeError(f"could not be enrolled: {decided.outcome.errors[0].reason}")
    [enrolled] = write_at_once(connection, decided, request, join.clinic_id, welcome=False).enrolled
    assert enrolled.id is not None  # noqa: S101  (whoever was just created has an id)
    joined = {"keyword": join.words.word, "poster": join.words.poster, "joined_at": message.now}
    connection.execute(insert(Joining).values(participant_id=enrolled.id, clinic_id=join.clinic_id, **joined))
    consent = ConsentEvent.participant_id == enrolled.id
    connection.execute(update(ConsentEvent).where(consent).values(wording=message.body))
    connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(participant_id=enrolled.id))
    mine = Enrolment.participant_id == enrolled.id
    connection.execute(update(Enrolment).where(mine).values(heard_at=message.now))
    detail = {"by": "keyword", "keyword": join.words.word}
    record(connection, PERSON, "created", f"participant {enrolled.id}", message.now, join.clinic_id, detail)
    return enrolled.id

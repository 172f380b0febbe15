"""Change a participant's phone number: keep the history, move open flags to it, and ask for consent again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update

from coach.accounts.signed_in import SignedIn
from coach.adherence.standings import load_standings, store_standings
from coach.audit import record
from coach.participants.apply_change import require_in_scope
from coach.participants.changes import ChangeError, NumberTakenError, as_sentence
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.people import OwnPageLink, Participant, Suppression
from schedules.database.tables.safety import Flag
from schedules.enrolment.lifecycle import load_enrolment
from schedules.enrolment.new_number import ask_for_consent_again
from schedules.enrolment.roster_file import LONGEST_SOURCE, read_telephone
from schedules.outbox.changed_number import set_texts_under_way_aside
from schedules.outbox.dead_numbers import forget_unowned


def change_number(
    connection: Connection,
    participant_id: int,
    given: str,
    coach: SignedIn,
    catalogue: Catalogue,
    keys: InstallationKeys,
    now: datetime,
) -> None:
    """Change a participant's number. Raises LookupError outside the coach's scope, ChangeError if not possible.

    The welcome goes to the new number, and evening texts follow once its owner has answered YES: a number written down
    wrong would otherwise text a stranger about somebody's legs.
    """
    clinic_id = require_in_scope(connection, participant_id, coach)
    enrolment = load_enrolment(connection, participant_id, catalogue)
    if enrolment.status in ("stopped", "ended"):
        raise ChangeError("phone", "They have opted out: only they can start again, by texting START.")
    clinic, country = connection.execute(select(Clinic.name, Clinic.country).where(Clinic.id == clinic_id)).one()
    try:
        phone = read_telephone(given.strip(), country)
    except ValueError as error:
        raise ChangeError("phone", as_sentence(error)) from None
    before, after = enrolment.number_hash, keys.number_hash(phone)
    reason = _why_not(connection, clinic_id, before, after)
    if reason:
        raise reason
    values = {"phone": phone, "number_hash": after}
    connection.execute(update(Participant).where(Participant.id == participant_id).values(values))
    connection.execute(delete(OwnPageLink).where(OwnPageLink.participant_id == participant_id))
    set_texts_under_way_aside(connection, enrolment.id, now)
    # Open flags hold texts by number, so they move to the new one.
    open_flags = (Flag.participant_id == participant_id, Flag.acknowledged_at.is_(None))
    connection.execute(update(Flag).where(*open_flags).values(number_hash=after))
    forget_unowned(connection, before)
    source = f"new number, told {coach.email}"[:LONGEST_SOURCE]
    ask_for_consent_again(connection, enrolment, clinic, source, catalogue, now)
    record(connection, coach.email, "changed", f"participant {participant_id}", now, clinic_id, {"what": "phone"})
    store_standings(connection, load_standings(connection, [participant_id], now).values(), now)


def _why_not(connection: Connection, clinic_id: int, before: str, after: str) -> ChangeError | None:
    """Return why the number cannot be used, or None."""

    def there(*which: Any) -> bool:
        return bool(connection.execute(select(exists().where(*which))).scalar())

    if after == before:
        return ChangeError("phone", "This is the number they have already: if it is right, let the texts go on.")
    if there(Participant.clinic_id == clinic_id, Participant.number_hash == after):
        return NumberTakenError("phone", "Another participant of your clinic has this number.")
    if there(CoachAccount.number_hash == after):
        return NumberTakenError("phone", "This number is paged as a coach's: use another.")
    if there(Suppression.number_hash == after):
        opted_out = "This number has opted out: only its owner can start again, by texting START."
        return NumberTakenError("phone", opted_out)
    return None

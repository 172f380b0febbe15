"""Apply a roster that `schedules.roster` has checked: create, update or leave alone. Callers hold the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, case, insert, select, update

from content.catalogue import Catalogue, Programme
from schedules.enrolment import change_timing, confirm, invite, load_enrolment, record_consent
from schedules.keys import InstallationKeys
from schedules.local_time import local_date_of
from schedules.models import Clinic, CoachAccount, Enrolment, Participant, Suppression
from schedules.quiet_hours import EVENING_BEGINS, QuietHours, quiet_hours_from, why_not_an_evening_time
from schedules.roster import Entry, RosterError

DEFAULT_PROGRAMME, DEFAULT_LANGUAGE = "evening", "en"
# What a person by text, or a coach on their page, may choose otherwise. A roster that only repeats what it gave before
# leaves their choice; one that gives something new is followed.
CHOSEN = ("time_zone", "evening_at", "bedtime_at", "language", "programme", "exclude")
OPTED_OUT = "has opted out: only the person can start again, by texting START"

What = Literal["created", "updated", "ignored"]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of one entry. `id` is the participant's, empty for an opted-out stranger; `note` says why ignored."""

    row: int
    what: What
    id: int | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Enroller:
    """One import into one clinic. `coaches` maps e-mail to account id; `errors` is what only the database knew."""

    connection: Connection
    clinic_id: int
    coaches: Mapping[str, int]
    catalogue: Catalogue
    keys: InstallationKeys
    now: datetime
    confirmed: bool = False
    errors: list[RosterError] = field(default_factory=list)

    def apply(self, entries: Sequence[Entry]) -> list[Enrolled]:
        """Every entry in order. The caller rolls back if `errors` is not empty afterwards."""
        return [self._apply_one(entry) for entry in entries]

    def _apply_one(self, entry: Entry) -> Enrolled:
        number_hash = self.keys.number_hash(entry.phone)
        here = (Participant.clinic_id == self.clinic_id) & (Participant.number_hash == number_hash)
        known = self.connection.execute(select(Participant.id).where(here)).scalar_one_or_none()
        if self.connection.execute(select(Suppression).where(Suppression.number_hash == number_hash)).first():
            return Enrolled(entry.row, "ignored", known, OPTED_OUT)
        if (
            known is None
            and self.connection.execute(select(CoachAccount.id).where(CoachAccount.number_hash == number_hash)).first()
        ):
            self.errors.append(RosterError(entry.row, "phone", "this number is paged as a coach's: use another"))
            return Enrolled(entry.row, "ignored", None)
        if known is None:
            return Enrolled(entry.row, "created", self._create(entry, number_hash))
        if self._update(entry, known):
            return Enrolled(entry.row, "updated", known)
        return Enrolled(entry.row, "ignored", known, "nothing new")

    def _create(self, entry: Entry, number_hash: str) -> int:
        programme = self.catalogue.programmes[entry.programme or DEFAULT_PROGRAMME]
        person = insert(Participant).values(
            clinic_id=self.clinic_id,
            coach_id=self.coaches.get(entry.coach or ""),
            phone=entry.phone,
            number_hash=number_hash,
            first_name=entry.first_name,
            language=entry.language or DEFAULT_LANGUAGE,
            time_zone=entry.time_zone,
            created_at=self.now,
        )
        participant_id = self.connection.execute(person.returning(Participant.id)).scalar_one()
        self.connection.execute(
            insert(Enrolment).values(
                participant_id=participant_id,
                programme=programme.id,
                cadence=programme.default_cadence,
                policy=programme.policy,
                status="invited",
                starts_on=local_date_of(self.now, entry.time_zone),
                evening_at=entry.evening_at or default_evening_time(programme, entry.bedtime_at, self._quiet()),
                bedtime_at=entry.bedtime_at,
                exclude=list(entry.exclude or ()),
                tags=[],
                roster=given(entry),
            )
        )
        record_consent(self.connection, participant_id, "given", entry.consent_source, entry.consent_at, self.now, None)
        self._welcome_or_confirm(participant_id, entry)
        return participant_id

    def _quiet(self) -> QuietHours:
        table = select(Clinic.quiet_hours).where(Clinic.id == self.clinic_id)
        return quiet_hours_from(self.connection.execute(table).scalar_one())

    def _welcome_or_confirm(self, participant_id: int, entry: Entry) -> None:
        enrolment = load_enrolment(self.connection, participant_id, self.catalogue)
        if self.confirmed:
            confirm(self.connection, enrolment, entry.consent_source, self.now, None)
            return
        clinic = self.connection.execute(select(Clinic.name).where(Clinic.id == self.clinic_id)).scalar_one()
        invite(self.connection, enrolment, clinic, self.catalogue, self.keys, self.now)

    def _update(self, entry: Entry, participant_id: int) -> bool:
        """Take over what the roster gives anew and leave the rest. Returns whether anything was new."""
        entry = self._without_repeated(entry, participant_id)
        changed = self._update_columns(entry, participant_id)
        changed |= self._update_programme(entry, participant_id)
        changed |= self._update_timing(entry, participant_id)
        enrolment = load_enrolment(self.connection, participant_id, self.catalogue)
        if self.confirmed and enrolment.status == "invited":
            confirm(self.connection, enrolment, entry.consent_source, self.now, None)
            changed = True
        return changed

    def _without_repeated(self, entry: Entry, participant_id: int) -> Entry:
        """The entry with what the last roster gave already left empty; remembers what this one gives."""
        mine, now_given = Enrolment.participant_id == participant_id, given(entry)
        before = self.connection.execute(select(Enrolment.roster).where(mine)).scalar_one() or {}
        repeated: dict[str, Any] = {name: None for name, value in now_given.items() if before.get(name) == value}
        self.connection.execute(update(Enrolment).where(mine).values(roster=before | now_given))
        return replace(entry, **repeated)

    def _update_columns(self, entry: Entry, participant_id: int) -> bool:
        person = {
            "first_name": entry.first_name,
            "language": entry.language,
            "coach_id": self.coaches.get(entry.coach or ""),
        }
        enrolment = {"exclude": None if entry.exclude is None else list(entry.exclude)}
        changed = self._set_if_new(Participant, Participant.id == participant_id, person)
        changed |= self._set_if_new(Enrolment, Enrolment.participant_id == participant_id, enrolment)
        return changed

    def _set_if_new(self, table: Any, where: Any, wanted: Mapping[str, Any]) -> bool:
        columns = {name: value for name, value in wanted.items() if value is not None}
        if not columns:
            return False
        now_is = self.connection.execute(select(*(getattr(table, name) for name in columns)).where(where)).one()
        if tuple(now_is) == tuple(columns.values()):
            return False
        self.connection.execute(update(table).where(where).values(**columns))
        return True

    def _update_programme(self, entry: Entry, participant_id: int) -> bool:
        """Another programme has other slots: the next decision point moves. The cadence stays if it has it."""
        enrolment = load_enrolment(self.connection, participant_id, self.catalogue)
        if entry.programme in (None, enrolment.timing.programme.id):
            return False
        programme = self.catalogue.programmes[entry.programme]
        kept = Enrolment.cadence.in_(programme.cadences)
        self.connection.execute(
            update(Enrolment)
            .where(Enrolment.id == enrolment.id)
            .values(programme=programme.id, cadence=case((kept, Enrolment.cadence), else_=programme.default_cadence))
        )
        change_timing(self.connection, enrolment, replace(enrolment.timing, programme=programme), self.now)
        return True

    def _update_timing(self, entry: Entry, participant_id: int) -> bool:
        enrolment = load_enrolment(self.connection, participant_id, self.catalogue)
        timing = replace(
            enrolment.timing,
            time_zone=entry.time_zone or enrolment.timing.time_zone,
            evening_at=entry.evening_at or enrolment.timing.evening_at,
            bedtime_at=entry.bedtime_at or enrolment.timing.bedtime_at,
        )
        if timing == enrolment.timing:
            return False
        reason = why_not_an_evening_time(timing.evening_at, timing.bedtime_at, timing.quiet)
        if reason:
            self.errors.append(RosterError(entry.row, "evening_time", reason))
            return False
        change_timing(self.connection, enrolment, timing, self.now)
        return True


def given(entry: Entry) -> dict[str, Any]:
    """What an entry gives of `CHOSEN`, as JSON keeps it."""
    values = {name: getattr(entry, name) for name in CHOSEN}
    return {
        name: sorted(value) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
        if value is not None
    }


def default_evening_time(programme: Programme, bedtime_at: time | None, quiet: QuietHours) -> time:
    """The programme's own time, or an hour before an earlier bedtime or the clinic's quiet hours."""
    usual = next((slot.default_time for slot in programme.slots if slot.sends_step and slot.default_time), time(20))
    ends = [end for _, end in quiet.by_weekday]
    latest = min(*ends, bedtime_at) if bedtime_at and bedtime_at >= EVENING_BEGINS else min(ends)
    if usual < latest:
        return usual
    return (datetime.combine(date.min, latest) - timedelta(hours=1)).time()

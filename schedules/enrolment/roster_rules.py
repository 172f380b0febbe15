"""Decides for one person of a roster: created, updated or ignored, and with which values. Pure.

`schedules.enrolment.roster_apply` loads what is known of each number and writes the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from content.catalogue import Catalogue, Programme
from schedules.enrolment.policy_choice import NOT_RANDOMISED, policy_for, with_tags
from schedules.enrolment.roster_file import RosterEntry, RosterError
from schedules.timing.local_time import local_date_of
from schedules.timing.quiet_hours import EVENING_BEGINS, QuietHours, next_daytime, why_not_an_evening_time
from schedules.timing.retiming import due_after_change
from schedules.timing.slots import Decided, NextDue, Timing, next_due

DEFAULT_PROGRAMME, DEFAULT_LANGUAGE = "evening", "en"
# Values that a person (by text) or a coach may have changed. A roster that repeats its last value keeps the change; a
# new value is applied.
PARTICIPANT_CHOICES = (
    *("time_zone", "evening_at", "bedtime_at", "language", "programme", "exclude"),
    *("tags", "policy", "randomised_consent"),
)
# A policy that waited for a consent applies once the consent is there: they are new or repeated together.
TOGETHER = frozenset(("policy", "randomised_consent"))
KNOWN = "this number is enrolled already"
OPTED_OUT = "has opted out: only the person can start again, by texting START"
NOTHING_NEW = "nothing new"
NUMBER_PAGES_A_COACH = "this number is paged as a coach's: use another"
NUMBER_OF_ANOTHER_COACH = "this number belongs to another coach's participant: ask who leads the clinic"

EntryOutcome = Literal["created", "updated", "ignored"]


@dataclass(frozen=True, slots=True)
class EntryResult:
    """What becomes of one entry. `id` is the participant's, None for new people.

    `note` says why it was ignored, or what of it was.
    """

    row: int
    what: EntryOutcome
    id: int | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class KnownParticipant:
    """A participant of this clinic with the number of an entry."""

    participant_id: int
    enrolment_id: int
    in_reach: bool
    status: str
    timing: Timing
    cadence: str
    due: NextDue | None
    first_name: str | None
    language: str
    coach_id: int | None
    exclude: tuple[str, ...]
    tags: tuple[str, ...]
    policy: str
    agreed: bool
    roster: Mapping[str, object]
    decided: Decided = ()


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What is known of an entry's number."""

    number_hash: str
    known: KnownParticipant | None = None
    suppressed: bool = False
    pages_a_coach: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """What all decisions of one import depend on.

    `coaches` maps e-mail to account; `owner` gets new people. `programme` and `policy` are the clinic's for new people.
    `new_only` refuses people who are enrolled already.
    """

    catalogue: Catalogue
    coaches: Mapping[str, int]
    quiet: QuietHours
    now: datetime
    confirmed: bool
    owner: int | None = None
    programme: str | None = None
    policy: str | None = None
    new_only: bool = False

    def programme_of(self, entry: RosterEntry) -> Programme:
        """Return a new person's program: their own, the clinic's while the library has it, or the usual one."""
        known = self.catalogue.programmes
        return known[entry.programme or (self.programme if self.programme in known else None) or DEFAULT_PROGRAMME]

    def policy_of(self, entry: RosterEntry) -> str:
        """Return the policy meant for a new person: their own, the clinic's or their program's."""
        return entry.policy or self.policy or self.programme_of(entry).policy


@dataclass(frozen=True, slots=True)
class AdmittedEntry:
    """The decision on one entry: an error, or the result and the columns of its `RosterRow`."""

    enrolled: EntryResult
    error: RosterError | None = None
    columns: Mapping[str, object] = field(default_factory=dict)


def admit(entry: RosterEntry, facts: NumberFacts, admission: Admission) -> AdmittedEntry:
    """Decide one entry."""
    known = facts.known
    if facts.suppressed:
        return AdmittedEntry(EntryResult(entry.row, "ignored", known.participant_id if known else None, OPTED_OUT))
    if known is None:
        if facts.pages_a_coach:
            return _refused(entry, "phone", NUMBER_PAGES_A_COACH)
        return _create(entry, facts, admission)
    if not known.in_reach:
        return _refused(entry, "phone", NUMBER_OF_ANOTHER_COACH)
    if admission.new_only:
        return _refused(entry, "phone", KNOWN, known.participant_id)
    return _update(entry, facts.number_hash, known, admission)


def _refused(entry: RosterEntry, column: str, reason: str, id: int | None = None) -> AdmittedEntry:
    return AdmittedEntry(EntryResult(entry.row, "ignored", id), RosterError(entry.row, column, reason))


def _create(entry: RosterEntry, facts: NumberFacts, admission: Admission) -> AdmittedEntry:
    if not admission.confirmed:
        try:
            next_daytime(admission.now, entry.bedtime_at, entry.time_zone, admission.quiet)
        except ValueError as error:
            return _refused(entry, "", str(error))
    columns = _new_columns(entry, facts, admission)
    note = None if columns["policy"] == admission.policy_of(entry) else NOT_RANDOMISED
    return AdmittedEntry(EntryResult(entry.row, "created", None, note), None, columns)


def _new_columns(entry: RosterEntry, facts: NumberFacts, admission: Admission) -> dict[str, object]:
    programme = admission.programme_of(entry)
    tags, exclude = with_tags(admission.catalogue, (), entry.exclude or (), entry.tags or ())
    evening_at = entry.evening_at or default_evening_time(programme, entry.bedtime_at, admission.quiet)
    timing = Timing(programme, entry.time_zone, evening_at, entry.bedtime_at, admission.quiet)
    columns = {
        "number_hash": facts.number_hash,
        "phone": entry.phone,
        "first_name": entry.first_name,
        "language": entry.language or DEFAULT_LANGUAGE,
        "time_zone": entry.time_zone,
        "coach_id": admission.coaches.get(entry.coach or "") or admission.owner,
        "programme": programme.id,
        "cadence": programme.default_cadence,
        "policy": policy_for(admission.policy_of(entry), None, agreed=entry.randomised_consent is not None),
        "policy_since_at": admission.now,
        "status": "invited",
        "starts_on": local_date_of(admission.now, entry.time_zone),
        "evening_at": evening_at,
        "bedtime_at": entry.bedtime_at,
        "exclude": exclude,
        "tags": tags,
        "roster": roster_values(entry),
        "consent_source": entry.consent_source,
        "consent_at": entry.consent_at,
        "randomised_source": entry.randomised_consent,
    }
    return columns | (_activation(timing, (), admission.now) if admission.confirmed else {})


def _activation(timing: Timing, decided: Decided, now: datetime) -> dict[str, object]:
    return {"status": "active", **_due_columns(next_due(timing, since=now, decided=decided))}


def _due_columns(due: NextDue) -> dict[str, object]:
    return {"next_due_at": due.at, "next_due_on": due.on, "next_slot": due.slot}


def _update(entry: RosterEntry, number_hash: str, known: KnownParticipant, admission: Admission) -> AdmittedEntry:
    """Apply the new values of the roster and leave the rest."""
    now_given = roster_values(entry)
    repeated: dict[str, Any] = {name: None for name, value in now_given.items() if known.roster.get(name) == value}
    if not TOGETHER & set(now_given) <= set(repeated):
        repeated = {name: None for name in repeated if name not in TOGETHER}
    anew = replace(entry, **repeated)
    timing = _timing(anew, known, admission)
    reason = None
    if timing != replace(known.timing, programme=timing.programme):
        reason = why_not_an_evening_time(timing.evening_at, timing.bedtime_at, timing.quiet)
    if reason:
        return _refused(entry, "evening_time", reason)
    changed = (
        _changed(anew, known, admission) | _retimed(timing, known, admission.now) | _policy(anew, known, admission.now)
    )
    if admission.confirmed and known.status == "invited":
        changed |= _activation(timing, known.decided, admission.now) | {"consent_source": entry.consent_source}
    what: EntryOutcome = "updated" if changed else "ignored"
    refused = anew.policy is not None and anew.policy != changed.get("policy", known.policy)
    note = NOT_RANDOMISED if refused else None if changed else NOTHING_NEW
    remembered = {**known.roster, **now_given}
    if remembered != known.roster:
        changed["roster"] = remembered
    seen = {
        "number_hash": number_hash,
        "participant_id": known.participant_id,
        "enrolment_id": known.enrolment_id,
        "seen_status": known.status,
        "seen_due_at": known.due and known.due.at,
    }
    return AdmittedEntry(EntryResult(entry.row, what, known.participant_id, note), None, changed and seen | changed)


def _changed(anew: RosterEntry, known: KnownParticipant, admission: Admission) -> dict[str, object]:
    """Return the changed values that move no text."""
    barred = known.exclude if anew.exclude is None else anew.exclude
    tags, exclude = with_tags(admission.catalogue, (), barred, anew.tags or ())
    wanted = {
        "first_name": (anew.first_name, known.first_name),
        "language": (anew.language, known.language),
        "coach_id": (admission.coaches.get(anew.coach or ""), known.coach_id),
        "exclude": (exclude, sorted(known.exclude)),
        "tags": (None if anew.tags is None else tags, sorted(known.tags)),
    }
    return {name: new for name, (new, old) in wanted.items() if new is not None and new != old}


def _policy(anew: RosterEntry, known: KnownParticipant, now: datetime) -> dict[str, object]:
    """Return the new policy and the new consent to be randomized."""
    said = anew.randomised_consent
    columns: dict[str, object] = {"randomised_source": said} if said else {}
    policy = policy_for(anew.policy or known.policy, known.policy, agreed=known.agreed or said is not None)
    return columns if policy == known.policy else columns | {"policy": policy, "policy_since_at": now}


def _timing(anew: RosterEntry, known: KnownParticipant, admission: Admission) -> Timing:
    programme = admission.catalogue.programmes[anew.programme] if anew.programme else known.timing.programme
    return replace(
        known.timing,
        programme=programme,
        time_zone=anew.time_zone or known.timing.time_zone,
        evening_at=anew.evening_at or known.timing.evening_at,
        bedtime_at=anew.bedtime_at or known.timing.bedtime_at,
    )


def _retimed(timing: Timing, known: KnownParticipant, now: datetime) -> dict[str, object]:
    """Return the new times, and the moved decision point: program, times and zone all determine it."""
    if timing == known.timing:
        return {}
    old, programme = known.timing, timing.programme
    columns = {
        name: getattr(timing, name)
        for name in ("time_zone", "evening_at", "bedtime_at")
        if getattr(timing, name) != getattr(old, name)
    }
    due = known.due
    if programme.id != old.programme.id:
        cadence = cadence_in(programme, known.cadence)
        columns |= {"programme": programme.id, "cadence": cadence, "policy_since_at": now}
        due = due_after_change(replace(old, programme=programme), due, known.decided, now)
    if known.status == "active":
        columns |= _due_columns(due_after_change(timing, due, known.decided, now))
    return columns


def cadence_in(programme: Programme, cadence: str) -> str:
    """Return a person's cadence if a program has it, or else the program's usual one."""
    return cadence if cadence in programme.cadences else programme.default_cadence


def roster_values(entry: RosterEntry) -> dict[str, object]:
    """Return an entry's values of `PARTICIPANT_CHOICES` as stored in JSON."""
    values = {name: getattr(entry, name) for name in PARTICIPANT_CHOICES}
    return {
        name: sorted(value) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
        if value is not None
    }


def default_evening_time(programme: Programme, bedtime_at: time | None, quiet: QuietHours) -> time:
    """Return the program's default time, or an hour before an earlier bedtime or the clinic's quiet hours."""
    usual = next((slot.default_time for slot in programme.slots if slot.sends_step and slot.default_time), time(20))
    ends = [end for _, end in quiet.by_weekday]
    latest = min(*ends, bedtime_at) if bedtime_at and bedtime_at >= EVENING_BEGINS else min(ends)
    if usual < latest:
        return usual
    return (datetime.combine(date.min, latest) - timedelta(hours=1)).time()

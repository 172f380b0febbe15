"""Take a change back within a minute: what was changed is carried, encrypted, by the button that takes it back.

A snapshot before the change and the rows after it say what changed. Nothing is taken back once anything of it has
changed again.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from coach.accounts.signed_in import SignedIn
from coach.adherence.standings import load_standings, store_standings
from coach.audit import record
from schedules.database.encryption import KeysMissingError, keyring
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.types import readable

UNDO_WITHIN = timedelta(minutes=1)
PERSON = ("first_name", "language", "coach_id", "time_zone")
ENROLMENT = (
    *("programme", "cadence", "policy", "policy_since_at", "evening_at", "bedtime_at", "exclude", "tags"),
    *("paused_until_on", "next_due_at", "next_due_on", "next_slot", "chosen_step", "chosen_on"),
    *("plans", "plan_due_on"),
)
# What the audit log may hold: no name, nothing about health.
TOLD = ("language", "coach_id", "time_zone", "programme", "cadence", "policy", "evening_at", "paused_until_on", "plans")
_READ: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("policy_since_at", "next_due_at"), datetime.fromisoformat),
    **dict.fromkeys(("evening_at", "bedtime_at"), time.fromisoformat),
    **dict.fromkeys(("paused_until_on", "next_due_on", "chosen_on", "plan_due_on"), date.fromisoformat),
}
Values = Mapping[str, Any]


class UndoError(ValueError):
    """Why a change cannot be taken back, in one sentence."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: the kind of change, and of whom."""

    what: str
    ids: Sequence[int]


def snapshot(connection: Connection, ids: Sequence[int]) -> dict[int, Values]:
    """Return what a change may alter of these participants, as JSON, and lock it."""
    columns = [*(getattr(Enrolment, name) for name in ENROLMENT), *(getattr(Participant, name) for name in PERSON[1:])]
    rows = connection.execute(
        select(Participant.id, readable(Participant.first_name), *columns)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .where(Participant.id.in_(ids))
        .with_for_update(of=Enrolment)
    )
    return {row.id: {name: _as_json(getattr(row, name)) for name in (*PERSON, *ENROLMENT)} for row in rows}


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, date | time) else value


def undo_token(
    connection: Connection, before: Mapping[int, Values], what: str, coach: SignedIn, now: datetime
) -> str | None:
    """Return what `take_back` needs to restore what has changed since a snapshot; None if nothing has."""
    after = snapshot(connection, list(before))
    changed = {
        id: {name: [old, after[id][name]] for name, old in values.items() if old != after[id][name]}
        for id, values in before.items()
        if id in after and values != after[id]
    }
    if not changed:
        return None
    return keyring().encrypt(json.dumps({"by": coach.id, "at": now.isoformat(), "what": what, "people": changed}))


def take_back(connection: Connection, token: str, coach: SignedIn, now: datetime) -> Undone:
    """Restore what a change of this coach altered. Raises UndoError."""
    what, people = _opened(token, coach, now)
    current = snapshot(connection, list(people))
    for id, columns in people.items():
        if any(current.get(id, {}).get(name) != after for name, (_, after) in columns.items()):
            raise UndoError("This cannot be undone: it has changed again since.")
    for id, columns in people.items():
        _restore(connection, id, what, {name: before for name, (before, _) in columns.items()}, coach, now)
    store_standings(connection, load_standings(connection, list(people), now).values(), now)
    return Undone(what, sorted(people))


def _opened(token: str, coach: SignedIn, now: datetime) -> tuple[str, dict[int, Mapping[str, list[object]]]]:
    try:
        held = json.loads(keyring().decrypt(token))
    except (KeysMissingError, ValueError):
        raise UndoError("This cannot be undone.") from None
    if held.get("by") != coach.id:
        raise UndoError("Only who made a change can undo it.")
    if not timedelta(0) <= now - datetime.fromisoformat(held["at"]) <= UNDO_WITHIN:
        raise UndoError("A change can be undone for one minute only: change it again instead.")
    return held["what"], {int(id): columns for id, columns in held["people"].items()}


def _restore(connection: Connection, id: int, what: str, values: Values, coach: SignedIn, now: datetime) -> None:
    typed = {name: _READ[name](value) if value and name in _READ else value for name, value in values.items()}
    enrolment = {name: value for name, value in typed.items() if name in ENROLMENT}
    person = {name: value for name, value in typed.items() if name in PERSON}
    if enrolment:
        connection.execute(update(Enrolment).where(Enrolment.participant_id == id).values(**enrolment))
    if person:
        connection.execute(update(Participant).where(Participant.id == id).values(**person))
    clinic_id = connection.execute(select(Participant.clinic_id).where(Participant.id == id)).scalar()
    detail = {"what": what, **{f"{name}_to": values[name] for name in TOLD if name in values}}
    record(connection, coach.email, "undid", f"participant {id}", now, clinic_id, detail)

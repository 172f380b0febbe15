"""Choose the step of somebody's next evening instead of letting it be drawn.

Which steps are offered depends on nothing that was drawn, and the draw is not shown: a coach who could see it first
would choose by it, and the evenings left would no longer be random. The decision is made in the evening as always
(`schedules.decisions.decide.give_chosen_step`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from sqlalchemy import Connection, update

from coach.accounts.signed_in import SignedIn
from coach.audit import record
from coach.participants.apply_change import require_in_scope
from coach.participants.changes import ChangeError
from coach.participants.list_rows import ScheduledPerson, people_query, standby_of
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.people import Enrolment, Participant
from schedules.decisions.decide import give_chosen_step
from schedules.decisions.eligibility import eligibility
from schedules.decisions.facts import DueFacts
from schedules.decisions.next_text import next_step_point
from schedules.planning.gather import ClinicRules, ClinicRulesCache, facts_from, load_histories, load_row_at
from schedules.timing.slots import NextDue


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next evening with a step: when, which steps are possible, and what a coach chose for it, with its words."""

    on: date
    at: datetime
    eligible: Sequence[str]
    chosen: str | None
    words: str | None


def load_next_step(
    connection: Connection, participant_id: int, catalogue: Catalogue, keys: InstallationKeys
) -> NextStep | None:
    """Return the next evening with a step; None for somebody who is not texted."""
    row = connection.execute(people_query().where(Participant.id == participant_id)).one_or_none()
    return next_step_of(connection, ScheduledPerson(**row._asdict()), catalogue, keys) if row else None


def next_step_of(
    connection: Connection, person: ScheduledPerson, catalogue: Catalogue, keys: InstallationKeys
) -> NextStep | None:
    """As `load_next_step`, for somebody who is loaded already."""
    if person.programme not in catalogue.programmes:
        return None
    due = next_step_point(standby_of(connection, person, catalogue))
    return None if due is None else _next_step(connection, person.enrolment_id, due, catalogue, keys)


def choose_step(
    connection: Connection,
    participant_id: int,
    step: str,
    coach: SignedIn,
    catalogue: Catalogue,
    keys: InstallationKeys,
    now: datetime,
) -> NextStep:
    """Choose a step for the next evening; an empty one lets it be drawn again.

    Raises:
        LookupError: the participant is outside the coach's scope.
        ChangeError: no evening is planned, or the step is not possible on it.
    """
    clinic_id = require_in_scope(connection, participant_id, coach)
    there = load_next_step(connection, participant_id, catalogue, keys)
    if there is None:
        raise ChangeError("step", "No evening text is planned for them, so there is no step to choose.")
    if step and step not in there.eligible:
        raise ChangeError("step", f"Choose one of the steps that are possible: {', '.join(there.eligible) or 'none'}.")
    chosen = {"chosen_step": step or None, "chosen_on": there.on if step else None}
    connection.execute(update(Enrolment).where(Enrolment.participant_id == participant_id).values(**chosen))
    detail = {"what": "step", "on": there.on.isoformat(), "step_from": there.chosen, "step_to": step or None}
    record(connection, coach.email, "changed", f"participant {participant_id}", now, clinic_id, detail)
    return load_next_step(connection, participant_id, catalogue, keys) or there


def _next_step(
    connection: Connection, enrolment_id: int, due: NextDue, catalogue: Catalogue, keys: InstallationKeys
) -> NextStep:
    facts, rules = _facts(connection, enrolment_id, due, catalogue)
    possible = eligibility(rules.catalogue, facts.person, due.on, facts.switched_off).eligible
    given = give_chosen_step(facts, rules.catalogue, partial(keys.draw, enrolment_id, due.slot, due.on))
    chosen, words = (given[0].action, given[1]) if given else (None, None)
    return NextStep(due.on, due.at, possible, chosen, words)


def _facts(
    connection: Connection, enrolment_id: int, due: NextDue, catalogue: Catalogue
) -> tuple[DueFacts, ClinicRules]:
    clinics = ClinicRulesCache(catalogue)
    row = load_row_at(connection, enrolment_id, due)
    clinics.load(connection, [row])
    rules = clinics.rules[row.clinic_id]
    return replace(facts_from(row, load_histories(connection, [row], catalogue).of(row), rules), due=due), rules

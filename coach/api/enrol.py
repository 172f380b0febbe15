"""Enroll one person for another system: a roster of one row, which never changes anybody who is there already."""

from collections.abc import Mapping
from contextlib import nullcontext

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from coach.api.desk import Desk
from coach.api.people import find_changed
from coach.api.problems import FieldError, Problem, wrong_field
from coach.api.repeats import Repeatable
from coach.api.shapes import ChangedPerson
from coach.participants.enrol_form import roster_of_one
from coach.participants.roster import Decided, ImportRequest, decide_roster, write_at_once
from schedules.database.engine import write_transaction
from schedules.enrolment.roster_apply import ChangedMeanwhileError
from schedules.enrolment.roster_cells import strip_invisible
from schedules.enrolment.roster_rules import OPTED_OUT

TRIES = 3
ENROLLED = "this number belongs to participant {id} already: change them instead"
STOPPED = f"whoever has this number {OPTED_OUT}"


def enrol(desk: Desk, given: Mapping[str, str], *, confirmed: bool, key: str | None) -> tuple[ChangedPerson, bool]:
    """Enroll a person, and return them and whether this was the first time. Raises Problem.

    Args:
        desk: the request.
        given: the import's columns.
        confirmed: they have confirmed elsewhere: start without a welcome text.
        key: the request's `Idempotency-Key`.
    """
    for _ in range(TRIES):
        try:
            with write_transaction(desk.engine) as connection:
                return _enrol(connection, desk, given, confirmed, key)
        except (ChangedMeanwhileError, IntegrityError):  # the same number was enrolled at this moment: look again
            continue
    raise Problem(409, "This person was changed again and again while you asked: ask again.")


def _enrol(
    connection: Connection, desk: Desk, given: Mapping[str, str], confirmed: bool, key: str | None
) -> tuple[ChangedPerson, bool]:
    asked = repr((sorted(given.items()), confirmed))
    repeat = Repeatable(connection, desk, key, asked)
    before = repeat.begin(desk.now)
    if before is not None:
        return ChangedPerson.model_validate(before), False
    caller = desk.caller
    request = ImportRequest(caller.clinic_id, desk.catalogue, desk.keys, desk.now, confirmed, caller.name, desk.scope)
    row = roster_of_one({name: strip_invisible(value) for name, value in given.items()})
    decided = decide_roster(lambda: nullcontext(connection), row, request)
    _refuse(decided)
    [enrolled] = write_at_once(connection, decided, request, caller.clinic_id).enrolled
    person = find_changed(connection, enrolled.id or 0, [enrolled.note] if enrolled.note else [], desk.catalogue)
    repeat.end(person.id, person.model_dump(mode="json"))
    return person, True


def _refuse(decided: Decided) -> None:
    """Raise Problem unless somebody new would be enrolled."""
    errors = [FieldError(one.column or "body", one.reason) for one in decided.outcome.errors]
    if errors:
        raise Problem(422, "; ".join(f"{one.field}: {one.reason}" for one in errors[:5]), errors)
    if not decided.outcome.enrolled:
        raise wrong_field("phone", "empty: every person needs it")
    [one] = decided.outcome.enrolled
    if one.what == "created":
        return
    reason = STOPPED if one.note == OPTED_OUT else ENROLLED.format(id=one.id)
    raise Problem(409, f"phone: {reason}", [FieldError("phone", reason)])

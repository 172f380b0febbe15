"""Change, pause, resume and stop a participant for another system, by the deciders of pages and commands."""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from coach.api.desk import Desk
from coach.api.people import find_changed, find_person
from coach.api.problems import FieldError, Problem, no_such, wrong_field
from coach.api.shapes import ChangedPerson
from coach.participants.actions.change_many import change_many
from coach.participants.actions.stop import stop_participant
from coach.participants.apply_change import change_participant
from coach.participants.changes import ChangeError, NumberTakenError
from schedules.database.engine import write_transaction
from schedules.enrolment.roster_cells import strip_invisible


def change(desk: Desk, id: int, given: Mapping[str, str]) -> ChangedPerson:
    """Change one participant, all that is given or nothing. Raises Problem."""

    def do(connection: Connection) -> Iterable[str]:
        return change_many(connection, id, given, desk.acts_as, desk.catalogue, desk.keys, desk.now)

    return _done(desk, id, do)


def change_one(desk: Desk, id: int, what: str, form: Mapping[str, str]) -> ChangedPerson:
    """Make one change of `coach.participants.changes`. Raises Problem."""

    def do(connection: Connection) -> Iterable[str]:
        done = change_participant(connection, id, what, form, desk.acts_as, desk.catalogue, desk.now)
        return [done.note] if done.note else []

    return _done(desk, id, do)


def stop(desk: Desk, id: int, reason: str) -> ChangedPerson:
    """Stop every text to a participant, for good unless they text START. Raises Problem."""

    def do(connection: Connection) -> Iterable[str]:
        try:
            stop_participant(connection, id, strip_invisible(reason), desk.acts_as, desk.now)
        except ValueError as error:
            raise wrong_field("reason", str(error)) from None
        return []

    return _done(desk, id, do)


def _done(desk: Desk, id: int, do: Callable[[Connection], Iterable[str]]) -> ChangedPerson:
    try:
        return _at_once(desk, id, do)
    except IntegrityError:  # somebody else was given the same number at this moment
        raise Problem(409, "Somebody was changed while you asked: read them, and ask again.") from None


def _at_once(desk: Desk, id: int, do: Callable[[Connection], Iterable[str]]) -> ChangedPerson:
    with write_transaction(desk.engine) as connection:
        person = find_person(connection, id, desk.scope, desk.catalogue)
        if person is None:
            raise no_such("participant", id)
        try:
            notes = list(do(connection))
        except LookupError:
            raise no_such("participant", id) from None
        except NumberTakenError as error:
            raise Problem(409, f"phone: {error}", [FieldError(error.field, str(error))]) from None
        except ChangeError as error:
            if person.status in ("stopped", "ended"):
                raise Problem(409, str(error)) from None
            raise wrong_field(error.field, str(error)) from None
        return find_changed(connection, id, notes, desk.catalogue)

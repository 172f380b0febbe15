"""`coach participants set`, as the participant's page does it, with all changes in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from sqlalchemy import Connection

from coach.accounts.sign_ins import AccountError
from coach.accounts.signed_in import SignedIn
from coach.audit import COMMAND_LINE
from coach.participants.apply_change import change_participant
from coach.participants.change_number import change_number
from coach.participants.changes import ChangeError
from coach.participants.listing import find_participant
from coach.runtime import Runtime
from schedules.database.engine import write_transaction

# The kinds of change in order, and their fields. The policy comes before the program: a consent given earlier counts
# only until either changes.
KINDS = {
    "policy": ("policy", "randomised_consent"),
    "programme": ("programme",),
    "times": ("evening_time", "bedtime", "time_zone"),
    "name": ("first_name",),
    "language": ("language",),
    "coach": ("coach",),
    "tags": ("tag", "no_tag"),
}
REMOVABLE = ("bedtime", "coach")  # 'none' removes them
OPERATOR = SignedIn(0, COMMAND_LINE, "admin", None)


def set_participant(runtime: Runtime, participant_id: int, given: Mapping[str, Any]) -> Sequence[str]:
    """Change one participant, and return what was not done and why. Raises AccountError with one sentence."""
    typed = {name: _typed(name, value) for name, value in given.items() if value not in (None, ())}
    if not typed:
        raise click.UsageError("Say what to set: see --help.")
    try:
        with write_transaction(runtime.engine) as connection:
            if find_participant(connection, participant_id) is None:
                raise AccountError(f"There is no participant {participant_id}.")
            return list(_changes(connection, runtime, participant_id, typed))
    except ChangeError as error:
        option = f"--{error.field.replace('_', '-')}: " if error.field in typed else ""
        raise AccountError(f"{option}{error}") from None


def _typed(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return ";".join(value)
    return "" if name in REMOVABLE and value.strip() == "none" else str(value)


def _changes(connection: Connection, runtime: Runtime, participant_id: int, typed: Mapping[str, str]) -> Iterator[str]:
    now = runtime.now()
    if "phone" in typed:
        where = (runtime.catalogue, runtime.keys, now)
        change_number(connection, participant_id, typed["phone"], OPERATOR, *where)
    for what, names in KINDS.items():
        form = {name: typed[name] for name in names if name in typed}
        if form:
            done = change_participant(connection, participant_id, what, form, OPERATOR, runtime.catalogue, now)
            if done.note:
                yield done.note

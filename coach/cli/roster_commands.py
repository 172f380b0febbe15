"""What `coach participants import` and `set` do: as on the pages, in this process. Both load the roster's rules.

An import shows its progress on a terminal. `set` makes all its changes in one transaction.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
from sqlalchemy import Connection

from coach.accounts.sign_ins import FIRST_CLINIC, AccountError, clinic_name, find_clinic, only_clinic
from coach.accounts.signed_in import OPERATOR
from coach.audit import COMMAND_LINE
from coach.cli.clinics import warn_if_new
from coach.participants.actions.change_many import change_many
from coach.participants.actions.choose_step import NextStep, choose_step
from coach.participants.actions.hand_over import hand_over
from coach.participants.actions.stop import stop_participant
from coach.participants.changes import ChangeError
from coach.participants.listing import find_participant
from coach.participants.roster import AT_ONCE, Imported, ImportRequest, decide_roster
from coach.participants.roster_jobs import ImportStoppedError, cancel, claim, import_at_once, open_import, write_roster
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.worker.clock import worker_name

REMOVABLE = ("bedtime", "coach")  # 'none' removes them


def import_file(runtime: Runtime, data: bytes, clinic: str | None, *, confirmed: bool, dry_run: bool) -> Imported:
    """Import a file as the page does, but in this process. Raises AccountError with one sentence."""
    with read_transaction(runtime.engine) as connection:
        name, clinic_id = _clinic_for_import(connection, clinic)
    request = ImportRequest(clinic_id, runtime.catalogue, runtime.keys, runtime.now(), confirmed, COMMAND_LINE)
    desk = runtime.desk(worker_name(), _show_progress)
    decided = decide_roster(lambda: read_transaction(runtime.engine), data, request, _show_progress)
    if dry_run or decided.outcome.errors:
        return decided.outcome
    if clinic_id is not None and len(decided.admitted) <= AT_ONCE:
        return import_at_once(desk, data, request, clinic_id)
    with write_transaction(runtime.engine) as connection:
        held = claim(desk)
        import_id = open_import(connection, request, decided.outcome, clinic_name=name, state="running", **held)
    try:
        return write_roster(desk, import_id, data, request, decided)
    except ImportStoppedError:
        raise click.ClickException("the import was stopped, and nothing was changed.") from None
    except BaseException:
        cancel(desk, import_id)
        raise


def _clinic_for_import(connection: Connection, name: str | None) -> tuple[str, int | None]:
    """Return the clinic's name and id; a clinic that the import creates has none yet."""
    if name is None:
        only = only_clinic(connection)
        return FIRST_CLINIC, only if only is not None else find_clinic(connection, FIRST_CLINIC)
    name = clinic_name(name)
    warn_if_new(connection, name)
    return name, find_clinic(connection, name)


def _show_progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {of} checked", err=True, nl=done == of)


def set_participant(runtime: Runtime, participant_id: int, given: Mapping[str, object]) -> Sequence[str]:
    """Change one participant, and return what was not done and why. Raises AccountError with one sentence."""
    typed = {name: _typed(name, value) for name, value in given.items() if value not in (None, ())}
    if not typed:
        raise click.UsageError("Say what to set: see --help.")
    try:
        with write_transaction(runtime.engine) as connection:
            if find_participant(connection, participant_id) is None:
                raise AccountError(f"There is no participant {participant_id}.")
            who_and_what = (OPERATOR, runtime.catalogue, runtime.keys, runtime.now())
            return list(change_many(connection, participant_id, typed, *who_and_what))
    except ChangeError as error:
        option = f"--{error.field.replace('_', '-')}: " if error.field in typed else ""
        raise AccountError(f"{option}{error}") from None


def stop_at_their_word(runtime: Runtime, participant_id: int, reason: str) -> bool:
    """Stop one participant, as the page does. Returns whether this was new. Raises AccountError with one sentence."""
    try:
        with write_transaction(runtime.engine) as connection:
            return stop_participant(connection, participant_id, reason, OPERATOR, runtime.now())
    except LookupError:
        raise AccountError(f"There is no participant {participant_id}.") from None
    except ChangeError as error:
        raise AccountError(f"--reason: {error}") from None


def choose_step_of(runtime: Runtime, participant_id: int, step: str) -> NextStep:
    """Choose a step, as the page does. Raises AccountError with one sentence."""
    try:
        with write_transaction(runtime.engine) as connection:
            where = (runtime.catalogue, runtime.keys, runtime.now())
            return choose_step(connection, participant_id, step, OPERATOR, *where)
    except LookupError:
        raise AccountError(f"There is no participant {participant_id}.") from None
    except ChangeError as error:
        raise AccountError(str(error)) from None


def hand_over_to(runtime: Runtime, ids: Sequence[int], email: str) -> int:
    """Hand participants over, as the page does. Returns how many moved. Raises AccountError with one sentence."""
    try:
        with write_transaction(runtime.engine) as connection:
            return hand_over(connection, ids, email, OPERATOR, runtime.now())
    except LookupError:
        raise AccountError("There is no such participant: `coach participants list` names them.") from None
    except ChangeError as error:
        raise AccountError(f"--to: {error}" if error.field == "coach" else str(error)) from None


def _typed(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return ";".join(value)
    return "" if name in REMOVABLE and value.strip() == "none" else str(value)

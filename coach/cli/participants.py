"""`coach participants` (import, list, show, export and stop) and `coach erase`."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, select

from coach.accounts.sign_ins import FIRST_CLINIC, AccountError, clinic_name, find_clinic, only_clinic
from coach.audit import COMMAND_LINE, record, record_view
from coach.participants.listing import find_participant, list_participants
from coach.participants.roster import AT_ONCE, Imported, ImportRequest, decide_roster
from coach.participants.roster_jobs import ImportStoppedError, cancel, claim, import_at_once, open_import, write_roster
from coach.privacy.erase import erase as erase_participant
from coach.privacy.personal_data import export_person
from coach.runtime import Runtime, opened_runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.people import Participant
from schedules.enrolment.lifecycle import record_opt_out
from schedules.worker.clock import worker_name

LONGEST_REASON = 300


@click.group()
def participants() -> None:
    """Manage the people who receive texts."""


@participants.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--clinic", help="Name of the clinic; created if it does not exist.")
@click.option("--confirmed", is_flag=True, help="They have already confirmed elsewhere: start without a welcome text.")
@click.option("--dry-run", is_flag=True, help="Check and count, but change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def participants_import(file: Path, clinic: str | None, confirmed: bool, dry_run: bool, as_json: bool) -> None:
    """Enroll people from a CSV file, all or nothing."""
    with opened_runtime() as runtime:
        imported = _import_file(runtime, file.read_bytes(), clinic, confirmed=confirmed, dry_run=dry_run)
    _report_import(imported, dry_run=dry_run, as_json=as_json)
    if imported.errors:
        sys.exit(2)


def _import_file(runtime: Runtime, data: bytes, clinic: str | None, *, confirmed: bool, dry_run: bool) -> Imported:
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
    """Return the clinic's name and id; the import creates a clinic that has no id yet."""
    if name is None:
        only = only_clinic(connection)
        return FIRST_CLINIC, only if only is not None else find_clinic(connection, FIRST_CLINIC)
    name = clinic_name(name)
    return name, find_clinic(connection, name)


def _show_progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {of} checked", err=True, nl=done == of)


def _report_import(imported: Imported, *, dry_run: bool, as_json: bool) -> None:
    counts = {what: imported.count(what) for what in ("created", "updated", "ignored")}
    if as_json:
        errors = [{"row": error.row, "column": error.column, "reason": error.reason} for error in imported.errors]
        notes = [{"row": row.row, "id": row.id, "note": row.note} for row in imported.enrolled if row.note]
        click.echo(json.dumps({**counts, "dry_run": dry_run, "errors": errors, "notes": notes}))
        return
    for error in imported.errors:
        click.echo(str(error), err=True)
    if imported.errors:
        click.echo(f"{len(imported.errors)} errors: nothing was changed. Fix the file and import it again.", err=True)
        return
    for row in imported.enrolled:
        if row.note:
            click.echo(f"row {row.row}: ignored, {row.note}")
    summary = ", ".join(f"{count} {what}" for what, count in counts.items())
    click.echo(f"{summary}." + (" Nothing was changed: this was a dry run." if dry_run else ""))


@participants.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def participants_list(as_json: bool) -> None:
    """List all participants, ordered by id."""
    with opened_runtime() as runtime:
        with read_transaction(runtime.engine) as connection:
            rows = list_participants(connection)
        record_view(runtime.engine, COMMAND_LINE, "participants", runtime.now())
    if as_json:
        click.echo(json.dumps(rows))
    else:
        _print_table(rows)


@participants.command("show")
@click.argument("id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def participants_show(id: int, as_json: bool) -> None:
    """Show one participant."""
    with opened_runtime() as runtime:
        with read_transaction(runtime.engine) as connection:
            row = find_participant(connection, id)
        if row is None:
            raise AccountError(f"There is no participant {id}.")
        record_view(runtime.engine, COMMAND_LINE, f"participant {id}", runtime.now())
    if as_json:
        click.echo(json.dumps(row))
        return
    for name, value in row.items():
        click.echo(f"{name}: {'' if value is None else value}")


def _print_table(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("Nobody is enrolled yet: 'coach participants import FILE.csv' enrolls people.")
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console().print(table)


@participants.command("export")
@click.argument("id", type=int)
def participants_export(id: int) -> None:
    """Print everything stored about one participant as JSON, to hand over to them."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        stored = export_person(connection, id)
        if stored is None:
            raise AccountError(f"There is no participant {id}.")
        clinic_id = connection.execute(select(Participant.clinic_id).where(Participant.id == id)).scalar_one()
        record(connection, COMMAND_LINE, "exported", f"participant {id}", runtime.now(), clinic_id)
    click.echo(json.dumps(stored, indent=2, ensure_ascii=False))


@participants.command("stop")
@click.argument("id", type=int)
@click.option("--reason", required=True, metavar="TEXT", help="How they asked, such as 'asked on the phone'.")
def participants_stop(id: int, reason: str) -> None:
    """Stop all texts to a participant who asked for it. Only they can restart, by texting START."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise click.UsageError(f"--reason must have 1 to {LONGEST_REASON} characters.")
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        query = select(Participant.number_hash, Participant.clinic_id).where(
            Participant.id == id, Participant.erased_at.is_(None)
        )
        participant = connection.execute(query).one_or_none()
        if participant is None:
            raise AccountError(f"There is no participant {id}.")
        new = record_opt_out(connection, participant.number_hash, runtime.now(), source="told a coach", wording=reason)
        if new:
            record(connection, COMMAND_LINE, "stopped", f"participant {id}", runtime.now(), participant.clinic_id)
    click.echo(f"Participant {id} {'gets no more texts' if new else 'had stopped already'}. Only START resumes them.")


@click.command()
@click.argument("id", type=int)
def erase(id: int) -> None:
    """Erase a participant's data. Only a keyed hash of the number stays, so that nobody texts it again."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        at_provider = runtime.settings.sends_for_real
        if not erase_participant(connection, id, runtime.now(), actor=COMMAND_LINE, at_provider=at_provider):
            raise AccountError(f"There is no participant {id}.")
    more = " Twilio is asked to delete its copies." if at_provider else ""
    click.echo(f"Participant {id} is erased: only a keyed hash of the number stays, so that it is not texted.{more}")

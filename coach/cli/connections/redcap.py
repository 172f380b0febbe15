"""`coach redcap`: enroll people from REDCap, and write their nights and weeks back."""

import json
import os
import sys
from pathlib import Path

import click

from coach.accounts.sign_ins import AccountError, find_named_clinic, only_clinic
from coach.audit import COMMAND_LINE, Detail, record
from coach.cli.roster_commands import import_file
from coach.redcap.exchange import ExchangeError, load_records, load_written, open_project, write_back
from coach.redcap.field_map import FieldMap, FieldMapError, read_field_map
from coach.redcap.records import roster_of
from coach.runtime import Runtime, opened_runtime
from schedules.database.engine import read_transaction, write_transaction

TOKEN = "REDCAP_TOKEN"  # noqa: S105  (the name of the variable)


@click.group()
def redcap() -> None:
    """Exchange data with REDCap, by a TOML file that says which field is what."""


@redcap.command("pull")
@click.argument("fields", metavar="FIELDS.toml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--clinic", help="Name of the clinic; required if there are several.")
@click.option("--confirmed", is_flag=True, help="They said YES elsewhere: text them without asking again.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def redcap_pull(fields: Path, clinic: str | None, confirmed: bool, dry_run: bool, as_json: bool) -> None:
    """Enroll the people of REDCap's records by the rules of a roster: all or nothing."""
    mapped, token = _read(fields), _token()
    try:
        records = load_records(open_project(mapped, token), mapped)
    except ExchangeError as error:
        raise click.ClickException(str(error)) from None
    with opened_runtime(sends_texts=True) as runtime:
        done = import_file(runtime, roster_of(records, mapped), clinic, confirmed=confirmed, dry_run=dry_run)
    for wrong in done.errors:
        where = f"record {records[wrong.row - 2][mapped.record]}" if 2 <= wrong.row < len(records) + 2 else "fields"
        click.echo(f"{where}{f', {wrong.column}' if wrong.column else ''}: {wrong.reason}", err=True)
    if done.errors:
        click.echo(f"{len(done.errors)} errors: nobody was enrolled. Correct them in REDCap and pull again.", err=True)
        sys.exit(2)
    counts = {what: done.count(what) for what in ("created", "updated", "ignored")}
    words = ", ".join(f"{count} {what}" for what, count in counts.items())
    click.echo(json.dumps(counts) if as_json else f"{'Would be: ' if dry_run else ''}{words}.")


@redcap.command("push")
@click.argument("fields", metavar="FIELDS.toml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--clinic", help="Name of the clinic; required if there are several.")
@click.option("--dry-run", is_flag=True, help="Say how much would be written, and write nothing.")
def redcap_push(fields: Path, clinic: str | None, dry_run: bool) -> None:
    """Write nights and weeks into repeating instruments; the same instances every time, so that nothing doubles."""
    mapped, token = _read(fields), _token()
    if mapped.night is None and mapped.week is None:
        raise click.UsageError("The file has neither [night] nor [week]: say what to write back.")
    with opened_runtime() as runtime:
        clinic_id = _clinic(runtime, clinic)
        try:
            project = open_project(mapped, token)
            records = load_records(project, mapped)
            with read_transaction(runtime.engine) as connection:
                written = load_written(connection, clinic_id, records, mapped, runtime.keys)
            if not dry_run:
                _log(runtime, clinic_id, len(written))
                write_back(project, written)
        except ExchangeError as error:
            raise click.ClickException(str(error)) from None
    click.echo(
        f"{len(written)} nights and weeks {'would be' if dry_run else 'were'} written to {len(records)} records."
    )


def _log(runtime: Runtime, clinic_id: int, count: int) -> None:
    """Record the export before anything leaves."""
    with write_transaction(runtime.engine) as connection:
        detail: dict[str, Detail] = {"as": "redcap", "rows": count}
        record(connection, COMMAND_LINE, "exported", f"clinic {clinic_id}", runtime.now(), clinic_id, detail)


def _read(path: Path) -> FieldMap:
    try:
        return read_field_map(path.read_text(encoding="utf-8"))
    except (FieldMapError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, FieldMapError) else "This is not UTF-8 text."
        raise click.UsageError(f"{path.name}: {reason}") from None


def _token() -> str:
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise click.UsageError(f"{TOKEN} is not set: it is the API token that REDCap shows for your project.")
    return token


def _clinic(runtime: Runtime, name: str | None) -> int:
    with read_transaction(runtime.engine) as connection:
        clinic_id = find_named_clinic(connection, name) if name else only_clinic(connection)
    if clinic_id is None:
        raise AccountError("There is no clinic yet.")
    return clinic_id

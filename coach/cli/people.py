"""`coach` commands about people: sign-ins and participants.

What only one command needs is imported by it: listing people should not load the roster's rules or a table's colors.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coach.accounts.administration import reset_second_step
from coach.accounts.sign_ins import (
    FIRST_CLINIC,
    ROLES,
    AccountError,
    add_account,
    ensure_clinic,
    find_account,
    hash_password,
    only_clinic,
    set_export_right,
)
from coach.audit import COMMAND_LINE, record, record_view
from coach.participants.listing import find_participant, list_participants
from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction, write_transaction

if TYPE_CHECKING:
    from coach.participants.roster import Imported


@click.group()
def coaches() -> None:
    """Sign-ins of coaches."""


@coaches.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--clinic", help="Name of the clinic; made if it is new.")
@click.option("--password-stdin", is_flag=True, required=True, expose_value=False, help="Read the password there.")
@click.option("--phone", help="Number to page when someone is in danger.")
def coaches_add(email: str, role: str, clinic: str | None, phone: str | None) -> None:
    """Create a sign-in."""
    from coach.alerts.pagers import set_pager  # noqa: PLC0415
    from schedules.enrolment.roster_file import read_phone  # noqa: PLC0415

    password = sys.stdin.readline().rstrip("\r\n")
    hashed = hash_password(password)
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        now = runtime.now()
        if clinic:
            clinic_id, _ = ensure_clinic(connection, clinic, now)
        elif role == "admin":
            clinic_id = None
        else:
            clinic_id = only_clinic(connection) or ensure_clinic(connection, FIRST_CLINIC, now)[0]
        number = None
        if phone:
            try:
                number = read_phone(phone, "us")
            except ValueError as error:
                raise AccountError(f"--phone: {error}.") from None
        account = add_account(connection, email, role, clinic_id, hashed, now)
        if number:
            set_pager(connection, runtime.catalogue, runtime.keys, account.id, number, now)
        record(connection, COMMAND_LINE, "created", f"account {account.id}", now, clinic_id, {"role": role})
    click.echo(f"{account.email} can now sign in as {account.role}.")
    if number:
        click.echo("A code is texted to that phone: it is paged once the code is typed in on the account page.")


@coaches.command("export-right")
@click.argument("email")
@click.argument("right", type=click.Choice(["on", "off"]))
def coaches_export_right(email: str, right: str) -> None:
    """Give or take the right to export from the page, whatever the role."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        account = set_export_right(connection, email, right == "on", COMMAND_LINE, runtime.now())
    click.echo(f"{account.email} may {'now' if right == 'on' else 'no longer'} export.")


@coaches.command("reset-second-step")
@click.argument("email")
def coaches_reset_second_step(email: str) -> None:
    """For whoever lost their phone and has no recovery code: the next sign-in sets up a new one."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        account = find_account(connection, email)
        reset_second_step(connection, COMMAND_LINE, account.id, account.clinic_id, runtime.now())
    click.echo(f"{account.email} sets up a new second step at the next sign-in.")


@click.group()
def participants() -> None:
    """People who are texted."""


@participants.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--clinic", help="Name of the clinic; made if it is new.")
@click.option("--confirmed", is_flag=True, help="The double opt-in was done elsewhere: start without a welcome.")
@click.option("--dry-run", is_flag=True, help="Check and count, but change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def participants_import(file: Path, clinic: str | None, confirmed: bool, dry_run: bool, as_json: bool) -> None:
    """Enrol people from a CSV file, all or nothing."""
    from coach.cli.roster import import_file  # noqa: PLC0415

    with opened_runtime() as runtime:
        done = import_file(runtime, file.read_bytes(), clinic, confirmed=confirmed, dry_run=dry_run)
    _report_import(done, dry_run=dry_run, as_json=as_json)
    if done.errors:
        sys.exit(2)


def _report_import(done: "Imported", *, dry_run: bool, as_json: bool) -> None:
    counts = {what: done.count(what) for what in ("created", "updated", "ignored")}
    if as_json:
        errors = [{"row": error.row, "column": error.column, "reason": error.reason} for error in done.errors]
        notes = [{"row": one.row, "id": one.id, "note": one.note} for one in done.enrolled if one.note]
        click.echo(json.dumps({**counts, "dry_run": dry_run, "errors": errors, "notes": notes}))
        return
    for error in done.errors:
        click.echo(str(error), err=True)
    if done.errors:
        click.echo(f"{len(done.errors)} errors: nothing was changed. Mend the file and import it again.", err=True)
        return
    for one in done.enrolled:
        if one.note:
            click.echo(f"row {one.row}: ignored, {one.note}")
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    click.echo(f"{told}." + (" Nothing was changed: this was a dry run." if dry_run else ""))


@participants.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def participants_list(as_json: bool) -> None:
    """Everyone, in order of id."""
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
    """One person."""
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
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    if not rows:
        click.echo("Nobody is enrolled yet: 'coach participants import FILE.csv' enrols people.")
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console().print(table)

"""`coach coaches`: sign-ins of coaches."""

import sys

import click

from coach.accounts.administration import reset_second_step
from coach.accounts.removal import remove_account
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
from coach.accounts.signed_in import OPERATOR
from coach.accounts.staff.leave import AskedLeave, LeaveError, end_leave, load_leave, set_leave
from coach.accounts.staff.names import set_name
from coach.accounts.told_leads import CREATED, record_deed
from coach.alerts.pagers import set_pager
from coach.audit import COMMAND_LINE
from coach.cli.clinics import warn_if_new
from coach.runtime import opened_runtime
from schedules.database.engine import write_transaction
from schedules.enrolment.roster_file import read_phone


@click.group()
def coaches() -> None:
    """Manage sign-ins."""


@coaches.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--clinic", help="Name of the clinic; created if it does not exist.")
@click.option(
    "--password-stdin", is_flag=True, required=True, expose_value=False, help="Read the password from standard input."
)
@click.option("--phone", help="Phone number to page when a participant is in danger.")
def coaches_add(email: str, role: str, clinic: str | None, phone: str | None) -> None:
    """Create a sign-in."""
    password = sys.stdin.readline().rstrip("\r\n")
    hashed = hash_password(password, email, clinic or "")
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        now = runtime.now()
        if clinic:
            warn_if_new(connection, clinic)
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
        record_deed(connection, COMMAND_LINE, CREATED, account.id, clinic_id, now, {"role": role})
    click.echo(f"{account.email} can now sign in as {account.role}.")
    if number:
        click.echo("We are texting a code to that phone. Pages start once the code is entered on the account page.")


@coaches.command("name")
@click.argument("email")
@click.argument("name")
def coaches_name(email: str, name: str) -> None:
    """Set the name that colleagues see instead of the email address; "" removes it."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        account = find_account(connection, email)
        set_name(connection, COMMAND_LINE, account.id, name, runtime.now())
    shown = " ".join(name.split())
    click.echo(f"Colleagues see {account.email} as {shown}." if shown else f"Colleagues see {account.email}.")


@coaches.command("leave")
@click.argument("email")
@click.option("--first", metavar="DATE", help="The first day of leave.")
@click.option("--last", metavar="DATE", help="The last day of leave.")
@click.option("--stand-in", default="", metavar="EMAIL", help="Who sees their participants and is paged meanwhile.")
@click.option("--end", is_flag=True, help="End the leave they are on, or call off the next.")
def coaches_leave(email: str, first: str | None, last: str | None, stand_in: str, end: bool) -> None:
    """Set or end a coach's leave; without a stand-in the clinic's leads are paged."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        account, now = find_account(connection, email), runtime.now()
        if end:
            theirs = [one for one in load_leave(connection, account.clinic_id, now) if one.coach_id == account.id]
            if not theirs:
                raise AccountError(f"{account.email} has no leave to end.")
            end_leave(connection, OPERATOR, account.clinic_id, theirs[0].id, now)
            click.echo(f"The leave of {account.email} has ended.")
            return
        asked = AskedLeave(account.email, first or "", last or "", stand_in)
        try:
            done = set_leave(connection, OPERATOR, account.clinic_id, asked, now)
        except LeaveError as error:
            raise AccountError(str(error)) from None
    paged = f"{done.stand_in} is" if done.stand_in else "The clinic's leads are"
    click.echo(f"{account.email} is on leave from {done.first_on} through {done.last_on}. {paged} paged meanwhile.")


@coaches.command("export-right")
@click.argument("email")
@click.argument("right", type=click.Choice(["on", "off"]))
def coaches_export_right(email: str, right: str) -> None:
    """Grant or revoke the right to export from the Effects page, for any role."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        account = set_export_right(connection, email, right == "on", COMMAND_LINE, runtime.now())
    click.echo(f"{account.email} may {'now' if right == 'on' else 'no longer'} export.")


@coaches.command("reset-second-step")
@click.argument("email")
def coaches_reset_second_step(email: str) -> None:
    """Reset two-step sign-in for someone who lost their phone and has no recovery code."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        account = find_account(connection, email)
        reset_second_step(connection, COMMAND_LINE, account.id, account.clinic_id, runtime.now())
    click.echo(f"{account.email} sets up two-step sign-in again at the next sign-in.")


@coaches.command("remove")
@click.argument("email")
def coaches_remove(email: str) -> None:
    """Remove the sign-in of someone who has left, with everything about them but their entries in the audit log."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        account = find_account(connection, email)
        remove_account(connection, COMMAND_LINE, account.id, runtime.now())
    click.echo(f"{account.email} is removed. Their participants have no coach until one is assigned.")

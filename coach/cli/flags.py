"""`coach flags` and `coach inbox`: what a coach must look at, and what waits for an answer; by ids only."""

import json

import click
from sqlalchemy import select

from coach.accounts.sign_ins import AccountError, find_account
from coach.alerts.acknowledging import acknowledge
from coach.alerts.flag_list import list_flags
from coach.inbox.flags import FlagError, read_note
from coach.inbox.folders import list_waiting
from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.safety import Flag


@click.group()
def flags() -> None:
    """Show and acknowledge flags: crises, urgent signs, medical questions and texts a person must read."""


@flags.command("list")
@click.option("--open", "open_only", is_flag=True, help="Only flags that nobody has acknowledged.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def flags_list(open_only: bool, as_json: bool) -> None:
    """List flags, newest last. An open crisis or urgent flag holds the participant's evening texts."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        listed = list_flags(connection, open_only=open_only)
    if as_json:
        click.echo(json.dumps(listed))
        return
    for flag in listed:
        who = f"participant {flag['participant']}" if flag["participant"] else "unknown number"
        seen = f"acknowledged by {flag['acknowledged_by']}" if flag["acknowledged_at"] else "open"
        click.echo(f"{flag['id']}: {flag['kind']}, {who}, {flag['opened_at']}, {seen}")


@flags.command("acknowledge")
@click.argument("id", type=int)
@click.option("--by", required=True, metavar="EMAIL", help="The coach who has seen it and spoken with the participant.")
@click.option("--note", metavar="TEXT", help="What was done. Coaches see it beside the flag.")
def flags_acknowledge(id: int, by: str, note: str | None) -> None:
    """Acknowledge a flag, as on the page: it closes, and the texts it held resume."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        account = find_account(connection, by)
        query = select(Flag.acknowledged_at).where(Flag.id == id)
        stored = connection.execute(query).one_or_none()
        if stored is None:
            raise AccountError(f"There is no flag {id}: 'coach flags list' lists them.")
        if stored.acknowledged_at is not None:
            click.echo(f"Flag {id} was already acknowledged.")
            return
        try:
            words = read_note("read", note)  # whoever has no page at hand may acknowledge a crisis without one
        except FlagError as error:
            raise AccountError(f"--note: {error}") from None
        acknowledge(connection, id, account.id, runtime.now(), note=words)
    click.echo(f"Flag {id} is acknowledged.")


@click.group()
def inbox() -> None:
    """Show replies that wait for a person."""


@inbox.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def inbox_list(as_json: bool) -> None:
    """List waiting replies, most urgent first: who wrote, when, how it was understood and why it waits."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        waiting = list_waiting(connection)
    if as_json:
        click.echo(json.dumps(waiting))
        return
    for reply in waiting:
        who = f"participant {reply['participant']}" if reply["participant"] else "unknown number"
        click.echo(f"{reply['received_at']}: {who}, {reply['intent'] or 'not read'}, {reply['why']}")

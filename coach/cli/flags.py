"""`coach flags` and `coach inbox`: what waits for a human, by ids only."""

import json

import click
from sqlalchemy import select

from coach.accounts.sign_ins import AccountError, find_account
from coach.alerts.paging import acknowledge, list_flags
from coach.inbox.folders import list_waiting
from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.safety import Flag


@click.group()
def flags() -> None:
    """What a coach must see: a crisis, an urgent sign, a medical question, a text to be read."""


@flags.command("list")
@click.option("--open", "open_only", is_flag=True, help="Only those that nobody has acknowledged.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def flags_list(open_only: bool, as_json: bool) -> None:
    """Every flag, the newest last. Someone whose crisis or urgent flag is open gets no evening text."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        found = list_flags(connection, open_only=open_only)
    if as_json:
        click.echo(json.dumps(found))
        return
    for flag in found:
        who = f"participant {flag['participant']}" if flag["participant"] else "unknown number"
        seen = f"acknowledged by {flag['acknowledged_by']}" if flag["acknowledged_at"] else "open"
        click.echo(f"{flag['id']}: {flag['kind']}, {who}, {flag['opened_at']}, {seen}")


@flags.command("acknowledge")
@click.argument("id", type=int)
@click.option("--by", required=True, metavar="EMAIL", help="The coach who has seen it and spoken with them.")
def flags_acknowledge(id: int, by: str) -> None:
    """As on the page: the flag closes, and the texts that it held go on."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        account = find_account(connection, by)
        query = select(Flag.acknowledged_at).where(Flag.id == id)
        found = connection.execute(query).one_or_none()
        if found is None:
            raise AccountError(f"There is no flag {id}: 'coach flags list' shows them.")
        if found.acknowledged_at is not None:
            click.echo(f"Flag {id} was acknowledged already.")
            return
        acknowledge(connection, id, account.id, runtime.now())
    click.echo(f"Flag {id} is acknowledged.")


@click.group()
def inbox() -> None:
    """Replies that wait for a human."""


@inbox.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def inbox_list(as_json: bool) -> None:
    """What waits, the most pressing first: who wrote it, when, how it was read and why it waits."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        found = list_waiting(connection)
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        who = f"participant {one['participant']}" if one["participant"] else "unknown number"
        click.echo(f"{one['received_at']}: {who}, {one['intent'] or 'not read'}, {one['why']}")

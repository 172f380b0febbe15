"""`coach inbox`: replies that wait for a person, by ids only."""

import json

import click

from coach.inbox.folders import list_waiting
from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction


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

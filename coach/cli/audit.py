"""`coach audit`: whether the record of who did what still holds."""

import json
import sys
from dataclasses import asdict

import click

from coach import audit as log
from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction


@click.group()
def audit() -> None:
    """The record of who saw and changed what."""


@audit.command("verify")
@click.option("--contains", metavar="HASH", help="A last hash noted earlier, which must still be in the chain.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def audit_verify(contains: str | None, as_json: bool) -> None:
    """Follow the chain from its beginning. Exit 1: a row was changed, removed or put in."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        found = log.verify(connection)
        noted_is_there = contains is None or log.contains(connection, contains)
    if as_json:
        click.echo(json.dumps(asdict(found) | {"contains": noted_is_there}))
    else:
        click.echo(told(found))
        if not noted_is_there:
            click.echo("The hash noted earlier is not in the chain any more: its newest rows were cut off.")
    if found.broken_id is not None or not noted_is_there:
        sys.exit(1)


def told(found: log.Verified) -> str:
    """The finding as sentences."""
    before = f" {found.unchained} rows are older than the chain." if found.unchained else ""
    if found.broken_id is not None:
        return (
            f"Row {found.broken_id} does not follow from the {found.rows} rows before it: it was changed or put in, "
            f"or the row before it was removed.{before}"
        )
    last = f" The last hash is {found.head}." if found.head else ""
    return f"{found.rows} rows hold.{last}{before}"

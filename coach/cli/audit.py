"""`coach audit`: verify the audit log."""

import json
import sys
from dataclasses import asdict

import click

from coach import audit as log
from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction


@click.group()
def audit() -> None:
    """Verify the audit log of who viewed and changed what."""


@audit.command("verify")
@click.option("--contains", metavar="HASH", help="A head hash noted earlier, which must still be in the chain.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def audit_verify(contains: str | None, as_json: bool) -> None:
    """Verify the hash chain from its beginning. Exit 1: a row was changed, removed or inserted."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        verified = log.verify(connection)
        noted_is_there = contains is None or log.contains(connection, contains)
    if as_json:
        click.echo(json.dumps(asdict(verified) | {"contains": noted_is_there}))
    else:
        click.echo(summary_of(verified))
        if not noted_is_there:
            click.echo("The hash noted earlier is no longer in the chain: the newest rows were removed.")
    if verified.broken_id is not None or not noted_is_there:
        sys.exit(1)


def summary_of(verified: log.Verified) -> str:
    """Return the outcome as sentences."""
    before = f" {verified.unchained} rows predate the chain." if verified.unchained else ""
    if verified.broken_id is not None:
        return (
            f"Row {verified.broken_id} does not follow from the {verified.rows} rows before it: "
            f"it was changed or inserted, or the row before it was removed.{before}"
        )
    last = f" The last hash is {verified.head}." if verified.head else ""
    return f"{verified.rows} rows hold.{last}{before}"

"""`coach summary`: the weekly adherence summary."""

import json
from collections.abc import Iterator
from datetime import datetime

import click
from sqlalchemy import ColumnElement

from coach.accounts.scope import scope_of_coach
from coach.accounts.sign_ins import find_account
from coach.adherence.triage import Summary
from coach.runtime import Runtime, opened_runtime
from coach.summaries.as_of import load_totals, load_week_as_of, weeks_before
from coach.summaries.compute import stored_batches
from coach.summaries.formats import as_csv, as_json, as_text
from schedules.database.engine import read_transaction
from schedules.timing.local_time import dates_of_week


@click.command()
@click.option("--week", required=True, help="ISO week, such as 2026-W47.")
@click.option("--coach", "email", help="Only participants that this sign-in may see.")
@click.option("--as-of", help="Show what was stored at this instant (2026-11-23T12:00Z); compute nothing.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True)
def summary(week: str, email: str | None, as_of: str | None, form: str) -> None:
    """Print the weekly adherence summary and store it as shown. Earlier versions are kept."""
    try:
        dates_of_week(week)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    at = _instant(as_of) if as_of else None
    with opened_runtime() as runtime:
        scope = _scope(runtime, email)
        summaries = list(_summaries(runtime, week, at, scope))
        with read_transaction(runtime.engine) as connection:
            before = load_totals(connection, weeks_before(week), at or runtime.now(), scope)
    if form == "json":
        click.echo(json.dumps(as_json(week, summaries)))
    elif form == "csv":
        click.echo(as_csv(week, summaries), nl=False)
    else:
        click.echo(as_text(week, summaries, before))


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError
    except ValueError:
        raise click.UsageError(f"'{text}' is not an instant: write it as 2026-11-23T12:00Z.") from None
    return at


def _scope(runtime: Runtime, email: str | None) -> ColumnElement[bool] | None:
    if email is None:
        return None
    with read_transaction(runtime.engine) as connection:
        account = find_account(connection, email)
    return scope_of_coach(account.role, account.id, account.clinic_id)


def _summaries(
    runtime: Runtime, week: str, as_of: datetime | None, scope: ColumnElement[bool] | None
) -> Iterator[Summary]:
    if as_of is None:
        for batch, _ in stored_batches(runtime.engine, week, runtime.now(), scope):
            yield from batch
        return
    with read_transaction(runtime.engine) as connection:
        for batch in load_week_as_of(connection, week, as_of, scope):
            yield from batch

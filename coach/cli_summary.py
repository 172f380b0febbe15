"""`coach summary`: the weekly adherence summary."""

import json

import click

from coach.accounts import find_account
from coach.runtime import opened_runtime
from coach.scope import scope_of_coach
from coach.summaries import compute_week, store_week
from coach.summary_formats import as_csv, as_json, as_text
from coach.triage import Summary
from schedules.db import reading
from schedules.local_time import dates_of_week


@click.command()
@click.option("--week", required=True, help="ISO week, such as 2026-W47.")
@click.option("--coach", "email", help="Only the participants this sign-in may see.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True)
def summary(week: str, email: str | None, form: str) -> None:
    """The weekly adherence summary; it is stored as shown."""
    try:
        dates_of_week(week)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with opened_runtime() as runtime:
        now, scope = runtime.now(), None
        with reading(runtime.engine) as connection:
            if email:
                account = find_account(connection, email)
                scope = scope_of_coach(account.role, account.id, account.clinic_id)
            summaries: list[Summary] = [one for batch in compute_week(connection, week, now, scope) for one in batch]
        sum(store_week(runtime.engine, week, now, scope))
    if form == "json":
        click.echo(json.dumps(as_json(week, summaries)))
    else:
        click.echo(as_csv(week, summaries) if form == "csv" else as_text(week, summaries), nl=form != "csv")

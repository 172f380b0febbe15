"""`coach` commands that tell something: understand, summary."""

import json
import sys

import click

from coach.accounts import find_account
from coach.runtime import opened_runtime
from coach.scope import scope_of_coach
from coach.summaries import compute_week, store_week
from coach.summary_formats import as_csv, as_json, as_text
from coach.triage import Summary
from coach.understanding import Asked, understand
from coach.understanding import as_json as reading_as_json
from schedules.db import reading
from schedules.local_time import dates_of_week


@click.command("understand")
@click.argument("text", required=False)
@click.option("--asked", default="score_and_habit", show_default=True, help="score_and_habit, score, habit or none.")
@click.option("--language", type=click.Choice(["en", "es"]), help="Read in one language; without it both are tried.")
@click.option("--jsonl", is_flag=True, help='Read lines {"text", "asked"} and print a line for each, in order.')
def understand_command(text: str | None, asked: str, language: str | None, jsonl: bool) -> None:
    """Show how a reply is read, as JSON."""
    if jsonl:
        _understand_lines(asked, language)
        return
    if text is None:
        raise click.UsageError("Give the text to read, or --jsonl and lines on standard input.")
    click.echo(json.dumps(reading_as_json(understand(text, _asked(asked), language)), ensure_ascii=False))


def _understand_lines(asked: str, language: str | None) -> None:
    encode = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make a new encoder for every line
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            text = given["text"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            raise click.UsageError(f'line {number} is not JSON such as {{"text": "4 yes", "asked": "score"}}') from None
        read = understand(text, _asked(given.get("asked") or given.get("context") or asked), language)
        sys.stdout.write(encode(reading_as_json(read)) + "\n")


def _asked(name: str) -> Asked:
    try:
        return Asked.parse(name)
    except ValueError:
        raise click.UsageError(f"'{name}' cannot be asked: choose from {', '.join(Asked)}.") from None


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

"""`coach content`: the message library, and a clinic's own texts and switched-off strategies.

A clinic's texts go through the same review as the library's: exit 2, and nothing is changed, if it refuses one.
"""

import json
import sys
import tomllib
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import click
from sqlalchemy import Connection, select

from coach.accounts.sign_ins import find_clinic
from coach.audit import COMMAND_LINE, record
from coach.runtime import opened_runtime
from content.catalogue import CatalogueError, listing, load_catalogue
from content.lint import notes, problems, reading_grade
from content.published import as_toml, load_published, publish
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.planning.clinic_library import add_texts, clinic_catalogue, load_own_texts, switch, withdraw_text
from schedules.planning.text_reviews import ReviewError, record_review


@click.group()
def content() -> None:
    """Review and list the message library."""


@content.command("check")
def content_check() -> None:
    """Review the library."""
    catalogue = load_catalogue()
    grade = reading_grade()
    refused = problems(catalogue, load_published(), grade=grade)
    for note in notes(grade):
        click.echo(note, err=True)
    for problem in refused:
        click.echo(str(problem), err=True)
    if refused:
        sys.exit(1)
    texts = len(catalogue.all_texts())
    click.echo(f"{len(catalogue.strategies)} strategies, {texts} texts, {', '.join(catalogue.languages)}: all good.")


@content.command("publish")
def content_publish() -> None:
    """Append new texts and new versions to the record of everything ever published."""
    updated = as_toml(publish(load_catalogue(), load_published()))
    record = Path(str(files("content"))) / "published.toml"
    if updated == record.read_text(encoding="utf-8"):
        click.echo("Nothing is new.")
        return
    record.write_text(updated, encoding="utf-8")
    click.echo("Recorded: commit content/published.toml with the texts.")


@content.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def content_list(as_json: bool) -> None:
    """List strategies with their texts."""
    strategies = listing(load_catalogue())
    if as_json:
        click.echo(json.dumps(strategies, ensure_ascii=False))
        return
    for strategy in strategies:
        click.echo(f"\n{strategy['id']} ({strategy['guide_heading']})")
        for language, texts in strategy["texts"].items():
            for text in texts:
                click.echo(f"  {language} v{text['version']} {text['segments']} part  {text['text']}")


clinic_option = click.option("--clinic", "clinic_name", required=True, help="Name of the clinic.")


@click.command("add-text")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@clinic_option
def add_text(file: Path, clinic_name: str) -> None:
    """Add a clinic's own texts, or new versions of them, from a TOML file.

    Each text is a [[text]] table with strategy, language, name, body, reviewer and reviewed_on.
    """
    tables, grade = _read_tables(file), reading_grade()
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        clinic_id = _clinic_id(connection, clinic_name)
        try:
            added = add_texts(connection, clinic_id, tables, runtime.catalogue, grade, runtime.now())
        except CatalogueError as error:
            raise click.UsageError(str(error)) from None
    for note in notes(grade):
        click.echo(note, err=True)
    for text in added:
        click.echo(f"{text.language} {text.strategy}.clinic-{text.name}, version {text.version}: added.")
    if not added:
        click.echo("Nothing was changed: these texts are already there.")


@click.command("remove-text")
@click.argument("text_id")
@click.option("--language", required=True, help="Language of the text.")
@clinic_option
def remove_text(text_id: str, language: str, clinic_name: str) -> None:
    """Stop sending one of a clinic's own texts, such as stretching.clinic-pool-1."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        clinic_id = _clinic_id(connection, clinic_name)
        if not withdraw_text(connection, clinic_id, text_id, language, runtime.now()):
            raise click.UsageError(f"{clinic_name} has no text {text_id} in '{language}'.")
    click.echo(f"{language} {text_id} is no longer sent.")


@click.command("switch-off")
@click.argument("strategy")
@clinic_option
def switch_off(strategy: str, clinic_name: str) -> None:
    """Turn a strategy off for a clinic: it is not sent to its participants."""
    _switch(strategy, clinic_name, on=False)


@click.command("switch-on")
@click.argument("strategy")
@clinic_option
def switch_on(strategy: str, clinic_name: str) -> None:
    """Turn a strategy on again for a clinic."""
    _switch(strategy, clinic_name, on=True)


@click.command("review")
@click.argument("text_id")
@click.option("--language", required=True, help="Language of the text.")
@click.option("--reviewer", required=True, help="Who reviewed it: a name and a profession.")
@click.option("--on", "reviewed_on", type=click.DateTime(["%Y-%m-%d"]), help="The day, if it was not today.")
@clinic_option
def review(text_id: str, language: str, reviewer: str, reviewed_on: datetime | None, clinic_name: str) -> None:
    """Record that someone of a clinic has reviewed a text, such as stretching.1; the library page shows it."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        clinic_id, now = _clinic_id(connection, clinic_name), runtime.now()
        own = load_own_texts(connection, [clinic_id]).get(clinic_id, ())
        catalogue, on = clinic_catalogue(runtime.catalogue, own), (reviewed_on or now).date()
        try:
            version = record_review(connection, clinic_id, catalogue, (text_id, language), reviewer, on, now)
        except ReviewError as error:
            raise click.UsageError(str(error)) from None
        record(connection, COMMAND_LINE, "reviewed", f"text {text_id}"[:60], now, clinic_id, {"version": version})
    click.echo(f"{language} {text_id}, version {version}: reviewed by {reviewer.strip()} on {on}.")


CLINIC_CONTENT = (add_text, remove_text, switch_off, switch_on, review)
for command in CLINIC_CONTENT:
    content.add_command(command)


def _switch(strategy: str, clinic_name: str, *, on: bool) -> None:
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        try:
            changed = switch(connection, _clinic_id(connection, clinic_name), strategy, runtime.catalogue, on=on)
        except CatalogueError as error:
            raise click.UsageError(str(error)) from None
    state = "on" if on else "off"
    click.echo(f"{strategy} is {state} for {clinic_name}{'' if changed else ', as it was before'}.")


def _clinic_id(connection: Connection, name: str) -> int:
    clinic_id = find_clinic(connection, name)
    if clinic_id is None:
        known = connection.execute(select(Clinic.name).order_by(Clinic.name)).scalars()
        raise click.UsageError(f"There is no clinic '{name}': choose from {', '.join(known) or 'none yet'}.")
    return clinic_id


def _read_tables(file: Path) -> list[dict[str, object]]:
    try:
        parsed = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{file.name} cannot be read: {error}") from None
    tables = parsed.get("text")
    if set(parsed) != {"text"} or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise click.UsageError(f"{file.name} must have [[text]] tables and nothing else.")
    return tables

"""`coach content`: the message library."""

import json
import sys
from importlib.resources import files
from pathlib import Path

import click

from content.catalogue import listing, load_catalogue
from content.lint import notes, problems, reading_grade
from content.published import as_toml, load_published, publish


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

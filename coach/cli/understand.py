"""`coach understand`: show how a reply is understood. Imports neither the database nor the web side."""

import json
import sys

import click

from coach.understanding import Asked, understand
from coach.understanding import as_json as reading_as_json


@click.command("understand")
@click.argument("text", required=False)
@click.option(
    "--asked",
    default="score_and_habit",
    show_default=True,
    help="The open question: score_and_habit, score, habit, consent or none.",
)
@click.option("--language", type=click.Choice(["en", "es"]), help="Read in this language only. Default: try both.")
@click.option("--jsonl", is_flag=True, help='Read JSON lines {"text", "asked"} and print a line for each, in order.')
def understand_command(text: str | None, asked: str, language: str | None, jsonl: bool) -> None:
    """Show how a reply is understood, as JSON."""
    if jsonl:
        _understand_lines(asked, language)
        return
    if text is None:
        raise click.UsageError("Give a text, or --jsonl with lines on standard input.")
    click.echo(json.dumps(reading_as_json(understand(text, _asked(asked), language)), ensure_ascii=False))


def _understand_lines(asked: str, language: str | None) -> None:
    encode = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would create an encoder for every line
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
        raise click.UsageError(f"'{name}' is not a question: choose from {', '.join(Asked)}.") from None

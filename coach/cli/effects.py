"""`coach effects`: estimate what each step does, from an exported decisions file."""

import io
import json
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from coach.effects.estimates.estimate import report_sets
from coach.effects.estimates.one_person import own_nights
from coach.effects.read_file import PRIOR, CellError, FileError, read_sets
from coach.effects.results import OwnNights, Report
from coach.effects.wording import as_json, as_text, people_as_text, sets_as_json, sets_as_text


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--control", "controls", multiple=True, metavar="COLUMN", help=f"Column to control for instead of {PRIOR}."
)
@click.option(
    "--people",
    "each",
    is_flag=True,
    help="Also report each person who has ten scored nights with a step and ten without.",
)
@click.option("--json", "as_json_too", is_flag=True, help="Print one JSON value.")
def effects(file: str, controls: tuple[str, ...], each: bool, as_json_too: bool) -> None:
    """Estimate the effect of each strategy from an exported decisions file ('-' for standard input)."""
    try:
        with click.open_file(file, "rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as lines:
            sets = read_sets(lines, controls or (PRIOR,))
    except FileError as error:
        _refuse(error.errors, error.more)
    except UnicodeDecodeError:
        _refuse([CellError(1, "", "this is not UTF-8 text: save the file as 'CSV UTF-8'")])
    found = [
        (stratum, told, list(own_nights(nights)) if each else None)
        for (stratum, nights), (_, told) in zip(sets, report_sets(sets), strict=True)
    ]
    if as_json_too:
        click.echo(json.dumps(sets_as_json([(stratum, as_json(told, people)) for stratum, told, people in found])))
    else:
        click.echo(sets_as_text([(stratum, _in_words(told, people)) for stratum, told, people in found]))


def _in_words(told: Report, people: Sequence[OwnNights] | None) -> str:
    alone = "" if people is None else "\n\nEach person alone:\n" + people_as_text(people)
    return as_text(told) + alone


def _refuse(errors: Sequence[object], more: int = 0) -> NoReturn:
    for error in errors:
        click.echo(str(error), err=True)
    if more:
        click.echo(f"And {more} more errors.", err=True)
    sys.exit(2)

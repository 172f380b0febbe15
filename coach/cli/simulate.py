"""`coach simulate` and `coach plan-capacity`: what a program does and costs, before anyone is texted."""

import json
import os
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coach.config import load_settings
from coach.costs.capacity import plan_capacity
from coach.costs.prices import PriceError, load_price
from coach.simulation import Setup, SetupError, csv_chunks
from coach.simulation.setup import read_effects
from content.catalogue import load_catalogue
from schedules.decisions.policies import CURRENT_VERSION


@click.command()
@click.option("--participants", required=True, type=click.IntRange(1, 1_000_000), help="Number of people.")
@click.option("--days", required=True, type=click.IntRange(1, 1000), help="Number of evenings.")
@click.option("--programme", default="evening", show_default=True, help="Programme they are enrolled in.")
@click.option("--policy", type=click.Choice(list(CURRENT_VERSION)), help="Default: the programme's own policy.")
@click.option(
    "--effects",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML or JSON file: points that a strategy adds to the night's score, such as stretching = -0.8.",
)
@click.option("--seed", default=1, show_default=True, help="The same seed produces the same file.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: standard output.")
@click.option("--processes", type=click.IntRange(1), help="Number of processes. Default: one per core.")
def simulate(  # noqa: PLR0913  (a command has as many arguments as it has options)
    participants: int,
    days: int,
    programme: str,
    policy: str | None,
    effects: Path | None,
    seed: int,
    out: Path | None,
    processes: int | None,
) -> None:
    """Run the real planner over simulated people, and write every decision with its outcome as CSV."""
    catalogue = load_catalogue()
    if programme not in catalogue.programmes:
        raise click.UsageError(f"There is no programme '{programme}': choose from {', '.join(catalogue.programmes)}.")
    try:
        known = read_effects(effects, catalogue.strategies) if effects else {}
    except SetupError as error:
        raise click.UsageError(str(error)) from None
    setup = Setup(participants, days, programme, policy, known, seed)
    _write(setup, out, processes or os.cpu_count() or 1)


def _write(setup: Setup, out: Path | None, processes: int) -> None:
    """Write to a temporary name first, so that an incomplete file never has the final name."""
    part = out.with_name(out.name + ".part") if out else None
    try:
        with part.open("w", encoding="utf-8", newline="") if part else nullcontext(sys.stdout) as file, _bar() as bar:
            task = bar.add_task("Simulating", total=setup.participants)
            for people, lines in csv_chunks(setup, processes):
                file.write(lines)
                bar.advance(task, people)
    except OSError as error:
        raise click.ClickException(f"{out or 'standard output'} cannot be written: {error.strerror}") from None
    if part and out:
        part.replace(out)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


@click.command("plan-capacity")
@click.option("--participants", required=True, type=click.IntRange(1, 10_000_000), help="Number of people.")
@click.option("--programme", default="evening", show_default=True, help="Programme they are enrolled in.")
@click.option("--language", default="en", show_default=True, help="Language of the texts, such as en, es or es-ES.")
@click.option("--country", default="US", show_default=True, help="Country whose prices apply, as in prices.toml.")
@click.option("--per-second", type=click.FloatRange(0), help="Texts a second. Default: SMS_PER_SECOND.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def plan_capacity_command(
    participants: int, programme: str, language: str, country: str, per_second: float | None, as_json: bool
) -> None:
    """Say how long an evening takes to send and what it costs at most."""
    catalogue = load_catalogue()
    if programme not in catalogue.programmes:
        raise click.UsageError(f"There is no programme '{programme}': choose from {', '.join(catalogue.programmes)}.")
    if language not in catalogue.languages:
        raise click.UsageError(f"There are no texts in '{language}': choose from {', '.join(catalogue.languages)}.")
    try:
        price = load_price(country.upper())
    except PriceError as error:
        raise click.UsageError(str(error)) from None
    rate = load_settings().sms_per_second if per_second is None else per_second
    plan = plan_capacity(catalogue, catalogue.programmes[programme], language, participants, price, rate)
    click.echo(json.dumps(asdict(plan)) if as_json else f"{plan.words()}\nPrices: {country.upper()}, {price.as_of}.")

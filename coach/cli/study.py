"""`coach study`: plan, register and report a study; and `coach export`, the files that a study is reported from."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from coach.accounts.sign_ins import AccountError, find_named_clinic, only_clinic
from coach.audit import COMMAND_LINE
from coach.export.files import NO_PARQUET, has_parquet
from coach.export.study_files import load_studies
from coach.export.table_rows import ExportContext, last_instant
from coach.export.write_export import export_clinic, load_aliases
from coach.runtime import Runtime, opened_runtime
from coach.studies.register import programme_of_clinic, register
from coach.studies.registration import CONTROLS, RegistrationError, registration
from coach.studies.sample_size import EFFECT_PARAMETERS, Plan, PlanError, effects_by_day, participants, power_of
from coach.studies.wording import as_text
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.pseudonyms import LONGEST_CUT
from schedules.database.tables.clinics import Clinic
from schedules.enrolment.roster_rules import DEFAULT_PROGRAMME


@click.group()
def study() -> None:
    """Plan, register and report a study."""


@study.command("plan")
@click.option("--effect", required=True, type=float, help="Mean standardized effect of a step over all days.")
@click.option("--days", required=True, type=click.IntRange(1, 3650), help="Number of days.")
@click.option("--occasions", default=1, show_default=True, type=click.IntRange(1, 100), help="Decision points a day.")
@click.option("--probability", required=True, type=float, help="Probability of a step at a decision point.")
@click.option("--availability", required=True, type=float, help="Share of decision points at which one is possible.")
@click.option("--power", required=True, type=float, help="Power to reach.")
@click.option("--alpha", default=0.05, show_default=True, type=float, help="Level of the test.")
@click.option("--shape", default="constant", show_default=True, type=click.Choice(list(EFFECT_PARAMETERS)))
@click.option("--initial", default=0.0, show_default=True, type=float, help="Effect on the first day.")
@click.option("--peak-day", default=28, show_default=True, type=int, help="Day of the largest effect, if quadratic.")
@click.option("--programme", metavar="ID", help="With --simulate: the program to simulate.")
@click.option("--simulate", is_flag=True, help="Also simulate trials of the program with that many people.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Seed of the simulation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def study_plan(programme: str | None, simulate: bool, seed: int, as_json: bool, **given: Any) -> None:
    """Calculate how many people a micro-randomized trial needs (Liao et al. 2016)."""
    if simulate != (programme is not None):
        raise click.UsageError("Give --programme and --simulate together.")
    plan = Plan(**given)
    try:
        people = participants(plan)
    except PlanError as error:
        raise click.UsageError(str(error)) from None
    told = {"participants": people, "method": "formula", "power_reached": round(power_of(plan, people), 4)}
    told |= asdict(plan)
    if programme is not None:
        told["simulated"] = _simulated(plan, people, programme, seed)
    click.echo(json.dumps(told) if as_json else _plan_as_text(told))


def _simulated(plan: Plan, people: int, programme: str, seed: int) -> dict[str, object]:
    from coach.simulation import Setup  # noqa: PLC0415  (numpy and the planner: only to simulate)
    from coach.simulation.living import simulate_person  # noqa: PLC0415  (as above)
    from coach.studies.simulated_power import MOST_PEOPLE, POOL, pool_of, simulate_power  # noqa: PLC0415  (as above)
    from content.catalogue import load_catalogue  # noqa: PLC0415  (as above)

    catalogue, policy = load_catalogue(), "micro-randomised"
    if programme not in catalogue.programmes:
        raise click.UsageError(f"There is no programme '{programme}': choose from {', '.join(catalogue.programmes)}.")
    if people > MOST_PEOPLE:
        raise click.UsageError(f"--simulate: {people} people are too many to simulate; at most {MOST_PEOPLE}.")
    setup = Setup(POOL, plan.days, programme, policy, seed=seed)
    lives = [simulate_person(setup, catalogue, number) for number in range(1, POOL + 1)]
    tomorrow = [id for id, strategy in catalogue.strategies.items() if strategy.acts_on == "tomorrow"]
    pool = pool_of(setup, lives, tomorrow)
    slots = sum(slot.sends_step for slot in catalogue.programmes[programme].slots)
    found = simulate_power(pool, people, effects_by_day(plan), plan.days * slots, seed)
    numbers = {name: round(value, 4) for name, value in asdict(found).items()}
    return {"programme": programme, "policy": policy, "seed": seed, **numbers}


def _plan_as_text(told: dict[str, Any]) -> str:
    shape = told["shape"]
    if shape != "constant":
        shape += f" from {told['initial']}" + (f", peak on day {told['peak_day']}" if shape == "quadratic" else "")
    lines = [
        f"{told['participants']} people give a power of {told['power_reached']:.3f} ({told['power']} wanted).",
        f"Formula of Liao et al. (2016): mean effect {told['effect']} standard deviations ({shape}), "
        f"{told['days']} days, decision points a day: {told['occasions']}, probability {told['probability']}, "
        f"availability {told['availability']}, alpha {told['alpha']}.",
    ]
    if found := told.get("simulated"):
        lines += [
            f"Simulation of program '{found['programme']}' with {told['participants']} people: "
            f"{found['power']:.3f} of {found['trials']} trials detect it (95% interval {found['ci_low']:.3f} to "
            f"{found['ci_high']:.3f}).",
            f"There {found['availability']:.0%} of evenings are compared (steps for tomorrow are set aside), a step "
            f"has probability {found['probability']:.2f} on them, {found['scored']:.0%} of their scores come, and a "
            f"standard deviation is {found['sd']:.2f} points. How people answer and nights vary is assumed.",
        ]
    return "\n".join(lines)


@study.command("register")
@click.option("--clinic", help="Name of the clinic; required if there are several.")
@click.option(
    "--protocol",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The protocol as plain text or Markdown.",
)
@click.option("--programme", metavar="ID", help="Program of the study. Default: the clinic's.")
@click.option(
    "--control",
    "controls",
    multiple=True,
    type=click.Choice(CONTROLS),
    help=f"Column to control for in the primary analysis. Default: {CONTROLS[0]}.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def study_register(
    clinic: str | None, protocol: Path, programme: str | None, controls: tuple[str, ...], as_json: bool
) -> None:
    """Register a study with its protocol and primary analysis, before its first nudge."""
    given = protocol.read_bytes()
    with opened_runtime() as runtime:
        clinic_id = _clinic(runtime, clinic)
        known = runtime.catalogue.programmes
        with write_transaction(runtime.engine) as connection:
            chosen = programme or programme_of_clinic(connection, clinic_id) or DEFAULT_PROGRAMME
            if chosen not in known:
                raise click.UsageError(f"There is no programme '{chosen}': choose from {', '.join(known)}.")
            try:
                registered = registration(given, chosen, controls or CONTROLS[:1], runtime.now())
                id = register(connection, clinic_id, registered)
            except RegistrationError as error:
                raise click.UsageError(str(error)) from None
    if as_json:
        hashes = {"protocol_sha256": registered.protocol_sha256, "sha256": registered.sha256}
        click.echo(json.dumps({"id": id, "programme": chosen, "policy": registered.policy, **hashes}))
        return
    click.echo(f"Study {id} is registered: program {chosen}, policy {registered.policy}.")
    click.echo(f"SHA-256 of the protocol:     {registered.protocol_sha256}")
    click.echo(f"SHA-256 of the registration: {registered.sha256}")
    click.echo("Note both elsewhere, with today's date: in a public register, or in a mail to the ethics board.")


@study.command("report")
@click.option("--clinic", help="Name of the clinic; required if there are several.")
@click.option("--programme", metavar="ID", help="Program of the study; required if several are registered.")
@click.option("--deidentified", is_flag=True, help="Of the rows that a de-identified export of today has.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def study_report(clinic: str | None, programme: str | None, deidentified: bool, as_json: bool) -> None:
    """Report a registered study: flow, baseline, delivery, primary analysis, sensitivity, deviations."""
    from coach.studies.load_report import load_report  # noqa: PLC0415  (numpy is slow to load)

    with opened_runtime() as runtime:
        clinic_id = _clinic(runtime, clinic)
        with read_transaction(runtime.engine) as connection:
            studies = {one.programme: one for one in load_studies(connection, Clinic.id == clinic_id)}
            if not studies:
                raise AccountError("No study is registered: see 'coach study register --help'.")
            chosen = programme or (min(studies) if len(studies) == 1 else "")
            if chosen not in studies:
                raise click.UsageError(f"--programme: choose from {', '.join(studies)}.")
            as_of = last_instant(connection, clinic_id) or runtime.now()
            aliases = load_aliases(runtime, connection, clinic_id) if deidentified else None
            found = load_report(ExportContext(connection, runtime.catalogue, as_of), studies[chosen], aliases)
    click.echo(json.dumps(found, indent=2) if as_json else as_text(found))


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--deidentified", is_flag=True, help="Pseudonyms, shifted dates, no bodies: see the data dictionary.")
@click.option("--fhir", is_flag=True, help="Write FHIR R4 instead, as NDJSON: pseudonyms, shifted dates, no bodies.")
@click.option("--identified", is_flag=True, help="With --fhir: names, numbers, bodies and true dates as well.")
@click.option("--clinic", help="Name of the clinic; required if there are several.")
def export(folder: Path, deidentified: bool, fhir: bool, identified: bool, clinic: str | None) -> None:
    """Write participants, decisions, check-ins and messages as CSV and Parquet, with a data dictionary; or as FHIR."""
    if identified and (deidentified or not fhir):
        raise click.UsageError("--identified goes with --fhir, and not with --deidentified.")
    with opened_runtime() as runtime:
        clinic_id = _clinic(runtime, clinic)
        try:
            if fhir:
                click.echo(_export_fhir(runtime, clinic_id, folder, identified=identified))
                return
            exported = export_clinic(runtime, clinic_id, folder, COMMAND_LINE, deidentified=deidentified)
        except OSError as error:
            raise click.ClickException(f"{folder} cannot be written: {error.strerror}") from None
    counts = ", ".join(f"{count} {table.replace('_', '-')}" for table, count in exported.rows.items())
    click.echo(f"Wrote {counts or 'nobody'} to {folder}.")
    if not has_parquet():
        click.echo(NO_PARQUET)
    if not deidentified:
        click.echo("Message bodies and database ids are included: protect the files as you protect medical records.")
        return
    if left_out := ", ".join(f"{count} {table.replace('_', '-')}" for table, count in exported.cut.items()):
        click.echo(f"Left out, because recent rows tell true dates: {left_out}.")
        click.echo(f"An export {LONGEST_CUT} weeks from now has all of them. Do not pass these counts on.")
    if exported.cautions:
        click.echo(f"Caution, few people share a value: {'; '.join(exported.cautions)}. See data-dictionary.md.")


def _export_fhir(runtime: Runtime, clinic_id: int, folder: Path, *, identified: bool) -> str:
    from coach.export.fhir.write_fhir import export_fhir  # noqa: PLC0415  (only for FHIR)

    counts = export_fhir(runtime, clinic_id, folder, COMMAND_LINE, identified=identified)
    wrote = f"Wrote {', '.join(f'{count} {name}' for name, count in counts.items())} to {folder}."
    careful = "Names, numbers and message bodies are included: protect the files as you protect medical records."
    return f"{wrote}\n{careful}" if identified else wrote


def _clinic(runtime: Runtime, name: str | None) -> int:
    """Return the id of the clinic with this name, or of the only one. Raises AccountError."""
    with read_transaction(runtime.engine) as connection:
        clinic_id = find_named_clinic(connection, name) if name else only_clinic(connection)
    if clinic_id is None:
        raise AccountError("There is no clinic yet.")
    return clinic_id

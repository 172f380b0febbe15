"""`coach export`: write a clinic's records as files, for research or for its own use."""

from pathlib import Path

import click

from coach.accounts.sign_ins import AccountError, find_clinic, only_clinic
from coach.audit import COMMAND_LINE
from coach.export.files import NO_PARQUET, has_parquet
from coach.export.write_export import export_clinic
from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--deidentified", is_flag=True, help="Pseudonyms, shifted dates, no bodies: see the data dictionary.")
@click.option("--clinic", help="Name of the clinic; required if there are several.")
def export(folder: Path, deidentified: bool, clinic: str | None) -> None:
    """Write participants, decisions, check-ins and messages as CSV and Parquet, with a data dictionary."""
    with opened_runtime() as runtime:
        with read_transaction(runtime.engine) as connection:
            clinic_id = find_clinic(connection, clinic) if clinic else only_clinic(connection)
        if clinic_id is None:
            raise AccountError(f"There is no clinic '{clinic}'." if clinic else "There is no clinic to export yet.")
        try:
            exported = export_clinic(runtime, clinic_id, folder, COMMAND_LINE, deidentified=deidentified)
        except OSError as error:
            raise click.ClickException(f"{folder} cannot be written: {error.strerror}") from None
    counts = ", ".join(f"{count} {table.replace('_', '-')}" for table, count in exported.rows.items())
    click.echo(f"Wrote {counts or 'nobody'} to {folder}.")
    if not has_parquet():
        click.echo(NO_PARQUET)
    if not deidentified:
        click.echo("Message bodies and database ids are included: protect the files as you protect medical records.")
    elif exported.cautions:
        click.echo(f"Caution, few people share a value: {'; '.join(exported.cautions)}. See data-dictionary.md.")

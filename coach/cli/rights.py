"""`coach` commands for people's rights: erase, participants export, participants stop.

Each imports what it does itself: `participants list` loads this module too.
"""

import json

import click
from sqlalchemy import select

from coach.accounts.sign_ins import AccountError
from coach.audit import COMMAND_LINE, record
from coach.cli.people import participants
from coach.runtime import opened_runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Participant

LONGEST_REASON = 300


@click.command("erase")
@click.argument("id", type=int)
def erase_command(id: int) -> None:
    """Remove a person's data; the keyed hash of their number stays, so that they are not texted again."""
    from coach.privacy.erase import Erasing, erase  # noqa: PLC0415

    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        erasing = Erasing(COMMAND_LINE, runtime.settings.sends_for_real)
        if not erase(connection, id, erasing, runtime.now()):
            raise AccountError(f"There is no participant {id}.")
    more = " Twilio is asked to delete its copies." if erasing.at_provider else ""
    click.echo(f"Participant {id} is erased: only a keyed hash of the number stays, so that it is not texted.{more}")


@participants.command("export")
@click.argument("id", type=int)
def participants_export(id: int) -> None:
    """All that is held of one person, as JSON: for them."""
    from coach.privacy.personal_data import export_person  # noqa: PLC0415

    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        found = export_person(connection, id)
        if found is None:
            raise AccountError(f"There is no participant {id}.")
        clinic_id = connection.execute(select(Participant.clinic_id).where(Participant.id == id)).scalar_one()
        record(connection, COMMAND_LINE, "exported", f"participant {id}", runtime.now(), clinic_id)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


@participants.command("stop")
@click.argument("id", type=int)
@click.option("--reason", required=True, metavar="TEXT", help="Whose word it was, such as 'asked on the phone'.")
def participants_stop(id: int, reason: str) -> None:
    """Stop every text to a person at their word; only they can start again, by texting START."""
    from schedules.enrolment.lifecycle import record_opt_out  # noqa: PLC0415

    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise click.UsageError(f"--reason must have 1 to {LONGEST_REASON} characters.")
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        query = select(Participant.number_hash, Participant.clinic_id).where(
            Participant.id == id, Participant.erased_at.is_(None)
        )
        person = connection.execute(query).one_or_none()
        if person is None:
            raise AccountError(f"There is no participant {id}.")
        new = record_opt_out(connection, person.number_hash, runtime.now(), source="told a coach", wording=reason)
        if new:
            record(connection, COMMAND_LINE, "stopped", f"participant {id}", runtime.now(), person.clinic_id)
    click.echo(f"Participant {id} {'gets no more texts' if new else 'had stopped already'}: only START begins again.")

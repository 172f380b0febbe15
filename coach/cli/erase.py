"""`coach erase`: remove a participant's data."""

import click

from coach.accounts.sign_ins import AccountError
from coach.audit import COMMAND_LINE
from coach.privacy.erase import erase as erase_participant
from coach.runtime import opened_runtime
from schedules.database.engine import write_transaction


@click.command()
@click.argument("id", type=int)
def erase(id: int) -> None:
    """Erase a participant's data. Only a keyed hash of the number stays, so that nobody texts it again."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        at_provider = runtime.settings.sends_for_real
        if not erase_participant(connection, id, runtime.now(), actor=COMMAND_LINE, at_provider=at_provider):
            raise AccountError(f"There is no participant {id}.")
    more = " Twilio is asked to delete its copies." if at_provider else ""
    click.echo(f"Participant {id} is erased: only a keyed hash of the number stays, so that it is not texted.{more}")

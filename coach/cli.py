"""The `coach` command. Exit 0: done; 1: failed; 2: wrong input, with nothing changed."""

import sys
from typing import NoReturn

import click

from coach.accounts import AccountError
from coach.cli_audit import audit
from coach.cli_clinic_content import CLINIC_CONTENT
from coach.cli_content import content
from coach.cli_data import coaches, participants
from coach.cli_decisions import decisions
from coach.cli_doctor import doctor
from coach.cli_effects import effects
from coach.cli_export import export
from coach.cli_reading import summary, understand_command
from coach.cli_rights import clinics, erase_command, participants_export
from coach.cli_running import db, demo, keys, tick_command, worker
from coach.cli_simulate import simulate
from coach.config import SettingError
from coach.database import SchemaError
from content.catalogue import CatalogueError
from schedules.keys import KeysMissingError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rls-coach")
def coach() -> None:
    """Evening text-message habit coaching for people with restless legs syndrome."""


for command in (demo, db, keys, coaches, participants, tick_command, worker, understand_command, summary):
    coach.add_command(command)
for command in (decisions, simulate, content, audit, effects, export):
    coach.add_command(command)
for command in (doctor, clinics, erase_command):
    coach.add_command(command)
participants.add_command(participants_export)
for command in CLINIC_CONTENT:
    content.add_command(command)


def main() -> NoReturn:
    """Run the command; what a person can mend is one sentence, never a traceback."""
    try:
        coach(standalone_mode=True)
    except (SettingError, AccountError, CatalogueError) as error:
        sys.exit(_say(error, 2))
    except (SchemaError, KeysMissingError) as error:
        sys.exit(_say(error, 1))
    sys.exit(0)


def _say(error: Exception, code: int) -> int:
    click.echo(str(error), err=True)
    return code

"""The `coach` command. Exit 0: done; 1: failed; 2: wrong input, with nothing changed."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NoReturn

import click

from coach.operations.error_details import tell_uncaught

# Where each command lives: only the one that is run is loaded, so that `coach understand` needs no database.
COMMANDS = {
    "audit": "coach.cli.audit:audit",
    "clinics": "coach.cli.rights:clinics",
    "coaches": "coach.cli.people:coaches",
    "content": "coach.cli.clinic_content:content",
    "db": "coach.cli.installation:db",
    "decisions": "coach.cli.decisions:decisions",
    "demo": "coach.cli.installation:demo",
    "doctor": "coach.cli.doctor:doctor",
    "effects": "coach.cli.effects:effects",
    "erase": "coach.cli.rights:erase_command",
    "export": "coach.cli.export:export",
    "flags": "coach.cli.flags:flags",
    "inbox": "coach.cli.flags:inbox",
    "keys": "coach.cli.installation:keys",
    "participants": "coach.cli.rights:participants",
    "simulate": "coach.cli.simulate:simulate",
    "summary": "coach.cli.summary:summary",
    "tick": "coach.cli.installation:tick_command",
    "understand": "coach.cli.understand:understand_command",
    "worker": "coach.cli.installation:worker",
}


class LoadedWhenRun(click.Group):
    """A group whose commands are imported when they are asked for."""

    def __init__(self, *args: object, places: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever click's own group takes
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, which need no import."""
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that is asked for, or None."""
        module, _, name = self._places.get(cmd_name, "").partition(":")
        found = getattr(import_module(module), name) if module else None
        return found if isinstance(found, click.Command) else None


@click.group(cls=LoadedWhenRun, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rls-coach")
def coach() -> None:
    """Evening text-message habit coaching for people with restless legs syndrome."""


def main() -> NoReturn:
    """Run the command; what a person can mend is one sentence, never a traceback."""
    sys.excepthook = tell_uncaught
    try:
        coach(standalone_mode=True)
    except (ValueError, RuntimeError) as error:
        code = _exit_code(error)
        if code is None:
            raise
        click.echo(str(error), err=True)
        sys.exit(code)
    sys.exit(0)


def _exit_code(error: Exception) -> int | None:
    """2 for what was given wrong, 1 for what stands in the way, None for a fault of ours."""
    from coach.accounts.sign_ins import AccountError  # noqa: PLC0415  (only a command that failed pays for these)
    from coach.config import SettingError  # noqa: PLC0415
    from coach.database.schema import SchemaError  # noqa: PLC0415
    from content.catalogue import CatalogueError  # noqa: PLC0415
    from schedules.database.encryption import KeysMissingError  # noqa: PLC0415

    if isinstance(error, SettingError | AccountError | CatalogueError):
        return 2
    return 1 if isinstance(error, SchemaError | KeysMissingError) else None

"""The `coach` command. Exit 0: done. 1: failed. 2: invalid input, and nothing was changed."""

import ast
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import click

from coach.operations.error_details import tell_uncaught

# Where each command is defined. Only the one that runs is imported, so that `coach understand` needs no database.
COMMANDS = {
    "api-keys": "coach.cli.connections.api_keys:api_keys",
    "audit": "coach.cli.installation:audit",
    "clinics": "coach.cli.clinics:clinics",
    "coaches": "coach.cli.coaches:coaches",
    "content": "coach.cli.content:content",
    "db": "coach.cli.installation:db",
    "decisions": "coach.cli.decisions:decisions",
    "deletions": "coach.cli.doctor:deletions",
    "demo": "coach.cli.installation:demo",
    "doctor": "coach.cli.doctor:doctor",
    "effects": "coach.cli.effects:effects",
    "erase": "coach.cli.participants:erase",
    "export": "coach.cli.study:export",
    "flags": "coach.cli.flags:flags",
    "inbox": "coach.cli.flags:inbox",
    "keys": "coach.cli.installation:keys",
    "participants": "coach.cli.participants:participants",
    "plan-capacity": "coach.cli.simulate:plan_capacity_command",
    "redcap": "coach.cli.connections.redcap:redcap",
    "simulate": "coach.cli.simulate:simulate",
    "study": "coach.cli.study:study",
    "summary": "coach.cli.summary:summary",
    "tick": "coach.cli.installation:tick_command",
    "understand": "coach.cli.understand:understand_command",
    "webhooks": "coach.cli.connections.webhooks:webhooks",
    "worker": "coach.cli.installation:worker",
}


class LoadedWhenRun(click.Group):
    """A group that imports a command only when it runs."""

    def __init__(self, *args: object, places: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passes on whatever click.Group accepts
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names without importing anything."""
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that is asked for, or None."""
        if cmd_name not in self._places:
            return None
        module, _, name = self._places[cmd_name].partition(":")
        found = getattr(import_module(module), name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with what their docstrings say, which is read from the source: no import."""
        room = formatter.width - 6 - max(len(name) for name in self._places)
        told = {name: click.Command(name, help=_docstring(place)) for name, place in sorted(self._places.items())}
        rows = [(name, command.get_short_help_str(room)) for name, command in told.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _docstring(place: str) -> str:
    module, _, name = place.partition(":")
    spec = find_spec(module)
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8")) if spec and spec.origin else ast.Module([], [])
    functions = (one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name)
    return next((ast.get_docstring(one) or "" for one in functions), "")


# A database error quotes the statement; here it is one that passes by itself or with the server's return.
NO_DATABASE = "The database cannot be reached, or another program is using it: see that it runs, then try again."


@click.group(cls=LoadedWhenRun, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rls-coach")
def coach() -> None:
    """Evening text-message habit coaching for people with restless legs syndrome."""


def main() -> NoReturn:
    """Run the command. Errors that the user can fix are reported in one sentence, without a traceback."""
    sys.excepthook = tell_uncaught
    os.umask(0o077)  # databases, exports and whatever else is written are their owner's alone
    try:
        coach(standalone_mode=True)
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        click.echo(NO_DATABASE if _is_of_the_database(error) else str(error), err=True)
        sys.exit(code)
    sys.exit(0)


def _exit_code(error: Exception) -> int | None:
    """2 for invalid input, 1 for an environment problem, None for a bug."""
    from coach.accounts.sign_ins import AccountError  # noqa: PLC0415  (slow imports that only a failed command needs)
    from coach.config import SettingError  # noqa: PLC0415  (as above)
    from coach.database.schema import SchemaError  # noqa: PLC0415  (as above)
    from content.catalogue import CatalogueError  # noqa: PLC0415  (as above)
    from schedules.database.encryption import KeysMissingError  # noqa: PLC0415  (as above)

    if isinstance(error, SettingError | AccountError | CatalogueError):
        return 2
    return 1 if isinstance(error, SchemaError | KeysMissingError) or _is_of_the_database(error) else None


def _is_of_the_database(error: Exception) -> bool:
    from schedules.database.turns import is_transient  # noqa: PLC0415  (only a failed command needs it)

    return is_transient(error)

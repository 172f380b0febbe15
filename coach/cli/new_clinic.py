"""What every command says that is about to create a clinic, since the name may be misspelled."""

import click
from sqlalchemy import Connection

from coach.accounts.sign_ins import about_new_clinic


def warn_if_new(connection: Connection, name: str) -> None:
    """Say on stderr that a clinic of this name is created, and which other is like it. Raises AccountError."""
    told = about_new_clinic(connection, name)
    if told:
        click.echo(told, err=True)

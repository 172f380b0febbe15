"""The `coach` command, one file a group of commands; only the one that is run is loaded."""

from coach.cli.main import main

__all__ = ["main"]

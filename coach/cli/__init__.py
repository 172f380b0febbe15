"""The `coach` command: one file per command group. Only the command that runs is imported."""

from coach.cli.main import main

__all__ = ["main"]

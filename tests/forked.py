"""Processes forked from one that has imported the program: to import it takes a second, to fork a hundredth."""

import multiprocessing

from coach.cli.main import COMMANDS

FORKED = multiprocessing.get_context("forkserver")
# One list, since a process has but one such server.
FORKED.set_forkserver_preload(
    [
        "tests.commands",
        "tests.warmed",
        "tests.chaos.worker",
        "coach.jobs",
        "coach.cli.participants",
        *sorted({place.partition(":")[0] for place in COMMANDS.values()}),
    ]
)

"""A command whose database is gone says so in one sentence."""

import pytest

from coach.cli.main import NO_DATABASE
from tests.commands import environment, run

NOBODY_LISTENS = "postgresql://coach@127.0.0.1:1/coach"


@pytest.mark.parametrize("command", [["participants", "list"], ["db", "upgrade"], ["tick", "--json"]])
def test_a_server_that_does_not_answer_is_one_sentence(command: list[str]) -> None:
    answer = run(command, environment(NOBODY_LISTENS))
    assert (answer.returncode, answer.stdout, answer.stderr) == (1, "", NO_DATABASE + "\n")

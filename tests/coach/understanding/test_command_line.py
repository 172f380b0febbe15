"""`coach understand` as it is typed."""

from __future__ import annotations

import json
import subprocess
import sys

LINES = '{"text": "4 yes", "asked": "score_and_habit"}\n\n{"text": "stop texting me", "context": "asked_score"}\n'
LOADED = """
import sys
from coach.cli.main import coach
coach(["understand", "--jsonl"], standalone_mode=False)
print(sorted({"sqlalchemy", "flask", "twilio", "coach.runtime"} & set(sys.modules)), file=sys.stderr)
"""


def test_reads_lines_in_order_without_loading_the_database_or_the_web() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], input=LINES, capture_output=True, text=True, check=True)

    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["intent"], one["score"], one["habit"]) for one in read] == [
        ("checkin", 4, True),
        ("opt_out", None, None),
    ]
    assert done.stderr.strip() == "[]"


def test_a_broken_line_is_one_sentence_and_exit_2() -> None:
    typed = [sys.executable, "-m", "coach", "understand", "--jsonl"]
    done = subprocess.run(typed, input='{"asked": "score"}\n', capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "line 1 is not JSON" in done.stderr


def test_what_a_person_can_mend_is_one_sentence_when_a_command_is_loaded_late() -> None:
    typed = [sys.executable, "-m", "coach", "db", "check"]
    done = subprocess.run(
        typed, env={"PATH": "/usr/bin", "DATABASE_URL": "nonsense"}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr

"""Starting a command is cheap: it imports no library that only others need (a count, since times vary by machine)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT, environment, run

PAGES = {"flask", "flask_security", "wtforms"}
FIGURES = {"numpy", "scipy", "pyarrow"}
TEXTS = {"twilio", "requests", "phonenumbers", "apscheduler", "jinja2", "css_inline", "coach.understanding"}
EVERYTHING = PAGES | FIGURES | TEXTS | {"sqlalchemy", "alembic", "pydantic", "cryptography", "structlog", "rich"}
REPORT = """
import atexit, json, sys
path = sys.argv.pop(1)
atexit.register(lambda: open(path, "w").write(json.dumps(sorted(sys.modules))))
from coach.cli import main
main()
"""


def test_the_pages_need_no_figures_library() -> None:
    report = "import json, sys, coach.web.app; print(json.dumps(sorted(sys.modules)))"
    given = environment("sqlite://")
    done = subprocess.run([sys.executable, "-c", report], cwd=ROOT, env=given, capture_output=True, check=True)
    assert not (FIGURES | {"alembic"}) & set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], EVERYTHING),
        (["understand", "4 yes"], PAGES | FIGURES | {"sqlalchemy", "alembic", "pydantic", "twilio"}),
        (["doctor"], PAGES | FIGURES | TEXTS | {"alembic"}),
        (["participants", "list"], PAGES | FIGURES | TEXTS | {"alembic"}),
        (["tick"], PAGES | FIGURES | {"alembic", "twilio.rest"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_command_imports_no_library_that_only_others_need(
    tmp_path: Path, arguments: list[str], unwanted: set[str]
) -> None:
    given = environment(f"sqlite:///{tmp_path}/coach.sqlite3")
    assert run(["db", "upgrade"], given).returncode == 0
    listed = tmp_path / "modules.json"
    done = subprocess.run(
        [sys.executable, "-c", REPORT, str(listed), *arguments], cwd=ROOT, env=given, capture_output=True, check=False
    )
    assert done.returncode == (1 if arguments == ["doctor"] else 0), done.stderr  # no worker runs here
    assert not unwanted & set(json.loads(listed.read_text()))

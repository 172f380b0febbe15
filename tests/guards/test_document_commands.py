"""The commands in README and docs work: they are run, in order, in a copy of the project.

A fenced `sh` block is run. One marked `sh outside` needs more than a test has (a server, Twilio, root, time): its
commands and options must exist.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from coach.cli.main import coach

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.M | re.S)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# System programs that the documentation may use.
OF_THE_SYSTEM = frozenset(
    [
        "adduser",
        "apt",
        "cat",
        "cd",
        "chmod",
        "chown",
        "cp",
        "createdb",
        "crontab",
        "curl",
        "docker",
        "dokku",
        "echo",
        "git",
        "head",
        "journalctl",
        "mkdir",
        "pg_dump",
        "pg_restore",
        "promtool",
        "sqlite3",
        "sh",
        "systemctl",
        "tee",
    ]
)
# Stands in for dev.py, without creating an environment.
DEV_PY = """
import subprocess, sys
assert sys.argv[1] == "run", "mark it 'sh outside'"
sys.exit(subprocess.call([sys.executable, "-m", "coach", *sys.argv[2:]]))
"""


def blocks(document: Path, *, outside: bool) -> list[str]:
    found = BLOCK.findall(document.read_text())
    return [body for language, more, body in found if language == "sh" and (more.strip() == "outside") is outside]


WITH_COMMANDS = [path for path in DOCUMENTS if blocks(path, outside=False)]
FROM_OUTSIDE = [path for path in DOCUMENTS if blocks(path, outside=True)]


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project without its environment; what is compiled of it is not compiled again for each page."""
    folder = tmp_path_factory.mktemp("copy")
    for room in ("content", "schedules", "coach", "docs"):
        shutil.copytree(ROOT / room, folder / room)
    for name in ("README.md", "Procfile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "dev.py").write_text(DEV_PY)
    return folder


@pytest.mark.parametrize("document", WITH_COMMANDS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_commands_of_a_page_work_in_order(document: Path, copy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rls-coach"
    shutil.copytree(copy, folder)
    programs = Path(sys.executable).parent
    given = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(folder),
        "PYTHONUTF8": "1",
    }
    for block in blocks(document, outside=False):
        told = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder,
            env=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert told.returncode == 0, f"{block}\n{told.stdout}\n{told.stderr}"


def commands_in(block: str) -> list[list[str]]:
    """Return the words of each command; a pipe or `&&` starts a new one."""
    joined = re.sub(r"<<'(\w+)'\n.*?^\1$", "", block.replace("\\\n", " "), flags=re.M | re.S)
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found: list[list[str]] = []
    for line in lines:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in lexer:
            if word in ("|", "&&", "||", ";", "&"):
                found.append(words)
                words = []
            else:
                words.append(word)
        found.append(words)
    return [words for words in found if words]


def check_coach(words: list[str]) -> None:
    """Check that a `coach` command, its group and all of its options exist."""
    command: click.Command = coach
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        found = command.get_command(click.Context(command), name := rest.pop(0))
        assert found, f"there is no command {name!r}"
        command = found
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = {word.split("=")[0] for word in rest if word.startswith("--")} - known
    assert not unknown, f"{words} has no {unknown}"


def check_exists(words: list[str]) -> None:
    """Check a command that is not run here: one of ours with its options, or a system program."""
    while words and re.fullmatch(r"[A-Z_]+=.*|sudo|exec", words[0]):
        words = words[1:]
    if "-u" in words[:1]:
        words = words[2:]
    if words[:2] == ["python3", "dev.py"]:
        verbs = re.findall(r"^    python3 dev\.py (\w+)", (ROOT / "dev.py").read_text(), re.M)
        assert words[2] in verbs, words
        words = ["coach", *words[3:]] if words[2] == "run" else []
    ours = next((place for place, word in enumerate(words) if Path(word).name == "coach" and place != 0), None)
    if words and Path(words[0]).name == "coach":
        check_coach(words[1:])
    elif words and words[0].startswith(".venv/bin/"):
        assert (Path(sys.executable).parent / Path(words[0]).name).exists(), words
    elif words:
        assert words[0] in OF_THE_SYSTEM, words
        if ours and words[0] in ("dokku", "docker"):
            check_coach(words[ours + 1 :])


@pytest.mark.parametrize("document", FROM_OUTSIDE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_commands_that_need_the_world_exist(document: Path) -> None:
    for block in blocks(document, outside=True):
        for words in commands_in(block):
            check_exists(words)


def test_every_block_of_commands_is_marked() -> None:
    for document in DOCUMENTS:
        for language, more, body in BLOCK.findall(document.read_text()):
            assert language != "bash", f"{document.name}: write sh, or sh outside"
            assert language != "console", f"{document.name}: write sh, or sh outside"
            assert more.strip() in ("", "outside"), f"{document.name}: {language}{more}"
            looks_run = re.search(r"^(python3 dev\.py|coach) ", body, re.M)
            assert not looks_run or language == "sh", f"{document.name}: commands in a {language} block"

"""The documentation is correct: every setting, every command, every link."""

import re
from pathlib import Path

import click
import pytest

from coach.cli.main import coach
from coach.config import Settings

ROOT = Path(__file__).parents[2]
ROOMS = [ROOT / room / "README.md" for room in ("content", "schedules", "coach")]
DOCUMENTS = [ROOT / "README.md", *ROOMS, *sorted((ROOT / "docs").rglob("*.md"))]


def commands(group: click.Group, prefix: str = "coach") -> set[str]:
    """Return every command as typed."""
    found: set[str] = set()
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found |= commands(command, f"{prefix} {name}") if isinstance(command, click.Group) else {f"{prefix} {name}"}
    return found


def test_the_documented_settings_are_the_real_ones() -> None:
    table = (ROOT / "docs/reference/settings.md").read_text()
    documented = {
        name: (words, default)
        for name, words, default in re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$", table, re.M)
    }
    assert documented == {
        name.upper(): (field.description, "none" if field.default == "" else f"`{field.default}`")
        for name, field in Settings.model_fields.items()
    }


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    table = (ROOT / "docs/reference/commands.md").read_text()
    real = commands(coach)
    missing = {command for command in real if command not in table and command.split()[-1] not in table}
    assert not missing
    for typed in re.findall(r"`(coach [a-z-]+(?: [a-z-]+)?)", table + (ROOT / "README.md").read_text()):
        assert typed in real or any(one.startswith(typed) for one in real) or " ".join(typed.split()[:2]) in real, typed


def test_every_document_is_in_the_index() -> None:
    linked = {
        (index.parent / target).resolve()
        for index in (ROOT / "docs/README.md", ROOT / "docs/decisions/README.md")
        for target in re.findall(r"\]\(([^)#]+)\)", index.read_text())
    }
    assert not {path for path in DOCUMENTS if path.parent != ROOT and path.name != "README.md"} - linked


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
        assert "://" in target or (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_keeps_the_marks_of_a_merge(document: Path) -> None:
    assert not re.search(r"^(<{7}|={7}|>{7})( |$)", document.read_text(), re.M)


def test_the_locks_hold_no_address() -> None:
    for lock in ROOT.glob("requirements*.txt"):
        assert "://" not in lock.read_text()
        assert "--hash=sha256:" in lock.read_text()

"""An installation contains what the product imports, and nothing else."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.licences import canonical

ROOT = Path(__file__).parents[2]
# Needed though nothing imports it, with the reason.
INDIRECT = {
    "govuk-frontend-jinja": "the pages load its templates by name",
    "nh3": "Flask-Security's passkeys refuse to start without it",
}


def declared() -> set[str]:
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return {canonical(re.split(r"[\[<>=~! ;]", one)[0]) for one in dependencies}


def imported() -> Iterator[str]:
    """The top-level modules that the product imports."""
    for path in (path for room in ("coach", "schedules", "content") for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def test_every_dependency_is_imported_or_has_a_reason() -> None:
    providers = packages_distributions()
    used = {canonical(name) for module in set(imported()) for name in providers.get(module, ())}
    assert declared() - used == set(INDIRECT)

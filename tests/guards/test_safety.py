"""What docs/explanation/safety.md promises is proved by tests that exist, and no licence binds the project."""

import ast
import re
from email.message import Message
from importlib.metadata import distributions
from pathlib import Path
from typing import cast

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [line for line in (ROOT / "docs/explanation/safety.md").read_text().splitlines() if line.startswith("| ")][1:]
PROVED_BY = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)` \|$")
# What reaches an installation must not be under a licence that would bind the project's own.
BINDING = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|GNU (Affero )?General Public)", re.I)


def test_the_table_has_rows() -> None:
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_every_threat_has_a_test_that_exists(row: str) -> None:
    found = PROVED_BY.search(row)
    assert found, f"no test is named: {row}"
    path, name = found.groups()
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{path}::{name}"


def licence_of(name: str) -> str:
    """What a package says of its licence, in any of the places where packages say it."""
    for one in distributions():
        if one.name.lower().replace("_", "-").replace(".", "-") == name:
            said = {field.lower(): str(value) for field, value in cast(Message, one.metadata).items()}
            classified = [line for line in one.metadata.get_all("Classifier") or () if line.startswith("License ::")]
            return " ".join([said.get("license-expression", ""), *classified]).strip() or said.get("license", "")[:80]
    return ""


def test_no_licence_of_what_is_installed_binds_the_project() -> None:
    """The GPL is met in development only: nothing in requirements.txt is under it."""
    locked = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / "requirements.txt").read_text(), re.M)
    assert len(locked) > 40
    bound = {
        name: licence
        for name in locked
        if BINDING.search(licence := licence_of(name.replace("_", "-").replace(".", "-")))
    }
    assert not bound

"""Every promise in the safety and runbook pages names an existing test; no license restricts the project."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.licences import BINDING, PAGE, licences, locked

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "docs/explanation/safety.md").read_text().splitlines()
HEADS = [line for line, below in pairwise(LINES) if below.startswith("|---")]
ROWS = [line for line in LINES if line.startswith("| ") and line not in HEADS]
PROVED_BY = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)` \|$")


RUNBOOK = [
    line for line in (ROOT / "docs/how-to/when-sending-stops.md").read_text().splitlines() if line.startswith("| ")
][1:]


def test_the_tables_have_rows() -> None:
    assert len(ROWS) > 30
    chapters = [int(row.split()[1][1:]) for row in ROWS if re.match(r"\| V\d+ ", row)]
    assert chapters == list(range(1, 18)), "every chapter of the ASVS, in order"
    assert len(RUNBOOK) > 10


@pytest.mark.parametrize("row", [*ROWS, *RUNBOOK], ids=range(len(ROWS) + len(RUNBOOK)))
def test_every_threat_and_every_case_of_the_runbook_has_a_test_that_exists(row: str) -> None:
    found = PROVED_BY.search(row)
    assert found, f"no test is named: {row}"
    path, name = found.groups()
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{path}::{name}"


def test_no_licence_of_what_is_installed_binds_the_project() -> None:
    """The GPL is met in development only: nothing in requirements.txt is under it."""
    known = licences()
    assert BINDING.search(known["djlint"]), "the judgement would notice"
    assert [name for name in locked() if not known[name] or BINDING.search(known[name])] == []


def test_the_page_of_licences_lists_exactly_what_is_locked() -> None:
    """`python -m tests.licences` writes it anew."""
    listed = dict(re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", PAGE.read_text(), re.M))
    del listed["package"]
    assert list(listed) == locked()
    assert not [name for name, licence in listed.items() if BINDING.search(licence)]

"""The states of a check-in are grouped in one module: everything else imports the groups."""

import ast
from pathlib import Path

import pytest

from coach.adherence.counts import PROMPTED, STEPS_ASKED

ROOT = Path(__file__).parents[2]
HOME = ROOT / "coach/adherence/counts.py"
SEQUENCES = (ast.Tuple, ast.List, ast.Set)


def groups_of_states(source: str) -> list[str]:
    """Return every literal sequence that spells two or more states of a check-in that asked about a step."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, SEQUENCES):
            words = {item.value for item in node.elts if isinstance(item, ast.Constant)}
            if len(words & set(STEPS_ASKED)) > 1:
                found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("room", ["coach", "schedules"])
def test_only_the_counts_module_groups_the_states(room: str) -> None:
    spelled = {
        str(path.relative_to(ROOT)): groups
        for path in (ROOT / room).rglob("*.py")
        if path != HOME and (groups := groups_of_states(path.read_text()))
    }
    assert not spelled


def test_a_group_spelled_elsewhere_is_noticed() -> None:
    assert groups_of_states(f"ASKED = {PROMPTED!r}") == [repr(PROMPTED)]
    assert groups_of_states("state in {'done', 'no_reply'}")
    assert not groups_of_states("WORDS = {'done': 'step done', 'not_done': 'step not done'}")

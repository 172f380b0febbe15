"""Only `schedules/database/engine.py` opens connections, begins transactions and takes the write lock."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOOR = {"schedules/database/engine.py", "schedules/database/turns.py"}
OTHERWISE = {"schedules/gateway/http_client.py"}  # knows no database: what begins there is the answer of a server
NAMES = {"create_engine", "write_lock", "raw_connection", "sessionmaker", "Session"}
METHODS = {"connect", "begin"}  # an engine's take no arguments; a signal's and a socket's do


def test_only_the_door_connects_begins_and_takes_the_write_lock() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for room in ("content", "schedules", "coach")
        for path in (ROOT / room).rglob("*.py")
        if str(path.relative_to(ROOT)) not in DOOR | OTHERWISE and "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if opens_a_door_of_its_own(node)
    }
    assert not found


def opens_a_door_of_its_own(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return bool({alias.name for alias in node.names} & NAMES)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in NAMES or (node.func.attr in METHODS and not node.args and not node.keywords)


def test_only_the_upsert_helper_uses_dialects() -> None:
    found = {
        str(path.relative_to(ROOT))
        for room in ("content", "schedules", "coach")
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts and "sqlalchemy.dialects" in path.read_text()
    }
    assert found == {"schedules/database/upsert.py"}


def test_the_guard_finds_what_it_is_for() -> None:
    for line in ("engine.connect()", "engine.begin()", "sqlalchemy.create_engine(url)", "from x import write_lock"):
        assert any(opens_a_door_of_its_own(node) for node in ast.walk(ast.parse(line))), line
    for line in ("signal.connect(lambda: None)", "with writing(engine): pass", "connection.begin_nested()"):
        assert not any(opens_a_door_of_its_own(node) for node in ast.walk(ast.parse(line))), line

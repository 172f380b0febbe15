"""The receiver of docs/how-to/receive-events.md receives, and refuses what is forged."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.events.record import TYPES, record_event
from tests.coach.events.receiving import deliver, listen
from tests.served import free_port, served
from tests.support import TestClock, enrol, person

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "receive-events.md").read_text()


def test_it_takes_each_event_once_and_nothing_forged(
    runtime: Runtime, clock: TestClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    clock.shows = datetime.now(UTC)
    port = free_port()
    _, secret = listen(runtime, f"http://127.0.0.1:{port}/rls-coach", "night.known")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text(secret + "\n")
    [block] = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    written: dict[str, Any] = {"__name__": "receiver"}
    exec(block, written)
    written["app"].config["PROPAGATE_EXCEPTIONS"] = False
    [id] = enrol(runtime, person(1))
    with write_transaction(runtime.engine) as connection:
        record_event(connection, "night.known", id, clock(), local_date="2026-11-29", score=4, habit=True)
    with served(runtime, written["app"], port):
        assert deliver(runtime) == 1
        forged = written["app"].test_client().post("/rls-coach", data=b"{}", headers={"webhook-id": "1"})
        assert forged.status_code == 500
    data = {"participant": id, "local_date": "2026-11-29", "score": 4, "habit": True}
    assert f"night.known {data}" in capsys.readouterr().out


def test_the_page_names_every_type_and_no_other() -> None:
    assert tuple(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", PAGE, re.M)) == TYPES

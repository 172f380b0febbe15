"""What an operator sees: health, metrics and log lines, without personal data."""

import json
import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, event, insert, text, update

from coach.database.schema import SchemaError, check, upgrade
from coach.operations.logs import configure_logs
from coach.operations.measures import measure
from coach.runtime import Runtime
from coach.web.app import create_app
from coach.web.monitoring import latency
from schedules.database.engine import open_engine, read_transaction, write_transaction
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.safety import Flag
from schedules.database.tables.work import Sender, WorkerHeartbeat
from schedules.gateway.protocol import Accepted, MemoryGateway, Refused, Unknown
from tests.coach.conversation.posting import PHONE, post
from tests.coach.conversation.posting import text as texted
from tests.support import BEARER, TestClock, enrol, person, rows, say, tick

MINUTE = timedelta(minutes=1)
BODY = "my legs are dreadful and Jane is asleep"


def samples(client: FlaskClient) -> dict[str, float]:
    """Return every sample of /metrics, by name and labels."""
    page = client.get("/metrics", headers=BEARER).get_data(as_text=True)
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def evening(runtime: Runtime, clock: TestClock, people: int) -> None:
    """Move to the evening of some people; their texts are planned and sent."""
    enrol(runtime, *(person(number) for number in range(1, people + 1)))
    clock.forward(hours=10)
    tick(runtime)


def test_the_metrics_tell_what_waits_what_went_and_what_came(
    app: Flask, client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    assert samples(client)["coach_worker_heartbeat_age_seconds"] == float("inf")
    assert isinstance(signed.gateway, MemoryGateway)
    signed.gateway.answers = [None, Unknown("late"), Refused(21211, "no"), Accepted("SM" + "9" * 32, "delivered")]
    evening(signed, clock, 4)
    say(signed, "+14155550001", "4")
    say(signed, "+14155550001", "zzz qqq")
    clock.forward(minutes=20)
    found = samples(client)
    states = ("failed", "accepted", "sent", "delivered")
    assert [found[f"coach_recent_texts{{state={state}}}"] for state in states] == [1, 1, 1, 1]
    assert found["coach_recent_texts_without_receipt"] == 1
    assert found["coach_recent_replies{intent=checkin}"] == 1
    assert found["coach_recent_replies_not_understood"] == 1
    assert found["coach_worker_heartbeat_age_seconds"] == 1200
    assert (found["coach_queue_due_texts"], found["coach_texts_in_doubt"], found["coach_workers"]) == (0, 0, 0)
    assert found["coach_planner_lag_seconds"] == 0


def test_the_metrics_tell_how_late_things_are(client: FlaskClient, signed: Runtime, clock: TestClock) -> None:
    enrol(signed, *(person(number) for number in (1, 2, 3)))
    clock.forward(hours=10)
    now = clock()
    assert samples(client)["coach_planner_lag_seconds"] == 0
    clock.forward(minutes=1)
    assert samples(client)["coach_planner_lag_seconds"] == 60
    tick(signed)
    now = clock()
    with write_transaction(signed.engine) as connection:
        ids = [one.id for one in rows(signed.engine, OutboxMessage)]
        connection.execute(
            update(OutboxMessage).where(OutboxMessage.id == ids[0]).values(state="queued", due_at=now - MINUTE * 5)
        )
        connection.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == ids[1])
            .values(state="unknown", claimed_at=now - MINUTE * 7, lease_until_at=now)
        )
        connection.execute(
            insert(DeliveryReceipt).values(
                outbox_message_id=ids[2], provider_sid="SM1", status="delivered", received_at=now + timedelta(seconds=8)
            )
        )
        connection.execute(insert(WorkerHeartbeat).values(worker="second", at=now))
        shut = {"name": "MG1", "shut_until_at": now + MINUTE, "shut_for": "key refused"}
        connection.execute(insert(Sender).values(**shut))
    found = samples(client)
    assert (found["coach_queue_due_texts"], found["coach_queue_age_seconds"]) == (1, 300)
    assert (found["coach_texts_in_doubt"], found["coach_texts_in_doubt_age_seconds"]) == (1, 420)
    assert found["coach_receipt_lag_seconds{quantile=0.95}"] == 8
    assert found["coach_workers"] == 2
    assert found["coach_senders_shut{reason=key refused}"] == 1


def test_asking_scans_no_table_that_grows(sqlite_engine: Engine, clock: TestClock) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(sqlite_engine, "before_cursor_execute")
    def keep(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    with read_transaction(sqlite_engine) as connection:
        measure(connection, clock())
        plans = {
            statement: [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            for statement, values in asked.copy()
        }
    for statement, plan in plans.items():
        for step in plan:
            grows = re.fullmatch(r"(SCAN|SEARCH) (outbox_message|enrolment|delivery_receipt|inbound_reply)", step)
            assert not grows or "ORDER BY" in statement, (statement, plan)  # reads the newest rows by primary key


def test_an_open_crisis_is_a_metric_until_it_is_acknowledged(
    client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    evening(signed, clock, 1)
    say(signed, "+14155550001", "I don't want to live any more")
    clock.forward(minutes=4)
    found = samples(client)
    assert (found["coach_open_flags{kind=crisis}"], found["coach_open_flag_age_seconds"]) == (1, 240)
    with write_transaction(signed.engine) as connection:
        connection.execute(update(Flag).values(acknowledged_at=clock()))
    assert samples(client)["coach_open_flags{kind=crisis}"] == 0


def test_webhooks_are_timed_by_status(client: FlaskClient) -> None:
    name = "coach_webhook_seconds_count{status=403,webhook=inbound}"
    before = samples(client).get(name, 0)
    post(client, "/sms/inbound", texted("4"), signature="")
    assert samples(client)[name] == before + 1


def test_a_measurement_without_room_costs_no_answer(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(latency.FOLDER, str(tmp_path / "full"))
    latency.has_room.cache_clear()
    assert post(client, "/sms/inbound", texted("4"))[0] == 200
    assert not latency.has_room(os.getpid())
    (tmp_path / "full").mkdir()
    latency.has_room.cache_clear()
    assert latency.has_room(os.getpid())
    [file] = (tmp_path / "full").iterdir()
    assert file.stat().st_blocks * 512 >= latency.FILE_SIZE
    latency.has_room.cache_clear()


def test_the_metrics_are_for_whoever_has_the_token(signed: Runtime) -> None:
    settings = signed.settings.model_copy(update={"metrics_token": "a token"})
    client = create_app(replace(signed, settings=settings)).test_client()
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer a token"}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"X-Forwarded-For": "127.0.0.1"}])
def test_without_a_token_set_the_metrics_are_for_nobody(signed: Runtime, headers: dict[str, str]) -> None:
    settings = signed.settings.model_copy(update={"metrics_token": ""})
    client = create_app(replace(signed, settings=settings)).test_client()
    assert client.get("/metrics", headers=headers).status_code == 403


def test_readiness_says_why_not(client: FlaskClient, signed: Runtime, clock: TestClock) -> None:
    assert client.get("/readyz").json == {
        "ready": True,
        "reasons": ["No worker has finished a pass in the last day."],
        "worker_heartbeat_age_seconds": None,
    }
    tick(signed)
    assert client.get("/readyz").json == {"ready": True, "reasons": [], "worker_heartbeat_age_seconds": 0}
    clock.forward(minutes=10)
    late = client.get("/readyz")
    assert (late.status_code, late.json["reasons"]) == (200, ["No worker has finished a pass for 600 s."])  # type: ignore[index]
    with write_transaction(signed.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    behind = client.get("/readyz")
    assert behind.status_code == 503
    assert "coach db upgrade" in behind.json["reasons"][0]  # type: ignore[index]


def test_while_a_newer_release_takes_over_the_old_one_goes_on(client: FlaskClient, signed: Runtime) -> None:
    tick(signed)
    with write_transaction(signed.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
    told = client.get("/readyz")
    assert told.status_code == 200
    assert told.json["reasons"] == ["A newer release has migrated the database, to revision newer."]  # type: ignore[index]
    upgrade(signed.engine, signed.now())  # as the release step of a rollback does
    with pytest.raises(SchemaError, match="run that release"):
        check(signed.engine)


def test_without_a_database_it_is_alive_but_not_ready(signed: Runtime) -> None:
    gone = open_engine("postgresql://nobody@127.0.0.1:9/none")
    client = create_app(replace(signed, engine=gone)).test_client()
    assert client.get("/healthz").status_code == 200
    told = client.get("/readyz")
    assert (told.status_code, told.json["reasons"]) == (503, ["The database cannot be reached."])  # type: ignore[index]
    gone.dispose()


def lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def test_log_lines_are_json_with_request_and_message_ids_and_nobody_in_them(
    as_json: None, client: FlaskClient, signed: Runtime, clock: TestClock, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("json")
    assert isinstance(signed.gateway, MemoryGateway)
    signed.gateway.answers = [None, Refused(21211, "no")]
    evening(signed, clock, 2)
    [first, second] = rows(signed.engine, OutboxMessage)
    post(client, "/sms/inbound", texted(BODY))
    form = {"MessageSid": first.provider_sid, "MessageStatus": "delivered", "To": PHONE}
    post(client, f"/sms/status?token={first.token}", form)
    said = capsys.readouterr().err
    told = {line["event"]: line for line in lines(said)}
    assert told["texts_taken"]["messages"] == [first.id]
    assert (told["text_not_taken"]["message"], told["text_not_taken"]["code"]) == (second.id, 21211)
    assert told["reply_read"]["request"]
    assert (told["receipt"]["sid"], told["receipt"]["told"]) == (first.provider_sid, "moved")
    assert (told["request"]["route"], told["request"]["status"]) == ("/sms/status", 200)
    for private in ("4155550001", "Jane", "legs", "dreadful", first.body[:20], first.token):
        assert private not in said


def test_a_request_keeps_the_id_its_proxy_gave_and_nothing_else_is_taken_for_one(client: FlaskClient) -> None:
    given = "f3b5c1a2-1234"
    assert client.get("/readyz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given
    for wrong in ("short", "with spaces in it", "x" * 65):
        answer = client.get("/readyz", headers={"X-Request-ID": wrong}).headers["X-Request-ID"]
        assert answer != wrong
        assert len(answer) == 32

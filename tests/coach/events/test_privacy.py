"""Events hold ids only, go with their person and after a month; addresses and secrets are encrypted."""

from datetime import timedelta

from coach.database.tables import AuditEvent
from coach.events.endpoints import list_endpoints, remove_endpoint
from coach.privacy.erase import erase
from coach.privacy.key_rotation import encrypted_columns
from coach.privacy.retention import clear
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.events import WebhookEndpoint, WebhookEvent
from schedules.events.record import TYPES
from tests.coach.events.receiving import NOWHERE, deliver, listen, receiver
from tests.coach.privacy.test_at_rest import dump
from tests.support import TestClock, enrol, person, rows, say, tick

PHONE = "+14155550001"


def remaining(runtime: Runtime) -> list[tuple[int, str]]:
    return [(one.participant_id, one.state) for one in rows(runtime.engine, WebhookEvent)]


def test_neither_an_event_nor_the_database_holds_a_name_a_number_a_text_or_the_secret(
    runtime: Runtime, clock: TestClock
) -> None:
    with receiver() as hook:
        _, secret = listen(runtime, hook.url)
        enrol(runtime, person(1, first_name="Xochitl"))
        clock.forward(hours=10)
        tick(runtime)
        say(runtime, PHONE, "my calves were on fire, 7, and yes I did it")
        say(runtime, PHONE, "I want to kill myself")
        deliver(runtime)
    told = b" ".join(one.body for one in hook.got).decode() + str([one.headers for one in hook.got])
    assert len(hook.got) >= 4
    for personal in ("Xochitl", PHONE, PHONE[2:], "calves", "kill"):
        assert personal not in told
    held = dump(runtime.engine)
    for hidden in (secret, secret.removeprefix("whsec_"), "of=clinic"):
        assert hidden not in held
    assert encrypted_columns()[WebhookEndpoint.__table__] == ["url", "secret"]  # type: ignore[index]  # it is a Table


def test_of_an_erased_person_nothing_is_told_but_the_erasure(runtime: Runtime) -> None:
    with receiver() as hook:
        listen(runtime, hook.url)
        first, second = enrol(runtime, person(1), person(2))
        with write_transaction(runtime.engine) as connection:
            erase(connection, first, runtime.now(), actor="lead@example.org", at_provider=False)
        deliver(runtime)
    told = [(one.told["type"], one.told["data"]) for one in hook.got]
    assert [one for one in told if one[1]["participant"] == first] == [("participant.erased", {"participant": first})]
    assert {data["participant"] for _, data in told} == {first, second}


def test_what_was_delivered_or_given_up_goes_after_thirty_days_and_what_waits_stays(
    runtime: Runtime, clock: TestClock
) -> None:
    with receiver() as hook:
        listen(runtime, hook.url, "participant.confirmed")
        enrol(runtime, person(1))
        deliver(runtime)
        hook.status = 500
        [second] = enrol(runtime, person(2))
        deliver(runtime)
        clock.forward(days=30)
        list(clear(runtime.engine, False, clock()))
        assert len(remaining(runtime)) == 2
        clock.forward(seconds=1)
        list(clear(runtime.engine, False, clock()))
        assert remaining(runtime) == [(second, "waiting")]
        deliver(runtime)
        assert remaining(runtime) == [(second, "failed")]
        clock.forward(days=30, seconds=1)
        list(clear(runtime.engine, False, clock()))
        assert remaining(runtime) == []
    cleared = [one.detail for one in rows(runtime.engine, AuditEvent, AuditEvent.subject == "events")]
    assert cleared == [{"events": 1}, {"events": 1}]


def test_a_removed_endpoint_is_told_nothing_more_and_leaves_neither_address_nor_secret(
    runtime: Runtime, clock: TestClock
) -> None:
    with receiver() as hook:
        id, _ = listen(runtime, hook.url)
        enrol(runtime, person(1))
        with write_transaction(runtime.engine) as connection:
            assert remove_endpoint(connection, id, "lead@example.org", clock())
            assert not remove_endpoint(connection, id, "lead@example.org", clock())
        enrol(runtime, person(2))
        assert deliver(runtime) == 0
    assert hook.got == []
    assert remaining(runtime) == []
    [left] = rows(runtime.engine, WebhookEndpoint)
    assert (left.url, left.secret) == ("", "")
    with read_transaction(runtime.engine) as connection:
        assert list_endpoints(connection) == []
    told = [(one.action, one.subject, one.detail) for one in rows(runtime.engine, AuditEvent)]
    assert told[0] == ("added", f"webhook {id}", {"types": len(TYPES)})
    assert ("removed", f"webhook {id}", {}) in told


def test_an_event_written_while_its_endpoint_is_removed_harms_nothing_and_goes(
    runtime: Runtime, clock: TestClock
) -> None:
    id, _ = listen(runtime, NOWHERE)
    enrol(runtime, person(1))
    event = rows(runtime.engine, WebhookEvent)[0]._asdict()
    with write_transaction(runtime.engine) as connection:
        remove_endpoint(connection, id, "lead@example.org", clock())
        connection.execute(WebhookEvent.__table__.insert().values(event))  # type: ignore[attr-defined]  # it is a Table
    assert deliver(runtime) == 0
    list(clear(runtime.engine, False, clock() + timedelta(days=1)))
    assert remaining(runtime) == []

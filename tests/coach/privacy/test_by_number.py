"""Retention, access and erasure for numbers: strangers, the erased, and whoever wrote before they were enrolled."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from coach.audit import record_view
from coach.database.tables import AuditEvent, InboundReply, MailMessage
from coach.export.write_export import export_clinic
from coach.privacy.erase import erase
from coach.privacy.retention import clear
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.limits import ProviderDeletion
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.privacy.test_erasing import forget_person
from tests.commands import environment, run
from tests.support import TestClock, enrol, person, rows, say, staff, tick

STRANGER, PHONE = "+14155559999", "+14155550001"


def keep(runtime: Runtime, **days: int) -> None:
    """Set each clinic's days to keep texts."""
    with write_transaction(runtime.engine) as connection:
        for name, count in days.items():
            connection.execute(update(Clinic).where(Clinic.name == name).values(keep_texts_days=count))


def run_clear(runtime: Runtime) -> int:
    return sum(clear(runtime.engine, True, runtime.now()))


def write_as_stranger(runtime: Runtime) -> str:
    say(runtime, STRANGER, "I want to die")
    return STRANGER


def write_after_erasure(runtime: Runtime) -> str:
    forget_person(runtime)
    say(runtime, PHONE, "who has my data, I want to die")
    return PHONE


@pytest.mark.parametrize("write", [write_as_stranger, write_after_erasure])
def test_texts_of_nobody_go_by_the_shortest_period_read_or_not(
    runtime: Runtime, clock: TestClock, write: Callable[[Runtime], str]
) -> None:
    enrol(runtime, person(1))
    enrol(runtime, person(2), clinic="Elsewhere")
    number = write(runtime)
    keep(runtime, Clinic=90, Elsewhere=30)
    clock.forward(days=29)
    assert run_clear(runtime) == 0
    clock.forward(days=2)
    assert run_clear(runtime) == 1
    [text] = rows(runtime.engine, InboundReply, InboundReply.number_hash == runtime.keys.number_hash(number))
    assert (text.body, text.reading, text.answer) == ("", None, None)
    assert [row.provider_sid for row in rows(runtime.engine, ProviderDeletion) if row.provider_sid] == [
        text.message_sid
    ]
    assert rows(runtime.engine, Flag)[-1].acknowledged_at is None, "a human still has to see that there was a crisis"
    assert run_clear(runtime) == 0


def test_without_a_period_the_texts_of_strangers_stay(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    write_as_stranger(runtime)
    clock.forward(days=4000)
    assert run_clear(runtime) == 0


def test_alerts_to_coaches_go_with_the_texts_they_are_about(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    staff(runtime, lead="+14155550100")
    say(runtime, PHONE, "I want to die")
    tick(runtime)
    [alert] = rows(runtime.engine, OutboxMessage, OutboxMessage.coach_id.is_not(None))
    assert alert.body
    keep(runtime, Clinic=30)
    clock.forward(days=31)
    run_clear(runtime)
    assert rows(runtime.engine, OutboxMessage, OutboxMessage.id == alert.id)[0].body == ""


def test_mails_to_staff_are_cleared_and_links_within_a_day(runtime: Runtime, clock: TestClock) -> None:
    staff(runtime, lead="+14155550100")
    mail = {"coach_id": 1, "subject": "s", "body": "https://coach.test/link", "html": "<p>", "due_at": clock()}
    states = {"sign_in": "sent", "page": "failed", "cap": "queued"}
    with write_transaction(runtime.engine) as connection:
        for kind, state in states.items():
            connection.execute(insert(MailMessage).values(kind=kind, state=state, **mail))

    def left() -> list[str]:
        return [row.kind for row in rows(runtime.engine, MailMessage) if row.body or row.html]

    clock.forward(days=2)
    run_clear(runtime)
    assert left() == ["page", "cap"]
    clock.forward(days=30)
    run_clear(runtime)
    assert left() == ["cap"], "what has not left yet keeps its words"


def test_an_export_by_id_has_what_they_wrote_before_they_were_enrolled(runtime: Runtime, database_url: str) -> None:
    say(runtime, PHONE, "hello, is this the program?")
    enrol(runtime, person(1))
    told = run(["participants", "export", "1"], environment(database_url))
    assert [one["body"] for one in json.loads(told.stdout)["inbound_reply"]] == ["hello, is this the program?"]


def test_everything_about_a_number_is_printed_and_erased(runtime: Runtime, database_url: str) -> None:
    enrol(runtime, person(1, first_name="Ours"))
    enrol(runtime, person(1, first_name="Theirs"), clinic="Elsewhere")
    write_as_stranger(runtime)
    given = environment(database_url)
    stranger = json.loads(run(["participants", "export", "--phone", "415 555 9999"], given).stdout)
    assert [one["body"] for one in stranger["inbound_reply"]] == ["I want to die"]
    assert (len(stranger["flag"]), stranger["participants"]) == (1, [])
    both = json.loads(run(["participants", "export", "--phone", PHONE], given).stdout)
    assert [one["participant"][0]["first_name"] for one in both["participants"]] == ["Ours", "Theirs"]

    for number in (PHONE, STRANGER):
        done = run(["erase", "--phone", number], given)
        assert done.returncode == 0, done.stderr
        assert number not in done.stdout
    assert all(row.erased_at for row in rows(runtime.engine, Participant))
    assert rows(runtime.engine, InboundReply) == rows(runtime.engine, Flag) == []
    stopped = {runtime.keys.number_hash(number) for number in (PHONE, STRANGER)}
    assert {row.number_hash for row in rows(runtime.engine, Suppression)} == stopped
    assert [row.action for row in rows(runtime.engine, AuditEvent)].count("erased") == 4, "two people and two numbers"
    assert "9999" not in str(rows(runtime.engine, AuditEvent))


@pytest.mark.parametrize("words", [[], ["1", "--phone", PHONE], ["--phone", "nonsense"], ["--phone", "+14155557777"]])
def test_either_an_id_or_a_number_of_which_something_is_held(
    runtime: Runtime, database_url: str, words: list[str]
) -> None:
    enrol(runtime, person(1))
    for command in (["erase"], ["participants", "export"]):
        done = run([*command, *words], environment(database_url))
        assert (done.returncode, done.stdout) == (2, "")
    assert rows(runtime.engine, Participant)[0].erased_at is None


def test_a_participant_is_told_who_looked_and_when(runtime: Runtime, database_url: str, clock: TestClock) -> None:
    enrol(runtime, person(1), person(2))
    record_view(runtime.engine, "coach@x.example", "participant 1", clock(), 1)
    clock.forward(hours=1)
    record_view(runtime.engine, "else@x.example", "participant 1", clock(), 1, action="was refused")
    record_view(runtime.engine, "coach@x.example", "participant 2", clock(), 1)
    given = environment(database_url)
    told = json.loads(run(["participants", "access-log", "1", "--json"], given).stdout)
    assert told == [
        {"at": "2026-03-02T16:00:00Z", "who": "else@x.example", "action": "was refused"},
        {"at": "2026-03-02T15:00:00Z", "who": "coach@x.example", "action": "viewed"},
    ]
    assert "viewed  coach@x.example" in run(["participants", "access-log", "1"], given).stdout
    assert run(["participants", "access-log", "9"], given).returncode == 2
    assert rows(runtime.engine, AuditEvent)[-1].subject == "access log of participant 1"


def test_exports_of_the_whole_clinic_are_in_the_access_log_of_whoever_was_in_it(
    runtime: Runtime, database_url: str, clock: TestClock, tmp_path: Path
) -> None:
    enrol(runtime, person(1))
    export_clinic(runtime, 1, tmp_path, "lead@x.example", deidentified=False)
    clock.forward(hours=1)
    enrol(runtime, person(2))
    with write_transaction(runtime.engine) as connection:
        erase(connection, 1, clock(), actor="lead@x.example", at_provider=False)
    clock.forward(hours=1)
    export_clinic(runtime, 1, tmp_path, "study@x.example", deidentified=True)
    given = environment(database_url)
    first, second = (json.loads(run(["participants", "access-log", id, "--json"], given).stdout) for id in "12")
    whole = "exported with the whole clinic"
    assert [(one["who"], one["action"]) for one in first] == [("lead@x.example", "erased"), ("lead@x.example", whole)]
    assert [(one["who"], one["action"]) for one in second] == [("study@x.example", f"{whole}, de-identified")]

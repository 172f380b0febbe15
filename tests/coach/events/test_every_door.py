"""Whatever happens is told, by whichever door it came: a text, a page, a command, the carrier, or a worker."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from coach.accounts.signed_in import OPERATOR
from coach.participants.actions.change_number import change_number
from coach.privacy.erase import erase
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.events import WebhookEvent
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.safety import Flag
from schedules.dispatch.receipts import record_receipt
from schedules.events.record import TYPES
from tests.coach.events.receiving import NOWHERE, listen
from tests.coach.web.coaches import sign_in
from tests.commands import environment, run
from tests.support import TestClock, enrol, person, roster, rows, say, staff, tick

PHONE, COACH_PHONE = "+14155550001", "+14155550900"


@pytest.fixture
def told(runtime: Runtime) -> Runtime:
    """A clinic of which another system is told everything."""
    listen(runtime, NOWHERE)
    return runtime


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


def events(runtime: Runtime) -> list[tuple[str, int, dict[str, Any]]]:
    return [(one.type, one.participant_id, one.data) for one in rows(runtime.engine, WebhookEvent)]


def types(runtime: Runtime) -> list[str]:
    return [type for type, _, _ in events(runtime)]


def command(database_url: str, *arguments: str) -> None:
    done = run(arguments, environment(database_url))
    assert done.returncode == 0, done.stderr


def evening(runtime: Runtime, clock: TestClock) -> None:
    for hours in (9, 1):  # the clocks go forward on the last Sunday of the story
        clock.forward(hours=hours)
        tick(runtime)


def test_enrolled_by_a_file_and_confirmed_by_a_text(told: Runtime) -> None:
    [id] = enrol(told, person(1), confirmed=False)
    assert events(told) == [("participant.enrolled", id, {})]
    say(told, PHONE, "YES")
    assert events(told)[1:] == [("participant.confirmed", id, {})]
    enrol(told, person(1, first_name="Maria"), confirmed=False)
    assert len(events(told)) == 2, "who is known already is not enrolled again"


def test_enrolled_and_confirmed_at_once_where_consent_was_confirmed_elsewhere(told: Runtime) -> None:
    first, second = enrol(told, person(1), person(2))
    assert [(type, id) for type, id, _ in events(told)] == [
        *(("participant.enrolled", first), ("participant.enrolled", second)),
        *(("participant.confirmed", first), ("participant.confirmed", second)),
    ]


def test_confirmed_later_by_a_roster(told: Runtime) -> None:
    enrol(told, person(1), confirmed=False)
    enrol(told, person(1))
    assert types(told) == ["participant.enrolled", "participant.confirmed"]


def test_a_changed_number_is_no_new_person_and_an_erasure_is_told_by_id_alone(told: Runtime) -> None:
    [id] = enrol(told, person(1))
    with write_transaction(told.engine) as connection:
        where = (OPERATOR, told.catalogue, told.keys, told.now())
        change_number(connection, id, "+14155550777", *where)
    assert types(told) == ["participant.enrolled", "participant.confirmed"]
    with write_transaction(told.engine) as connection:
        erase(connection, id, told.now(), actor="lead@example.org", at_provider=False)
    assert events(told) == [("participant.erased", id, {})]


def test_enrolled_on_the_page(told: Runtime, app: Flask) -> None:
    given = {"phone": "(415) 555-0134", "time_zone": "America/New_York", "consent_source": "paper form"}
    sign_in(app, told).post("/enrol/one", given | {"consent_at": "2026-03-01T10:30"})
    assert types(told) == ["participant.enrolled"]


def test_enrolled_and_stopped_by_commands(told: Runtime, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(roster(person(1)))
    command(database_url, "participants", "import", str(file), "--clinic", "Clinic", "--confirmed")
    assert types(told) == ["participant.enrolled", "participant.confirmed"]
    command(database_url, "participants", "stop", "1", "--reason", "asked on the phone")
    assert events(told)[2:] == [("participant.stopped", 1, {})]
    command(database_url, "participants", "stop", "1", "--reason", "asked on the phone")
    assert len(events(told)) == 3, "who has stopped does not stop again"


def test_stopped_by_a_text_in_every_clinic_that_has_the_number_and_back_by_start(told: Runtime) -> None:
    listen(told, NOWHERE, "participant.stopped", clinic="Another clinic")
    [here], [there] = enrol(told, person(1)), enrol(told, person(1), clinic="Another clinic")
    say(told, PHONE, "STOP")
    assert [(type, id) for type, id, _ in events(told)[2:]] == [
        ("participant.stopped", here),
        ("participant.stopped", there),
    ]
    say(told, PHONE, "START")
    assert [(type, id) for type, id, _ in events(told)[4:]] == [("participant.confirmed", here)]


def test_stopped_at_the_carrier(told: Runtime, clock: TestClock) -> None:
    enrol(told, person(1))
    evening(told, clock)
    [text] = rows(told.engine, OutboxMessage)
    with write_transaction(told.engine) as connection:
        receipt = {"token": text.token, "sid": text.provider_sid, "status": "undelivered", "code": 21610}
        record_receipt(connection, **receipt, now=clock())
    assert types(told)[-1] == "participant.stopped"


def test_a_night_is_told_as_it_becomes_known_and_again_when_it_is_corrected(told: Runtime, clock: TestClock) -> None:
    [id] = enrol(told, person(1))
    evening(told, clock)
    clock.forward(hours=24)
    tick(told)
    say(told, PHONE, "6")
    say(told, PHONE, "yes I did it")
    say(told, PHONE, "sorry, I meant 4")
    nights = [data for type, who, data in events(told) if type == "night.known" and who == id]
    assert [(one["score"], one["habit"]) for one in nights] == [(6, None), (6, True), (4, True)]
    assert {one["local_date"] for one in nights} == {"2026-03-03"}


def test_a_flag_by_text_and_its_acknowledgement_by_text(told: Runtime, clock: TestClock) -> None:
    staff(told, coach=COACH_PHONE)
    [id] = enrol(told, person(1, coach="coach@x.example"))
    say(told, PHONE, "I want to kill myself")
    [flag] = rows(told.engine, Flag)
    assert events(told)[-1] == ("flag.opened", id, {"flag": flag.id, "kind": "crisis"})
    tick(told)
    say(told, COACH_PHONE, f"{flag.code} calling now")
    assert events(told)[-1] == ("flag.acknowledged", id, {"flag": flag.id, "kind": "crisis"})


def test_an_acknowledgement_on_the_page_is_told_once(told: Runtime, app: Flask) -> None:
    enrol(told, person(1))
    browser = sign_in(app, told)
    say(told, PHONE, "I want to kill myself")
    for _ in range(2):
        browser.post("/flags/1/acknowledge", {"note": "Called them."})
    assert types(told)[-2:] == ["flag.opened", "flag.acknowledged"]


def test_an_acknowledgement_by_command(told: Runtime, database_url: str) -> None:
    staff(told, coach=COACH_PHONE)
    enrol(told, person(1, coach="coach@x.example"))
    say(told, PHONE, "I want to kill myself")
    command(database_url, "flags", "acknowledge", "1", "--by", "coach@x.example")
    assert types(told)[-2:] == ["flag.opened", "flag.acknowledged"]


def test_closing_a_reply_acknowledges_its_lesser_flag_and_says_so(told: Runtime, app: Flask) -> None:
    enrol(told, person(1))
    browser = sign_in(app, told)
    say(told, PHONE, "my doctor wants to change my pramipexole, should I take less?")
    [flag] = rows(told.engine, Flag)
    browser.post(f"/inbox/{flag.reply_id}/close")
    assert events(told)[-1] == ("flag.acknowledged", 1, {"flag": flag.id, "kind": flag.kind})


def test_a_flag_of_a_number_that_is_nobodys_is_told_to_nobody(told: Runtime) -> None:
    say(told, "+14155559999", "I want to kill myself")
    assert len(rows(told.engine, Flag)) == 1
    assert events(told) == []


def test_a_weeks_summary_when_it_is_stored_and_when_it_changes(told: Runtime, clock: TestClock) -> None:
    [id] = enrol(told, person(1))
    for night in range(7):
        evening(told, clock)
        if night == 3:
            say(told, PHONE, "4")  # whoever never answers is texted less
        clock.forward(hours=14)
    tick(told)
    stored = [(who, data) for type, who, data in events(told) if type == "summary.stored"]
    assert stored == [(id, {"week": "2026-W10", "version": 1})]
    say(told, PHONE, "5")
    clock.forward(minutes=2)
    tick(told)
    assert events(told)[-1] == ("summary.stored", id, {"week": "2026-W10", "version": 2})


def test_every_type_has_a_door(told: Runtime, clock: TestClock) -> None:
    """Together the tests above cause each of them: a new type is added to them."""
    source = Path(__file__).read_text()
    assert [type for type in TYPES if f'"{type}"' not in source] == []

"""Importing people on both databases: created, updated or ignored, and never against an opt-out."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import update

from coach.participants.roster import Imported
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant, Suppression
from tests.schedules.sending import tick
from tests.support import TestClock, enrol, import_people, person, rows, say

PHONE = "+14155550001"


def whats(done: Imported) -> list[str]:
    assert not done.errors, done.errors
    return [one.what for one in done.enrolled]


def only(runtime: Runtime, table: Any) -> Any:
    [row] = rows(runtime.engine, table)
    return row


def test_a_new_person_is_invited_with_their_consent_and_not_yet_due(runtime: Runtime) -> None:
    cells = {"first_name": "Ana", "exclude": "caffeine", "consent_at": "2026-02-01T10:00", "consent_source": "web"}
    assert whats(import_people(runtime, person(1, **cells), confirmed=False)) == ["created"]
    participant, enrolment = only(runtime, Participant), only(runtime, Enrolment)
    assert (participant.phone, participant.first_name, participant.language) == (PHONE, "Ana", "en")
    assert (enrolment.status, enrolment.next_due_at, enrolment.exclude) == ("invited", None, ["caffeine"])
    assert enrolment.starts_on == date(2026, 3, 2)
    consent = only(runtime, ConsentEvent)
    assert (consent.kind, consent.source, consent.at) == ("given", "web", datetime(2026, 2, 1, 15, tzinfo=UTC))


def test_who_confirmed_elsewhere_is_due_at_once_and_gets_no_welcome(runtime: Runtime) -> None:
    enrol(runtime, person(1), confirmed=True)
    enrolment = only(runtime, Enrolment)
    assert (enrolment.status, enrolment.next_due_on) == ("active", date(2026, 3, 2))
    assert [one.kind for one in rows(runtime.engine, ConsentEvent)] == ["given", "confirmed"]
    assert rows(runtime.engine, OutboxMessage) == []


def test_importing_again_changes_what_the_roster_gives_and_leaves_the_rest(runtime: Runtime) -> None:
    [id] = enrol(runtime, person(1, first_name="Ana", bedtime="22:30", exclude="caffeine"))
    assert whats(import_people(runtime, person(1, first_name="Ana"))) == ["ignored"]
    assert whats(import_people(runtime, person(1, first_name="Anna", evening_time="19:00"))) == ["updated"]
    participant, enrolment = only(runtime, Participant), only(runtime, Enrolment)
    assert (participant.id, participant.first_name) == (id, "Anna")
    assert (enrolment.evening_at, enrolment.bedtime_at, enrolment.exclude) == (time(19), time(22, 30), ["caffeine"])
    assert enrolment.next_due_at == datetime(2026, 3, 3, 0, tzinfo=UTC)


def test_a_roster_that_only_repeats_itself_leaves_what_they_chose(runtime: Runtime) -> None:
    enrol(runtime, person(1, bedtime="22:30", language="en"))
    for words in ("time 7:15pm", "bedtime 23:00", "spanish please"):
        say(runtime, "+14155550001", words)

    assert whats(import_people(runtime, person(1, bedtime="22:30", language="en"))) == ["ignored"]
    enrolment = only(runtime, Enrolment)
    assert (enrolment.evening_at, enrolment.bedtime_at) == (time(19, 15), time(23))
    assert only(runtime, Participant).language == "es"


def test_a_roster_that_gives_another_time_than_before_is_followed(runtime: Runtime) -> None:
    enrol(runtime, person(1))
    say(runtime, "+14155550001", "time 7:15pm")

    assert whats(import_people(runtime, person(1, evening_time="19:30"))) == ["updated"]
    assert only(runtime, Enrolment).evening_at == time(19, 30)
    say(runtime, "+14155550001", "time 7:00pm")
    assert whats(import_people(runtime, person(1, evening_time="19:30"))) == ["ignored"]
    assert only(runtime, Enrolment).evening_at == time(19)


def test_a_zone_and_exclusions_that_a_coach_changed_outlive_the_same_roster(runtime: Runtime) -> None:
    enrol(runtime, person(1, exclude="caffeine"))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).values(time_zone="America/Denver"))
        connection.execute(update(Enrolment).values(exclude=["caffeine", "fall_risk"]))

    assert whats(import_people(runtime, person(1, exclude="caffeine"))) == ["ignored"]
    assert only(runtime, Participant).time_zone == "America/Denver"
    assert only(runtime, Enrolment).exclude == ["caffeine", "fall_risk"]


def test_confirming_an_invited_person_later_makes_them_due(runtime: Runtime) -> None:
    enrol(runtime, person(1), confirmed=False)
    assert whats(import_people(runtime, person(1), confirmed=True)) == ["updated"]
    assert only(runtime, Enrolment).status == "active"
    assert tick(runtime).get("sent", 0) == 0, "the welcome that was waiting is about a question answered"


@pytest.mark.parametrize("form", [PHONE, "(415) 555-0001", "1-415-555-0001"])
@pytest.mark.parametrize("clinic", ["Clinic", "Another clinic"])
@pytest.mark.parametrize("confirmed", [True, False])
def test_no_import_brings_back_who_opted_out(sqlite_runtime: Runtime, form: str, clinic: str, confirmed: bool) -> None:
    runtime = sqlite_runtime
    enrol(runtime, person(1))
    say(runtime, PHONE, "STOP")
    done = import_people(runtime, person(1, phone=form, first_name="Ana"), clinic=clinic, confirmed=confirmed)
    assert whats(done) == ["ignored"]
    assert "opted out" in str(done.enrolled[0].note)
    assert only(runtime, Enrolment).status == "stopped"
    assert len(rows(runtime.engine, Suppression)) == 1
    tick(runtime)
    assert rows(runtime.engine, OutboxMessage) == []


def test_an_opt_out_in_one_clinic_stops_the_texts_of_all(runtime: Runtime) -> None:
    enrol(runtime, person(1), clinic="One")
    enrol(runtime, person(1), clinic="Two")
    say(runtime, PHONE, "please stop texting me")
    assert [one.status for one in rows(runtime.engine, Enrolment)] == ["stopped", "stopped"]
    assert [one.next_due_at for one in rows(runtime.engine, Enrolment)] == [None, None]
    assert [one.kind for one in rows(runtime.engine, ConsentEvent)].count("opted_out") == 2


def test_the_same_person_in_two_clinics_is_two_participants(runtime: Runtime) -> None:
    enrol(runtime, person(1), clinic="One")
    enrol(runtime, person(1), clinic="Two")
    assert len({one.clinic_id for one in rows(runtime.engine, Participant)}) == 2
    assert len({one.number_hash for one in rows(runtime.engine, Participant)}) == 1


@pytest.mark.parametrize(
    ("hour", "due_at"),
    [
        (15, datetime(2026, 3, 2, 15, tzinfo=UTC)),  # 10:00 in New York
        (12, datetime(2026, 3, 2, 14, tzinfo=UTC)),  # 07:00: at nine
        (3, datetime(2026, 3, 2, 14, tzinfo=UTC)),
    ],
)
def test_the_welcome_is_queued_for_the_next_daytime(
    sqlite_runtime: Runtime, clock: TestClock, hour: int, due_at: datetime
) -> None:
    clock.shows = datetime(2026, 3, 2, hour, tzinfo=UTC)
    enrol(sqlite_runtime, person(1), confirmed=False)
    welcome = only(sqlite_runtime, OutboxMessage)
    assert (welcome.kind, welcome.state, welcome.due_at) == ("welcome", "queued", due_at)
    assert "YES" in welcome.body
    assert "STOP" in welcome.body


def test_the_welcome_is_sent_once_however_often_the_person_is_imported(runtime: Runtime, clock: TestClock) -> None:
    for _ in range(3):
        import_people(runtime, person(1), confirmed=False)
        tick(runtime)
        clock.forward(hours=1)
    assert [one.state for one in rows(runtime.engine, OutboxMessage)] == ["accepted"]


def test_a_welcome_that_comes_to_its_turn_at_night_waits_for_the_morning(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), confirmed=False)
    clock.shows = datetime(2026, 3, 3, 4, tzinfo=UTC)  # the worker was down until 23:00
    assert tick(runtime).get("postponed") == 1
    assert only(runtime, OutboxMessage).state == "queued"
    clock.shows = datetime(2026, 3, 3, 14, tzinfo=UTC)
    assert tick(runtime)["sent"] == 1


def test_a_welcome_gone_stale_is_given_up(sqlite_runtime: Runtime, clock: TestClock) -> None:
    enrol(sqlite_runtime, person(1), confirmed=False)
    clock.forward(days=3, hours=1)
    assert tick(sqlite_runtime)["expired"] == 1
    assert only(sqlite_runtime, OutboxMessage).reason == "window_closed"


@pytest.mark.parametrize(
    ("cells", "quiet", "evening_at"),
    [
        ({}, None, time(20)),
        ({"bedtime": "20:00"}, None, time(19)),
        ({"bedtime": "21:00"}, None, time(20)),
        ({"bedtime": "00:30"}, None, time(20)),
        ({}, "20:00", time(19)),  # a state where texts end at eight
        ({"bedtime": "18:30"}, "20:00", time(17, 30)),
    ],
)
def test_the_evening_time_nobody_gave_is_before_bedtime_and_quiet_hours(
    sqlite_runtime: Runtime, cells: dict[str, str], quiet: str | None, evening_at: time
) -> None:
    runtime = sqlite_runtime
    import_people(runtime, person(9))
    if quiet:
        with write_transaction(runtime.engine) as connection:
            table = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "08:00", "end": quiet}]
            connection.execute(update(Clinic).values(quiet_hours=table))
    enrol(runtime, person(1, evening_time="", **cells))
    assert rows(runtime.engine, Enrolment)[-1].evening_at == evening_at


def test_a_bedtime_that_does_not_go_with_the_known_evening_time_is_an_error(runtime: Runtime) -> None:
    enrol(runtime, person(1))
    done = import_people(runtime, person(1, evening_time="", bedtime="19:00"))
    assert [(one.row, one.column) for one in done.errors] == [(2, "evening_time")]


def test_another_programme_moves_the_next_decision_to_one_of_its_slots(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, programme="evening-and-morning"))
    clock.shows = datetime(2026, 3, 3, 1, tzinfo=UTC)
    tick(runtime)
    assert only(runtime, Enrolment).next_slot == "morning"
    assert whats(import_people(runtime, person(1, programme="evening"))) == ["updated"]
    enrolment = only(runtime, Enrolment)
    assert (enrolment.programme, enrolment.next_slot) == ("evening", "evening")
    assert enrolment.next_due_at == datetime(2026, 3, 4, 1, tzinfo=UTC)


def test_the_check_in_is_asked_once_on_the_day_the_programme_changes(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, programme="evening-and-morning"))
    for instant in (datetime(2026, 3, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, 14, 30, tzinfo=UTC)):
        clock.shows = instant
        tick(runtime)
    import_people(runtime, person(1, programme="evening"))
    clock.shows = datetime(2026, 3, 4, 1, tzinfo=UTC)
    assert tick(runtime)["sent"] == 1
    sent = [(one.slot, one.local_on.day) for one in rows(runtime.engine, OutboxMessage)]
    assert sent == [("evening", 2), ("morning", 3), ("evening", 3)]
    assert [one.asked_on.day for one in rows(runtime.engine, CheckIn)] == [3]

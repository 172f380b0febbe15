"""Clinics and sign-ins as an admin changes them, one's own account, the log, and the operator's page."""

import re

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import insert, update

from coach.accounts.clinic_settings import read_clinic
from coach.audit import record
from coach.cli.main import coach as coach_command
from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.work import WorkerHeartbeat
from tests.coach.web.coaches import sign_in
from tests.coach.web.signing_in import Visitor, add_coach
from tests.support import TestClock, enrol, person, rows, say, session_of, tick

HOURS = {f"{end}_{day}": value for day in range(1, 8) for end, value in (("from", "08:00"), ("until", "21:00"))}
CLINIC = {"name": "Clinic", "country": "us", "time_zone": "America/Chicago"} | HOURS


@pytest.fixture
def runtime(sqlite_runtime: Runtime) -> Runtime:
    return sqlite_runtime


def clinic_of(runtime: Runtime, name: str = "Clinic") -> int:
    return int(rows(runtime.engine, Clinic, Clinic.name == name)[0].id)


def account_of(runtime: Runtime, email: str) -> object:
    return rows(runtime.engine, CoachAccount, CoachAccount.email == email)[0]


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"from_1": "07:00"}, "from_1", "Monday: federal law allows texts from 08:00 until 21:00 at most."),
        ({"until_7": "21:30"}, "from_7", "Sunday: federal law allows texts from 08:00 until 21:00 at most."),
        ({"from_3": "20:00", "until_3": "12:00"}, "from_3", "Wednesday: 20:00 is not before 12:00."),
        ({"from_2": "noon"}, "from_2", "Tuesday: write both times as 08:00."),
        ({"name": "  "}, "name", "The name must have 1 to 120 characters."),
        ({"country": "xx"}, "country", "Choose one of the countries that have crisis lines."),
        ({"time_zone": "Chicago"}, "time_zone", "Choose a time zone from the list, such as America/New_York."),
        (
            {"keep_texts_days": "7"},
            "keep_texts_days",
            "Days to keep message texts: write a whole number from 30 on, or leave it empty.",
        ),
    ],
)
def test_a_clinics_settings_say_what_is_wrong_with_each(typed: dict[str, str], field: str, says: str) -> None:
    assert read_clinic(CLINIC | typed, ("us", "gb")).problems == {field: says}


def test_days_with_the_same_hours_are_stored_together_and_the_federal_bound_as_nothing() -> None:
    read = read_clinic(
        CLINIC | {"until_6": "20:00", "from_7": "12:00", "until_7": "20:00", "daily_texts": "90"}, ("us",)
    )
    assert not read.problems
    assert read.values["quiet_hours"] == [
        {"days": [6], "start": "08:00", "end": "20:00"},
        {"days": [7], "start": "12:00", "end": "20:00"},
    ]
    assert read.values["daily_texts"] == 90
    assert read_clinic(CLINIC, ("us",)).values["quiet_hours"] is None


def test_hours_outside_the_law_are_refused_and_nothing_typed_is_lost(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime, "admin")
    path = f"/admin/clinics/{clinic_of(runtime)}"
    page = browser.post(path, CLINIC | {"from_1": "06:00", "daily_texts": "123"}, status=422)
    assert "Monday: federal law allows" in page
    assert rows(runtime.engine, Clinic)[0].quiet_hours is None
    browser.post(path, CLINIC | {"until_7": "20:00"})
    assert rows(runtime.engine, Clinic)[0].quiet_hours == [{"days": [7], "start": "08:00", "end": "20:00"}]
    assert 'value="20:00"' in browser.html(path)
    assert [one.detail for one in rows(runtime.engine, AuditEvent, AuditEvent.subject == "clinic 1")] == [
        {"quiet_hours": True, "time_zone": True}
    ]


def test_a_new_sign_in_chooses_its_password_by_a_link_that_is_handed_over(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime, "admin")
    form = {"email": "New@Clinic.example", "role": "coach", "clinic_id": clinic_of(runtime)}
    page = browser.post("/admin/sign-ins/new", form, status=200)
    link = re.search(r"https://coach\.test(/forgotten-password/\S+)", page)
    assert link
    visitor = Visitor.of(app)
    words = {"password": "four words of mine", "password_confirm": "four words of mine"}
    assert visitor.submit(link[1], **words).status_code == 302
    assert visitor.give_password("new@clinic.example", words["password"]).status_code == 302
    again = browser.post("/admin/sign-ins/new", form, status=422)
    assert "new@clinic.example has a sign-in already" in again


def test_who_moves_to_another_clinic_leaves_their_participants_behind(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime, "admin", email="all@clinic.example")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(CoachAccount).values(clinic_id=None))
    coach = sign_in(app, runtime, "coach")
    enrol(runtime, person(1, coach="coach@example.org"))
    browser.post("/admin/clinics/new", CLINIC | {"name": "North"})
    change = {"role": "lead", "clinic_id": clinic_of(runtime, "North"), "active": "1"}
    browser.post(f"/admin/sign-ins/{coach.id}", change)
    assert rows(runtime.engine, Participant)[0].coach_id is None
    moved = account_of(runtime, "coach@example.org")
    assert (moved.role, moved.clinic_id) == ("lead", clinic_of(runtime, "North"))  # type: ignore[attr-defined]
    assert coach.client.get("/participants/").status_code == 302, "they sign in anew"
    with coach.client.session_transaction() as session:
        session.update(session_of(runtime, coach.id))
    assert "Nobody is enrolled yet" in coach.get("/participants/")


def test_nobody_locks_themselves_out(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime, "admin")
    page = browser.post(f"/admin/sign-ins/{browser.id}", {"role": "coach", "clinic_id": "1", "active": "1"}, status=422)
    assert "You cannot change your own role, clinic, access or right to export" in page
    assert "You cannot" in browser.post(
        f"/admin/sign-ins/{browser.id}", {"role": "admin", "clinic_id": "1"}, status=422
    )


def test_no_admin_gives_themselves_the_right_to_export(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime, "admin")
    mine = {"role": "admin", "clinic_id": "1", "active": "1"}
    page = browser.post(f"/admin/sign-ins/{browser.id}", mine | {"may_export": "1"}, status=422)
    assert "right to export: ask another admin" in page
    assert not account_of(runtime, browser.email).may_export  # type: ignore[attr-defined]


def test_the_log_says_from_what_to_what_a_right_was_changed(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime, "admin")
    coach = add_coach(runtime, "ann@clinic.example")
    browser.post(f"/admin/sign-ins/{coach}", {"role": "lead", "clinic_id": "1", "may_export": "1"})
    [entry] = rows(runtime.engine, AuditEvent, AuditEvent.subject == f"account {coach}")
    assert (entry.detail["role_from"], entry.detail["role_to"]) == ("coach", "lead")
    page = sign_in(app, runtime, "lead").get("/log/")
    assert "role: coach → lead" in page
    assert "active: yes → no" in page
    assert "may export: no → yes" in page


def test_an_admin_of_one_clinic_makes_nobody_an_admin_of_all(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime, "admin")
    form = {"email": "big@clinic.example", "role": "admin", "clinic_id": ""}
    assert "Choose a clinic" in browser.post("/admin/sign-ins/new", form, status=422)
    assert browser.client.get("/admin/clinics/new").status_code == 403


def test_a_lost_phone_is_helped_by_an_admin_and_by_a_command(
    app: Flask, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_coach(runtime, "ann@clinic.example")
    visitor = Visitor.of(app)
    visitor.sign_in_first("ann@clinic.example")
    browser = sign_in(app, runtime, "admin")
    ann = account_of(runtime, "ann@clinic.example")
    browser.post(f"/admin/sign-ins/{ann.id}/second-step")  # type: ignore[attr-defined]
    assert not visitor.is_signed_in()
    assert visitor.give_password("ann@clinic.example").headers["Location"].endswith("/set-up")
    visitor.set_up_second_step()
    assert account_of(runtime, "ann@clinic.example").totp_secret  # type: ignore[attr-defined]
    monkeypatch.setenv("DATABASE_URL", runtime.settings.database_url)
    monkeypatch.setenv("DATA_KEYS", runtime.settings.data_keys)
    told = CliRunner().invoke(coach_command, ["coaches", "reset-second-step", "ann@clinic.example"])
    assert told.exit_code == 0, told.output
    assert account_of(runtime, "ann@clinic.example").totp_secret is None  # type: ignore[attr-defined]


def test_ones_own_account_is_changed_whole_or_not_at_all(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    typed = {"time_zone": "Europe/Madrid", "phone": "12", "digest": "daily"}
    page = browser.post("/account/", typed, status=422)
    assert "is not a phone number" in page
    assert account_of(runtime, browser.email).digest == "weekly"  # type: ignore[attr-defined]
    assert "Saved." in browser.post("/account/", typed | {"phone": "(415) 555-0134"})
    mine = account_of(runtime, browser.email)
    found = (mine.phone, mine.time_zone, mine.digest)  # type: ignore[attr-defined]
    assert found == ("+14155550134", "Europe/Madrid", "daily")
    assert mine.number_hash == runtime.keys.number_hash("+14155550134")  # type: ignore[attr-defined]


def test_signing_out_everywhere_ends_every_session(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    other = app.test_client()
    with browser.client.session_transaction() as mine, other.session_transaction() as same:
        same.update(mine)
    assert other.get("/").status_code == 200
    browser.post("/account/sign-out-everywhere")
    assert other.get("/").status_code == 302
    assert browser.client.get("/").status_code == 302


def test_the_log_shows_a_lead_their_clinic_only_and_finds_what_is_asked_for(app: Flask, runtime: Runtime) -> None:
    admin = sign_in(app, runtime, "admin", email="admin@north.example", clinic="North")
    admin.post("/account/", {"digest": "off"})
    lead = sign_in(app, runtime, "lead")
    assert "No entries yet" in lead.get("/log/")
    lead.post("/account/", {"digest": "off"})
    page = lead.get("/log/")
    assert f"account {lead.id}" in page
    assert "admin@north.example" not in page
    assert "changed" in lead.get("/log/?what=changed&who=lead@example.org&from=2026-03-02&until=2026-03-02")
    assert "No matching entries" in lead.get("/log/?until=2026-03-01")
    assert "Newest first" in lead.get("/log/?from=rubbish&page=99")


def test_a_long_log_is_paged(app: Flask, runtime: Runtime) -> None:
    lead = sign_in(app, runtime, "lead")
    for _ in range(51):
        with write_transaction(runtime.engine) as connection:
            record(connection, lead.email, "viewed", "participant 1", runtime.now(), clinic_of(runtime))
    assert "51 entries, page 1 of 2" in lead.get("/log/")
    assert "51 entries, page 2 of 2" in lead.get("/log/?what=viewed&page=2")


def test_hours_that_leave_peoples_times_outside_are_saved_only_after_a_list(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = sign_in(app, runtime, "admin")
    [late, _, early_to_bed] = enrol(
        runtime,
        person(1, evening_time="20:15"),
        person(2, evening_time="19:00"),
        person(3, evening_time="17:30", bedtime="18:00"),
    )
    path = f"/admin/clinics/{clinic_of(runtime)}"
    until_eight = CLINIC | {f"until_{day}": "20:00" for day in range(1, 8)}
    page = browser.post(path, until_eight, status=200)
    assert "Nothing is saved yet. Saving moves this person into the new hours." in page
    assert f"{late} 20:15 19:30" in page
    assert rows(runtime.engine, Clinic)[0].quiet_hours is None
    from_seven = CLINIC | {f"from_{day}": "19:00" for day in range(1, 8)} | {"moves": "yes"}
    assert "1 person goes to bed before these hours start" in browser.post(path, from_seven, status=422)
    browser.post(path, until_eight | {"moves": "yes"})
    times = [f"{one.evening_at:%H:%M}" for one in rows(runtime.engine, Enrolment)]
    assert times == ["19:30", "19:00", "17:30"]
    assert early_to_bed
    assert "7:30 pm" in sign_in(app, runtime, "lead").get(f"/participants/{late}")


def test_the_operators_page_names_a_clock_that_is_off_and_a_job_that_hangs(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = sign_in(app, runtime, "admin")
    beat = insert(WorkerHeartbeat).values(at=clock())
    with write_transaction(runtime.engine) as connection:
        connection.execute(beat.values(worker="w0", doubted_by="database", seconds_ahead=3600))
        connection.execute(beat.values(worker="w1", hanging="mail"))
    page = browser.get("/operator/")
    assert "The clock of w0 is 60 minutes ahead of that of the database: turn on time synchronization (NTP)" in page
    assert "halted: its clock is off" in page
    assert "hangs: mail" in page


def test_the_operators_page_says_what_failed_in_plain_words(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = sign_in(app, runtime, "admin")
    page = browser.get("/operator/")
    assert "No worker is running" in page
    assert "No texts failed in the last 24 hours" in page
    enrol(runtime, person(1), person(2))
    clock.forward(hours=10)
    tick(runtime)
    with write_transaction(runtime.engine) as connection:
        connection.execute(
            update(OutboxMessage).where(OutboxMessage.id == 1).values(state="undelivered", error_code=30005)
        )
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == 2).values(state="expired", reason="held"))
    page = browser.get("/operator/")
    assert "The carrier does not know this number. (30005) Ask them for the number" in page
    assert "texts were held back until someone had looked" in page
    assert "+1415" not in page


def test_a_reopened_reply_is_answered_again_in_other_words(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    lead = sign_in(app, runtime, "lead")
    clock.forward(hours=1)
    say(runtime, "+14155550001", "should I stop my iron pills?")
    lead.post("/inbox/1/answer", {"body": "Please ask your doctor."})
    lead.post("/inbox/1/reopen")
    assert "These very words were sent already" in lead.post("/inbox/1/answer", {"body": "Please ask your doctor."})
    lead.post("/inbox/1/answer", {"body": "Did you reach them?"})
    assert len(rows(runtime.engine, OutboxMessage, OutboxMessage.kind.in_(("answer", "coach")))) == 2

"""Retention: expired data is cleared once a night, also at the provider. Daily caps: held texts are reported."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from coach.alerts.cap_alarm import alarm_over_caps
from coach.database.tables import InboundReply, MailMessage
from coach.privacy.retention import clear, clear_nightly
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.limits import ClinicDay, ProviderDeletion
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant
from schedules.dispatch.provider_deletion import forget_due
from schedules.gateway.protocol import MemoryGateway
from schedules.worker.periodic import PeriodicRunner
from tests.commands import environment, run
from tests.support import TestClock, enrol, person, rows, say, tick

PHONE = "+14155550001"


def keep(runtime: Runtime, **limits: int | None) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).where(Clinic.name == "Clinic").values(**limits))


def an_evening(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), person(2))
    enrol(runtime, person(3), clinic="Elsewhere")
    clock.forward(hours=10)
    tick(runtime)
    say(runtime, PHONE, "6 and yes")
    say(runtime, PHONE, "what about my cat?")


def run_clear(runtime: Runtime) -> int:
    return sum(clear(runtime.engine, True, runtime.now()))


def bodies(runtime: Runtime) -> list[str]:
    return [row.body for row in rows(runtime.engine, OutboxMessage)]


def test_old_words_go_and_what_was_answered_stays(runtime: Runtime, clock: TestClock) -> None:
    an_evening(runtime, clock)
    keep(runtime, keep_texts_days=30)
    clock.forward(days=29)
    assert run_clear(runtime) == 0
    clock.forward(days=2)
    assert run_clear(runtime) == 3, "two sent texts and the reply that needs no coach"
    assert run_clear(runtime) == 0, "cleared rows are not found again"
    assert [bool(body) for body in bodies(runtime)] == [False, False, True], "the other clinic keeps its own"
    first, waiting = rows(runtime.engine, InboundReply)
    assert (first.body, first.answer, first.reading, first.score) == ("", None, None, 6)
    assert waiting.body == "what about my cat?", "it waits for a coach"
    assert rows(runtime.engine, CheckIn)[0].score == 6
    assert len(rows(runtime.engine, Decision)) == 3


def test_the_provider_forgets_the_words_too(runtime: Runtime, clock: TestClock) -> None:
    an_evening(runtime, clock)
    keep(runtime, keep_texts_days=30)
    clock.forward(days=31)
    run_clear(runtime)
    assert {row.what for row in rows(runtime.engine, ProviderDeletion)} == {"body"}
    assert forget_due(runtime.engine, runtime.gateway, clock()) == 3
    assert isinstance(runtime.gateway, MemoryGateway)
    assert [one.body for one in runtime.gateway.taken][:2] == ["", ""]


def test_a_text_still_under_way_keeps_its_words(runtime: Runtime, clock: TestClock) -> None:
    an_evening(runtime, clock)
    keep(runtime, keep_texts_days=30)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == 1).values(state="unknown"))
    clock.forward(days=31)
    run_clear(runtime)
    assert [bool(body) for body in bodies(runtime)] == [True, False, True]


def test_who_left_long_ago_goes_and_who_is_texted_stays(runtime: Runtime, clock: TestClock) -> None:
    an_evening(runtime, clock)
    say(runtime, PHONE, "STOP")
    keep(runtime, keep_people_days=90)
    clock.forward(days=89)
    assert run_clear(runtime) == 0
    clock.forward(days=2)
    assert run_clear(runtime) == 1
    assert [row.erased_at is not None for row in rows(runtime.engine, Participant)] == [True, False, False]


def test_who_wrote_lately_is_not_gone(runtime: Runtime, clock: TestClock) -> None:
    an_evening(runtime, clock)
    say(runtime, PHONE, "STOP")
    keep(runtime, keep_people_days=90)
    clock.forward(days=80)
    say(runtime, PHONE, "thank you for everything")
    clock.forward(days=20)
    assert run_clear(runtime) == 0


def test_it_runs_once_a_night_whoever_comes_first(runtime: Runtime, clock: TestClock) -> None:
    an_evening(runtime, clock)
    keep(runtime, keep_texts_days=30)
    clock.forward(days=31)
    clock.shows = clock.shows.replace(hour=9, minute=5)
    one, another = (PeriodicRunner(runtime.engine, name, clock) for name in ("one", "another"))
    assert [clear_nightly(periods, at_provider=True) for periods in (one, another, one)] == [3, 0, 0]
    keep(runtime, keep_texts_days=1)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(InboundReply).values(closed_at=clock()))
    clock.shows += timedelta(hours=23, minutes=50)
    assert clear_nightly(another, at_provider=True) == 0, "until the next night"
    clock.shows += timedelta(minutes=10)
    assert clear_nightly(another, at_provider=True) == 1


def test_it_is_part_of_what_a_worker_does(runtime: Runtime, clock: TestClock) -> None:
    an_evening(runtime, clock)
    keep(runtime, keep_texts_days=30)
    clock.forward(days=31)
    tick(runtime)
    assert bodies(runtime)[0] == ""


def test_without_limits_everything_is_kept(runtime: Runtime, clock: TestClock) -> None:
    an_evening(runtime, clock)
    clock.forward(days=4000)
    assert run_clear(runtime) == 0


def test_limits_are_set_by_command_and_kept_in_the_audit(runtime: Runtime, database_url: str) -> None:
    enrol(runtime, person(1))
    given = environment(database_url)
    assert run(["clinics", "set", "Clinic", "--texts-a-day", "40", "--keep-texts", "365"], given).returncode == 0
    told = run(["clinics", "list", "--json"], given).stdout
    own = {"contact": None, "keyword": None, "hours": None, "form": False, "single_sign_on": False}
    assert json.loads(told) == [{"name": "Clinic", **own, "texts_a_day": 40, "keep_texts": 365, "keep_people": None}]
    assert run(["clinics", "set", "Clinic", "--keep-texts", "none"], given).returncode == 0
    for wrong in (["--keep-texts", "3"], ["--texts-a-day", "many"], []):
        assert run(["clinics", "set", "Clinic", *wrong], given).returncode == 2
    assert run(["clinics", "set", "No such clinic", "--keep-texts", "99"], given).returncode == 2
    [clinic] = rows(runtime.engine, Clinic)
    assert (clinic.daily_texts, clinic.keep_texts_days) == (40, None)


def staff(runtime: Runtime, email: str, role: str, clinic_id: int | None) -> None:
    values: dict[str, Any] = {"email": email, "role": role, "clinic_id": clinic_id, "password_hash": ""}
    with write_transaction(runtime.engine) as connection:
        connection.execute(insert(CoachAccount).values(session_key=email, created_at=runtime.now(), **values))


def test_a_cap_that_holds_texts_back_is_mailed_once_a_day_to_who_leads(runtime: Runtime, clock: TestClock) -> None:
    for number, (role, clinic_id) in enumerate((("lead", 1), ("coach", 1), ("admin", None), ("lead", 2))):
        if number == 0:
            enrol(runtime, person(1), person(2))
            enrol(runtime, person(3), clinic="Elsewhere")
        staff(runtime, f"{role}{clinic_id}@clinic.test", role, clinic_id)
    keep(runtime, daily_texts=1)
    clock.forward(hours=10)
    for _ in range(3):
        tick(runtime)
        clock.forward(minutes=5)
    with read_transaction(runtime.engine) as connection:
        told = connection.execute(
            select(CoachAccount.email, MailMessage.subject)
            .join(MailMessage, MailMessage.coach_id == CoachAccount.id)
            .order_by(CoachAccount.email)
        ).all()
    assert told == [
        (who, "Clinic: texts are being held back today") for who in ("adminNone@clinic.test", "lead1@clinic.test")
    ]
    assert alarm_over_caps(runtime.engine, clock()) == 0
    assert [day.held for day in rows(runtime.engine, ClinicDay)] == [1, 0]
    clock.forward(hours=24)
    tick(runtime)
    tick(replace(runtime))
    assert len(rows(runtime.engine, MailMessage)) == 4

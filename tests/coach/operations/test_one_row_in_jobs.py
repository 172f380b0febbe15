"""A row that fails never stops the others, in any job: pages, mail, weeks, deletion, retention, key rotation."""

import base64
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, String, cast, insert, select, text, update

from coach.adherence.standings import renew_standings
from coach.alerts.pagers import page_token
from coach.alerts.paging import PagingContext, page_open_flags
from coach.database.schema import load_keys
from coach.database.tables import MailMessage, StaleWeek, Standing, WeeklySummary
from coach.mail.send import GIVE_UP_AFTER, send_mail
from coach.privacy.key_rotation import rotate
from coach.privacy.retention import clear
from coach.reflections.queue import queue_reflections
from coach.runtime import Runtime
from coach.summaries.jobs import store_late_answers, store_summaries
from schedules.database.encryption import Keyring, KeysMissingError, install_keyring
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.limits import ProviderDeletion
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant
from schedules.database.tables.safety import Flag
from schedules.database.tables.work import SetAside
from schedules.dispatch.provider_deletion import forget_due
from schedules.gateway.protocol import Forgetting, MemoryGateway
from schedules.worker.periodic import PeriodicRunner
from tests.coach.mail.test_digests import Postbox, mail_context
from tests.coach.reflections.test_reflections import SUNDAY, evenings, reflections
from tests.served import free_port
from tests.support import DATA_KEY, TestClock, enrol, person, rows, say, staff, tick

MONDAY = datetime(2026, 3, 9, 12, tzinfo=UTC)
ATLANTIS = "America/Atlantis"


def aside(runtime: Runtime) -> list[tuple[str, int]]:
    return [(one.kind, one.row_id) for one in rows(runtime.engine, SetAside)]


def spoil(engine: Engine, sql: str) -> None:
    with write_transaction(engine) as connection:
        connection.execute(text(sql))


def test_a_flag_nobody_can_be_paged_for_stops_no_other_page(runtime: Runtime, clock: TestClock) -> None:
    staff(runtime, coach="+14155550900", lead="+14155550901")
    enrol(runtime, person(1), person(2), person(3))
    for number in (1, 2, 3):
        say(runtime, person(number)["phone"], "I want to kill myself")
    pager = PagingContext(runtime.engine, runtime.catalogue, runtime.keys, "https://coach.test/")
    [lead] = [one.id for one in rows(runtime.engine, CoachAccount) if one.role == "lead"]
    with write_transaction(runtime.engine) as connection:  # as after a partly restored backup
        opened = connection.execute(select(cast(Flag.opened_at, String)).where(Flag.id == 2)).scalar_one()
        token = page_token(runtime.keys, 2, opened, "first", lead)
        same = {"kind": "page", "body": "x", "token": token, "state": "sent", "due_at": clock(), "expires_at": clock()}
        connection.execute(insert(OutboxMessage).values(coach_id=lead, created_at=clock(), **same))
    assert page_open_flags(pager, clock()) == 2
    assert [one.paged_at is not None for one in rows(runtime.engine, Flag)] == [True, False, True]
    assert aside(runtime) == [("flag", 2)]
    spoil(runtime.engine, "DELETE FROM outbox_message WHERE state = 'sent'")
    assert page_open_flags(pager, clock()) == 1
    assert aside(runtime) == []


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox(free_port())
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    yield box
    server.stop()


@pytest.mark.parametrize(
    "odd", [{"subject": "two\nlines"}, {"subject": "half \ud800"}, {"email": "ünï@x.example"}, {"email": ""}], ids=repr
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mail_that_cannot_be_written_or_addressed_keeps_no_other_waiting(
    runtime: Runtime, clock: TestClock, postbox: Postbox, odd: dict[str, str]
) -> None:
    given = {"mail_server": "127.0.0.1", "mail_port": postbox.port, "mail_use_tls": False, "mail_from": "rls@x.example"}
    settings = runtime.settings.model_copy(update=given)
    staff(runtime, coach="+14155550900", lead="+14155550901")
    if "\ud800" in odd.get("subject", ""):
        odd = {"subject": "=?x?="}  # databases refuse invalid characters; an invalid encoding comes closest
    with write_transaction(runtime.engine) as connection:
        for coach_id in (1, 2):
            mail = {"coach_id": coach_id, "kind": "page", "body": "words", "state": "queued", "due_at": clock()}
            connection.execute(insert(MailMessage).values(subject="Now", **mail))
        if "email" in odd:
            connection.execute(update(CoachAccount).where(CoachAccount.id == 1).values(odd))
        else:
            connection.execute(update(MailMessage).where(MailMessage.coach_id == 1).values(odd))
    worker = mail_context(runtime)
    worker = type(worker)(worker.engine, settings, worker.keys, worker.now)
    for _ in range(GIVE_UP_AFTER):
        send_mail(worker)
        clock.forward(minutes=11)
    first, second = rows(runtime.engine, MailMessage)
    assert second.state == "sent"
    assert first.state in ("failed", "sent")


def test_a_provider_that_chokes_on_one_id_forgets_the_others(runtime: Runtime, clock: TestClock) -> None:
    class Chokes(MemoryGateway):
        def forget(self, sid: str, what: Forgetting) -> str | None:
            if sid == "SM1":
                raise AttributeError("odd")
            return super().forget(sid, what)

    with write_transaction(runtime.engine) as connection:
        for number in range(4):
            connection.execute(insert(ProviderDeletion).values(provider_sid=f"SM{number}", what="body", due_at=clock()))
    assert forget_due(runtime.engine, Chokes(clock), clock()) == 3
    [left] = rows(runtime.engine, ProviderDeletion)
    assert (left.provider_sid, left.reason, left.attempts) == ("SM1", "AttributeError", 1)


def three_weeks_of_evenings(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), clinic="Atlantis")
    enrol(runtime, *(person(number) for number in (2, 3)))
    clock.forward(hours=10)
    tick(runtime)
    clock.shows = MONDAY


def periods(runtime: Runtime) -> PeriodicRunner:
    return PeriodicRunner(runtime.engine, "w", runtime.now)


def test_a_zone_that_no_longer_exists_keeps_nobody_from_the_weeks_summary(runtime: Runtime, clock: TestClock) -> None:
    three_weeks_of_evenings(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).where(Participant.id == 2).values(time_zone=ATLANTIS))
        connection.execute(update(Clinic).where(Clinic.name == "Atlantis").values(time_zone=ATLANTIS))
    assert store_summaries(periods(runtime)) == 2
    assert [one.participant_id for one in rows(runtime.engine, WeeklySummary)] == [2, 3]
    [clinic] = [one.id for one in rows(runtime.engine, Clinic) if one.name == "Atlantis"]
    assert aside(runtime) == [("summaries", clinic)]


def test_a_person_whose_week_cannot_be_summed_up_is_set_aside(runtime: Runtime, clock: TestClock) -> None:
    three_weeks_of_evenings(runtime, clock)
    if runtime.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL takes no date that is none")
    spoil(runtime.engine, "UPDATE enrolment SET starts_on = '2026-02-99' WHERE id = 2")
    assert store_summaries(periods(runtime)) == 2
    assert [one.participant_id for one in rows(runtime.engine, WeeklySummary)] == [1, 3]
    assert aside(runtime) == [("summary", 2)]


def test_a_stale_week_that_is_none_keeps_no_other_stale(runtime: Runtime, clock: TestClock) -> None:
    three_weeks_of_evenings(runtime, clock)
    store_summaries(periods(runtime))
    [late] = [one.id for one in rows(runtime.engine, CheckIn) if one.enrolment_id == 3]
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(CheckIn).where(CheckIn.id == late).values(score=7, score_at=clock()))
        connection.execute(insert(StaleWeek).values(participant_id=2, week="no week"))
        if not connection.execute(select(StaleWeek).where(StaleWeek.participant_id == 3)).first():
            connection.execute(insert(StaleWeek).values(participant_id=3, week="2026-W10"))
    assert store_late_answers(runtime.engine, clock()) == 1
    assert rows(runtime.engine, StaleWeek) == []
    assert aside(runtime) == [("summary", 2)]


def test_a_clinic_in_no_zone_keeps_nobody_elses_standing_old(runtime: Runtime, clock: TestClock) -> None:
    three_weeks_of_evenings(runtime, clock)
    spoil(runtime.engine, "DELETE FROM standing")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).where(Clinic.name == "Atlantis").values(time_zone=ATLANTIS))
    renew_standings(runtime.engine, clock())
    assert [one.participant_id for one in rows(runtime.engine, Standing)] == [2, 3]
    assert aside(runtime) == [("standing", 1)]


def test_a_person_whose_own_week_cannot_be_told_keeps_no_other_from_theirs(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), person(2))
    for number in (1, 2):
        say(runtime, person(number)["phone"], "weekly on")
    evenings(runtime, clock, 6)
    spoil(runtime.engine, "UPDATE enrolment SET programme = 'gone' WHERE id = 2")
    clock.shows = SUNDAY + timedelta(minutes=5)
    assert queue_reflections(runtime.engine, runtime.catalogue, runtime.keys, clock()) == 1
    assert queue_reflections(runtime.engine, runtime.catalogue, runtime.keys, clock()) == 0
    assert len(reflections(runtime)) == 1
    assert aside(runtime) == [("reflection", 2)]


def test_a_clinic_or_person_that_cannot_be_cleared_keeps_no_other_from_it(
    runtime: Runtime, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_weeks_of_evenings(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).where(Clinic.name == "Atlantis").values(keep_texts_days=10**9))
        connection.execute(update(Clinic).where(Clinic.name == "Clinic").values(keep_texts_days=1))
    clock.forward(days=30)
    assert sum(clear(runtime.engine, True, clock())) == 2
    [clinic] = [one.id for one in rows(runtime.engine, Clinic) if one.name == "Atlantis"]
    assert aside(runtime) == [("clearing", clinic)]


def test_the_words_of_a_stuck_text_are_forgotten_at_the_provider_by_the_id_it_was_set_aside_with(
    runtime: Runtime, clock: TestClock
) -> None:
    three_weeks_of_evenings(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        for id, sid in ((2, "SM" + "f" * 32), (3, "SM" + "f" * 200)):
            stuck = {"state": "stuck", "provider_sid": None, "unrecorded_sid": sid}
            connection.execute(update(OutboxMessage).where(OutboxMessage.id == id).values(stuck))
        connection.execute(update(Clinic).values(keep_texts_days=1))
    clock.forward(days=30)
    assert sum(clear(runtime.engine, True, clock())) == 3
    assert "SM" + "f" * 32 in [one.provider_sid for one in rows(runtime.engine, ProviderDeletion)]


def test_a_value_that_no_key_opens_keeps_no_other_under_the_old_key(runtime: Runtime, clock: TestClock) -> None:
    three_weeks_of_evenings(runtime, clock)
    new = base64.urlsafe_b64encode(os.urandom(32)).decode()
    spoil(runtime.engine, "UPDATE participant SET phone = 'spoilt' WHERE id = 1")
    with pytest.raises(KeysMissingError, match=r"does not open 1 values \(participant.phone: 1\)"):
        list(rotate(runtime.engine, Keyring([new, DATA_KEY])))
    install_keyring(Keyring([new]))
    try:
        with read_transaction(runtime.engine) as connection:
            phones = connection.execute(select(Participant.phone).where(Participant.id > 1)).scalars().all()
        assert load_keys(runtime.engine) == runtime.keys
    finally:
        install_keyring(Keyring([DATA_KEY]))
    assert len(phones) == 2

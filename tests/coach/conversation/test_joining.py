"""People enroll by texting their clinic's keyword: a welcome, a YES, and nothing in between."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, update
from sqlalchemy import text as sql

from coach.accounts.joining import set_keyword
from coach.accounts.sign_ins import ensure_clinic
from coach.audit import COMMAND_LINE
from coach.conversation.joining.gather import WELCOMES_IN_AN_HOUR
from coach.database.tables import AuditEvent, InboundReply
from coach.privacy.erase import erase
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Joining, Participant, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.posting import PHONE, post, text
from tests.support import TestClock, enrol, person, rows, staff, tick

LONDON, TOLL_FREE = "+442071838750", "+18005550123"


@pytest.fixture
def harbor(signed: Runtime) -> int:
    """A clinic in Denver whose keyword is HARBOR."""
    with write_transaction(signed.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, "Harbor Clinic", signed.now())
        set_keyword(connection, COMMAND_LINE, clinic_id, "HARBOR", signed.now())
        connection.execute(update(Clinic).where(Clinic.id == clinic_id).values(time_zone="America/Denver"))
    return clinic_id


def said(client: FlaskClient, body: str, sid: str, phone: str = PHONE, **more: str) -> str:
    """Send a text and return the reply."""
    status, answer = post(client, "/sms/inbound", text(body, sid, From=phone, **more))
    assert status == 200
    return answer.partition("<Message>")[2].partition("</Message>")[0]


def statuses(runtime: Runtime) -> list[str]:
    return [one.status for one in rows(runtime.engine, Enrolment)]


def test_an_unknown_number_is_welcomed_and_texted_only_after_yes(
    client: FlaskClient, signed: Runtime, harbor: int, clock: TestClock
) -> None:
    welcome = said(client, "Join Harbor", "SM1")
    for wanted in ("Harbor Clinic", "YES", "STOP", "HELP", "rates may apply", "Los Angeles time", "your city"):
        assert wanted in welcome
    clock.forward(days=2)
    assert tick(signed)["sent"] == 0, "nothing before YES"
    assert "Los Angeles" in said(client, "YES", "SM2")
    assert statuses(signed) == ["active"]
    for _ in range(24):
        clock.forward(hours=1)
        tick(signed)
    assert [one.kind for one in rows(signed.engine, OutboxMessage)] == ["nudge"]


def test_the_consent_names_the_keyword_the_poster_and_the_words(
    client: FlaskClient, signed: Runtime, harbor: int
) -> None:
    said(client, "JOIN HARBOR b7", "SM1")
    [consent] = rows(signed.engine, ConsentEvent)
    assert (consent.kind, consent.source, consent.wording) == ("given", "keyword HARBOR, poster B7", "JOIN HARBOR b7")
    [joining] = rows(signed.engine, Joining)
    assert (joining.clinic_id, joining.poster) == (harbor, "B7")
    [reply] = rows(signed.engine, InboundReply)
    assert (reply.participant_id, reply.for_coach) == (joining.participant_id, False)
    created = rows(signed.engine, AuditEvent, AuditEvent.action == "created")[-1]
    assert (created.actor, created.detail) == ("the person", {"by": "keyword", "keyword": "HARBOR"})


@pytest.mark.parametrize("body", ["ÚNETE HARBOR", "únete harbor.", "Unirme a Harbor", "UNIRME HARBOR"])
def test_spanish_words_are_welcomed_in_spanish(client: FlaskClient, signed: Runtime, harbor: int, body: str) -> None:
    assert "Responde SÍ" in said(client, body, "SM1")
    [participant] = rows(signed.engine, Participant)
    assert participant.language == "es"
    said(client, "Sí", "SM2")
    assert statuses(signed) == ["active"]


@pytest.mark.parametrize(("phone", "zone"), [("+12125550123", "America/New_York"), (LONDON, "Europe/London")])
def test_the_zone_is_that_of_the_area_code(
    client: FlaskClient, signed: Runtime, harbor: int, phone: str, zone: str
) -> None:
    said(client, "JOIN HARBOR", "SM1", phone)
    assert rows(signed.engine, Participant)[0].time_zone == zone


def test_an_area_code_in_several_zones_leaves_the_clinics(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    assert "Denver time" in said(client, "JOIN HARBOR", "SM1", "+12085550123")  # Idaho lies in two zones
    assert rows(signed.engine, Participant)[0].time_zone == "America/Denver"


def test_a_city_in_answer_to_the_welcome_reaches_a_human(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    said(client, "JOIN HARBOR", "SM1")
    said(client, "I'm in Boston", "SM2")
    assert statuses(signed) == ["invited"]
    assert rows(signed.engine, InboundReply)[-1].for_coach


def test_a_second_join_sends_no_second_welcome_and_changes_nothing(
    client: FlaskClient, signed: Runtime, harbor: int
) -> None:
    said(client, "JOIN HARBOR", "SM1")
    before = rows(signed.engine, Participant), rows(signed.engine, Enrolment)
    again = said(client, "UNIRME HARBOR", "SM2")
    assert "YES" in again
    assert "Harbor Clinic" not in again
    assert said(client, "JOIN HARBOR", "SM1") == said(client, "JOIN HARBOR", "SM1"), "a repeated delivery is no text"
    now = rows(signed.engine, Participant), rows(signed.engine, Enrolment)
    assert now[0] == before[0]
    assert len(rows(signed.engine, ConsentEvent)) == 1


def test_whoever_is_active_gets_one_line(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    enrol(signed, person(1), clinic="Harbor Clinic")
    assert "already signed up with Harbor Clinic" in said(client, "JOIN HARBOR", "SM1")
    assert statuses(signed) == ["active"]
    assert not rows(signed.engine, Joining)


def test_a_join_after_a_stop_is_a_start(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    enrol(signed, person(1), clinic="Harbor Clinic")
    said(client, "STOP", "SM1")
    assert "Welcome back" in said(client, "JOIN HARBOR", "SM2")
    assert statuses(signed) == ["active"]
    assert not rows(signed.engine, Suppression)
    assert rows(signed.engine, ConsentEvent)[-1].kind == "opted_in"


def test_an_erased_number_that_joins_gives_a_new_consent_of_its_own(
    client: FlaskClient, signed: Runtime, harbor: int
) -> None:
    [erased] = enrol(signed, person(1), clinic="Harbor Clinic")
    with write_transaction(signed.engine) as connection:
        erase(connection, erased, signed.now(), actor=COMMAND_LINE, at_provider=False)
    assert "YES" in said(client, "JOIN HARBOR", "SM1")
    people = rows(signed.engine, Participant)
    assert [one.phone for one in people] == [None, PHONE]
    assert not rows(signed.engine, Suppression)
    assert statuses(signed) == ["invited"]


def test_a_yes_alone_from_an_erased_number_is_no_consent(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    [erased] = enrol(signed, person(1), clinic="Harbor Clinic")
    with write_transaction(signed.engine) as connection:
        erase(connection, erased, signed.now(), actor=COMMAND_LINE, at_provider=False)
    said(client, "YES", "SM1")
    assert not statuses(signed)
    assert rows(signed.engine, Suppression)


def test_a_participant_of_another_clinic_joins_this_one_too(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    enrol(signed, person(1), clinic="Other")
    assert "Harbor Clinic" in said(client, "JOIN HARBOR", "SM1")
    assert statuses(signed) == ["active", "invited"]
    assert "8:00pm" in said(client, "YES", "SM2")
    assert statuses(signed) == ["active", "active"]


def test_a_number_held_as_somebody_elses_stays_held(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    enrol(signed, person(1), clinic="Harbor Clinic")
    said(client, "wrong number", "SM1")
    assert "signed up" not in said(client, "JOIN HARBOR", "SM2")
    assert rows(signed.engine, Enrolment)[0].held_for == "someone_else"
    assert rows(signed.engine, InboundReply)[-1].for_coach


def test_a_number_that_alerts_a_coach_cannot_join(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    staff(signed, lead=PHONE)
    assert "another phone" in said(client, "JOIN HARBOR", "SM1")
    assert not rows(signed.engine, Participant)


def test_danger_in_the_same_text_comes_first(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    assert "988" in said(client, "JOIN HARBOR i want to kill myself", "SM1")
    assert [flag.kind for flag in rows(signed.engine, Flag)] == ["crisis"]
    assert not rows(signed.engine, Participant)


def test_words_beside_the_keyword_are_read_by_a_coach(client: FlaskClient, signed: Runtime, harbor: int) -> None:
    assert "Harbor Clinic" in said(client, "JOIN HARBOR my doctor told me about this", "SM1")
    assert rows(signed.engine, InboundReply)[0].for_coach


@pytest.mark.parametrize(("body", "phone"), [("JOIN NOWHERE", PHONE), ("JOIN HARBOR", TOLL_FREE), ("HARBOR", PHONE)])
def test_another_word_or_nobodys_phone_enrolls_nobody(
    client: FlaskClient, signed: Runtime, harbor: int, body: str, phone: str
) -> None:
    assert "Please call your clinic" in said(client, body, "SM1", phone)
    assert not rows(signed.engine, Participant)


def test_a_join_that_an_error_kept_from_being_applied_is_welcomed_later(
    client: FlaskClient, signed: Runtime, harbor: int, clock: TestClock
) -> None:
    with write_transaction(signed.engine) as connection:
        connection.execute(sql("ALTER TABLE joining RENAME TO joining_gone"))
    assert said(client, "JOIN HARBOR", "SM1") == ""
    with write_transaction(signed.engine) as connection:
        connection.execute(sql("ALTER TABLE joining_gone RENAME TO joining"))
    clock.forward(minutes=1)
    tick(signed)
    assert [one.phone for one in rows(signed.engine, Participant)] == [PHONE]
    [answer] = rows(signed.engine, OutboxMessage)
    assert (answer.kind, answer.state) == ("answer", "accepted")
    assert "YES" in answer.body
    assert "sender" not in rows(signed.engine, InboundReply)[0].reading, "the number is not kept beside the words"


def test_a_flood_is_welcomed_only_so_far_and_again_an_hour_later(
    client: FlaskClient, signed: Runtime, harbor: int, clock: TestClock
) -> None:
    people = [person(100 + number) for number in range(WELCOMES_IN_AN_HOUR)]
    ids = enrol(signed, *people, clinic="Harbor Clinic")
    with write_transaction(signed.engine) as connection:
        same = {"clinic_id": harbor, "keyword": "HARBOR", "joined_at": signed.now()}
        connection.execute(insert(Joining), [{"participant_id": one} | same for one in ids])
    assert said(client, "JOIN HARBOR", "SM1") == ""
    assert rows(signed.engine, InboundReply)[0].for_coach, "a human sees who waits"
    clock.shows += timedelta(hours=1, minutes=1)
    assert "YES" in said(client, "JOIN HARBOR", "SM2")

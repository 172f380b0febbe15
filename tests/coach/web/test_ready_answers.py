"""Ready-made answers: versioned, in both languages, filled in for the person, and put into the answer box."""

from flask import Flask
from sqlalchemy import update

from coach.database.desk_tables import ReadyAnswer
from coach.database.tables import AuditEvent
from coach.inbox.ready_answers import filled
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from tests.coach.web.coaches import Browser, sign_in
from tests.coach.web.evenings import MARIA
from tests.support import enrol, person, rows, say

CALL = {
    "name": "Call the clinic",
    "body_en": "Hi {first_name}, please call {contact}.",
    "body_es": "Hola {first_name}, por favor llame a {contact}.",
}


def lead_with_one(app: Flask, runtime: Runtime, **more: str) -> Browser:
    enrol(runtime, person(1, first_name="Maria", **more))
    lead = sign_in(app, runtime, "lead")
    assert "There are none yet" in lead.get("/inbox/ready-made/")
    assert "Coaches can use it now" in lead.post("/inbox/ready-made/", CALL)
    return lead


def test_an_answer_is_put_below_what_was_typed_in_the_persons_language(app: Flask, runtime: Runtime) -> None:
    lead = lead_with_one(app, runtime, language="es")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).values(contact="Ann at 555-0100"))
    say(runtime, MARIA, "¿por qué me pasa esto cada noche?")
    form = {"body": "Gracias.", "ready": "Call the clinic", "insert": "yes", "card": "1"}
    lead.post("/inbox/1/answer", form)
    assert "Gracias. Hola Maria, por favor llame a Ann at 555-0100.</textarea>" in lead.html("/inbox/")
    assert "Choose a ready-made answer" in lead.post("/inbox/1/answer", form | {"ready": ""})


def test_a_change_is_a_new_version_and_nothing_is_lost(app: Flask, runtime: Runtime) -> None:
    lead = lead_with_one(app, runtime)
    lead.post("/inbox/ready-made/", CALL | {"body_en": "Please call {contact}."})
    assert "Nothing was changed" in lead.post("/inbox/ready-made/", CALL | {"body_en": "Please call {contact}."})
    kept = [(row.language, row.version) for row in rows(runtime.engine, ReadyAnswer)]
    assert kept == [("en", 1), ("es", 1), ("en", 2)]
    page = lead.get("/inbox/ready-made/")
    assert "Please call {contact}. English, version 2" in page
    detail = rows(runtime.engine, AuditEvent, AuditEvent.subject == "ready-made answers")[-1].detail
    assert detail == {"en_version_from": 1, "en_version_to": 2}
    lead.post("/inbox/ready-made/", CALL | {"body_en": "", "body_es": ""})
    assert "There are none yet" in lead.get("/inbox/ready-made/"), "without words it is withdrawn"


def test_a_fault_is_told_beside_its_field_and_the_words_stay(app: Flask, runtime: Runtime) -> None:
    lead = lead_with_one(app, runtime)
    shown = lead.post("/inbox/ready-made/", CALL | {"name": "Other", "body_en": "Hi {name}"}, 400)
    assert "Braces are for placeholders only. There are {first_name}, {clinic}, {contact}." in shown
    assert "Hi {name}" in shown
    assert "Give it a name" in lead.post("/inbox/ready-made/", {"name": " ", "body_en": "Hi"}, 400)
    assert "This has 641 characters" in lead.post("/inbox/ready-made/", {"name": "Long", "body_es": "x" * 641}, 400)


def test_coaches_read_them_and_only_leads_write_them(app: Flask, runtime: Runtime) -> None:
    lead_with_one(app, runtime)
    coach = sign_in(app, runtime)
    assert "Hi {first_name}" in coach.get("/inbox/ready-made/")
    coach.post("/inbox/ready-made/", CALL, 403)
    stranger = sign_in(app, runtime, "lead", email="stranger@example.org", clinic="Other")
    assert "There are none yet" in stranger.get("/inbox/ready-made/")


def test_without_a_value_a_placeholder_reads_as_plain_words() -> None:
    assert filled("Hi {first_name}, call {contact}.", "en", {}) == "Hi there, call your clinic."
    assert filled("Hola {first_name}, llame a {contact}.", "es", {}) == "Hola, llame a tu clínica."

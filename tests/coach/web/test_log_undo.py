"""The log says what changed from what to what, and the last change of a thing can be undone there."""

import re

from flask import Flask

from coach.database.tables import AuditEvent
from coach.participants.actions.change_back import form_back
from coach.runtime import Runtime
from coach.web.pages.audit_log import told
from schedules.database.tables.people import Enrolment, Participant
from tests.coach.web.coaches import Browser, sign_in
from tests.support import enrol, person, rows

EARLY = {"evening_time": "19:00", "bedtime": "22:00", "time_zone": "America/New_York"}


def lead_of_maria(app: Flask, runtime: Runtime) -> Browser:
    enrol(runtime, person(1, first_name="Maria"))
    return sign_in(app, runtime, "lead")


def entry_of(runtime: Runtime, what: str) -> int:
    found = [event.id for event in rows(runtime.engine, AuditEvent) if event.detail.get("what") == what]
    return int(found[-1])


def test_an_entry_says_from_what_to_what_and_is_undone(app: Flask, runtime: Runtime) -> None:
    lead = lead_of_maria(app, runtime)
    lead.post("/participants/1/change/language", {"language": "es"})
    assert "language: en → es" in lead.get("/log/")
    assert "Undone: it is as it was before." in lead.post(f"/log/{entry_of(runtime, 'language')}/undo")
    assert rows(runtime.engine, Participant)[0].language == "en"
    assert "language: es → en" in lead.get("/log/")


def test_times_go_back_together_and_an_unknown_bedtime_is_unknown_again(app: Flask, runtime: Runtime) -> None:
    lead = lead_of_maria(app, runtime)
    lead.post("/participants/1/change/times", EARLY)
    lead.post(f"/log/{entry_of(runtime, 'times')}/undo")
    stored = rows(runtime.engine, Enrolment)[0]
    assert (f"{stored.evening_at:%H:%M}", stored.bedtime_at) == ("20:00", None)


def test_what_was_changed_again_since_stays(app: Flask, runtime: Runtime) -> None:
    lead = lead_of_maria(app, runtime)
    lead.post("/participants/1/change/language", {"language": "es"})
    first = entry_of(runtime, "language")
    lead.post("/participants/1/change/language", {"language": "en"})
    lead.post("/participants/1/change/language", {"language": "es"})
    assert "It was changed again since" in lead.post(f"/log/{first}/undo")
    assert rows(runtime.engine, Participant)[0].language == "es"


def test_only_leads_of_the_clinic_undo_and_only_changes(app: Flask, runtime: Runtime) -> None:
    lead = lead_of_maria(app, runtime)
    coach = sign_in(app, runtime)
    stranger = sign_in(app, runtime, "lead", email="other@example.org", clinic="Other")
    lead.post("/participants/1/change/language", {"language": "es"})
    lead.post("/participants/1/note", {"body": "Speaks Spanish at home."})
    entry = entry_of(runtime, "language")
    coach.post(f"/log/{entry}/undo", {}, 403)
    stranger.post(f"/log/{entry}/undo", {}, 404)
    noted = [event.id for event in rows(runtime.engine, AuditEvent) if event.action == "noted"]
    lead.post(f"/log/{noted[0]}/undo", {}, 404)
    assert re.findall(r"/log/(\d+)/undo", lead.html("/log/")) == [str(entry)]


def test_details_read_as_words() -> None:
    assert told({"what": "times", "bedtime_from": None, "bedtime_to": "22:30"}) == [
        "what: times",
        "bedtime: none → 22:30",
    ]
    assert told({"on": True, "reply": 7, "coach_id_to": 4}) == ["on", "reply: 7", "coach id to: 4"]
    assert form_back("changed", "participant 7", {"what": "name"}) is None
    assert form_back("viewed", "participant 7", {"what": "language", "language_from": "en"}) is None

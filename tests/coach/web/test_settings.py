"""Policy, program, tags, name and coach on a participant's page, when enrolling, and on a clinic's."""

from flask import Flask

from coach.runtime import Runtime
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from tests.coach.web.coaches import sign_in
from tests.coach.web.test_administration import CLINIC
from tests.coach.web.test_enrol_page import GIVEN
from tests.support import enrol, person, rows

PAGE = "/participants/1"


def test_a_randomized_policy_needs_the_box_and_records_the_coach(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    form = {"policy": "micro-randomised"}
    assert "They stay on rotation, because no consent" in browser.post(f"{PAGE}/change/policy", form)
    assert rows(runtime.engine, Enrolment)[0].policy == "rotation"
    page = browser.post(f"{PAGE}/change/policy", form | {"randomised_consent": "yes"})
    assert "At random, and on some evenings none, since 2 Mar 2026" in page
    [event] = rows(runtime.engine, ConsentEvent, ConsentEvent.kind == "randomised")
    assert event.source == "told coach@example.org"


def test_tags_program_and_name_change_on_the_page(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria", exclude="fall_risk"))
    browser = sign_in(app, runtime)
    assert "Tags stockings advised" in browser.post(f"{PAGE}/change/tags", {"tags": ["stockings_advised"]})
    browser.post(f"{PAGE}/change/programme", {"programme": "evening-and-morning"})
    browser.post(f"{PAGE}/change/name", {"first_name": "Ana"})
    [enrolment], [someone] = rows(runtime.engine, Enrolment), rows(runtime.engine, Participant)
    assert (enrolment.programme, enrolment.exclude, someone.first_name) == ("evening-and-morning", ["fall_risk"], "Ana")
    browser.post(f"{PAGE}/change/tags")
    assert rows(runtime.engine, Enrolment)[0].tags == []
    assert "is not a tag" in browser.post(f"{PAGE}/change/tags", {"tags": ["nonsense"]}, 400)


def test_only_a_lead_assigns_another_coach(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1))
    coach, lead = sign_in(app, runtime), sign_in(app, runtime, "lead")
    assert "Ask who leads the clinic" in coach.post(f"{PAGE}/change/coach", {"coach": lead.email}, 400)
    lead.post(f"{PAGE}/change/coach", {"coach": lead.email})
    assert rows(runtime.engine, Participant)[0].coach_id == lead.id
    lead.post(f"{PAGE}/change/coach", {"coach": ""})
    assert rows(runtime.engine, Participant)[0].coach_id is None


def test_someone_is_enrolled_with_policy_consent_and_tags(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    more = {"policy": "adaptive", "tags": ["stockings_advised"]}
    told = browser.post("/enrol/one", GIVEN | more)
    assert "on rotation, because no consent to be randomized is recorded." in told
    browser.post("/enrol/one", GIVEN | more | {"phone": "(415) 555-0135", "randomised_consent": "yes"})
    assert [(one.policy, one.tags) for one in rows(runtime.engine, Enrolment)] == [
        ("rotation", ["stockings_advised"]),
        ("adaptive", ["stockings_advised"]),
    ]


def test_a_clinic_chooses_program_and_policy_for_new_people(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1))
    admin = sign_in(app, runtime, "admin")
    form = CLINIC | {"name": "Clinic", "programme": "evening-and-morning", "policy": "micro-randomised"}
    admin.post("/admin/clinics/1", form)
    [clinic] = rows(runtime.engine, Clinic)
    assert (clinic.programme, clinic.policy) == ("evening-and-morning", "micro-randomised")
    assert "Choose a policy from the list." in admin.post("/admin/clinics/1", form | {"policy": "best"}, 422)
    admin.post("/admin/clinics/1", form | {"programme": "", "policy": ""})
    assert rows(runtime.engine, Clinic)[0].policy is None

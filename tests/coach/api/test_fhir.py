"""A hospital's system asks for everything about one participant, and gets FHIR that holds together."""

import json
from importlib import import_module

from flask import Flask

from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from tests.coach.api.calling import System, key_of, system
from tests.support import TestClock, enrol, person, rows, say, tick


def test_everything_about_a_participant_is_one_valid_bundle(caller: System, runtime: Runtime, clock: TestClock) -> None:
    [id] = enrol(runtime, person(1, first_name="Zebulon"))
    clock.forward(hours=10)
    tick(runtime)
    say(runtime, person(1)["phone"], "4")
    bundle = caller.get(f"/fhir/Patient/{id}/$everything")
    import_module("fhir.resources.R4B.bundle").Bundle.model_validate(bundle)
    found = {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in bundle["entry"]}
    assert f"Patient/{id}" in found
    told = json.dumps(bundle)
    assert {"Observation", "QuestionnaireResponse", "CarePlan", "Communication"} <= {one.split("/")[0] for one in found}
    references = {part.partition('"')[0] for part in told.split('"reference": "')[1:]}
    assert references
    assert references <= found
    assert "Zebulon" not in told
    assert person(1)["phone"] not in told
    assert "payload" not in told
    assert bundle["total"] == len(bundle["entry"])


def test_a_participant_who_was_never_texted_is_a_bundle_too(caller: System, runtime: Runtime) -> None:
    [id] = enrol(runtime, person(1), confirmed=False)
    bundle = caller.get(f"/fhir/Patient/{id}/$everything")
    [plan] = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "CarePlan"]
    assert plan["status"] == "draft"


def test_another_clinics_participant_is_not_found_and_a_view_is_logged(
    app: Flask, caller: System, runtime: Runtime
) -> None:
    [theirs] = enrol(runtime, person(1), clinic="Other")
    [ours] = enrol(runtime, person(2))
    caller.get(f"/fhir/Patient/{theirs}/$everything", status=404)
    caller.get("/fhir/Patient/99/$everything", status=404)
    caller.get("/fhir/Patient/x/$everything", status=404)
    caller.get(f"/fhir/Patient/{ours}/$everything")
    viewed = [one.subject for one in rows(runtime.engine, AuditEvent) if one.action == "viewed"]
    assert viewed == [f"participant {ours}"]
    enrolling = system(app, runtime)
    enrolling.key = key_of(runtime, scopes=("enrol",))
    enrolling.get(f"/fhir/Patient/{ours}/$everything", status=403)

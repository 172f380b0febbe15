"""Whatever another system reads about people is in the audit log, route by route."""

from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from coach.web.api.application import RESOURCES
from coach.web.app import create_app
from tests.coach.api.calling import system
from tests.support import enrol, person, rows

# They show what another system set up itself, or what the interface is: no person.
SHOWS_NOBODY = {"/webhooks", "/webhooks/{id}", "/openapi.json"}


def test_every_route_that_shows_a_person_is_recorded(lone: Runtime) -> None:
    """Each route in an application of its own: what was viewed already is not recorded again for ten minutes."""
    [id] = enrol(lone, person(1))
    walked = set()
    for route in (route for resource in RESOURCES for route in resource.routes):
        if route.method != "GET" or route.path in SHOWS_NOBODY:
            continue
        caller = system(create_app(lone), lone)
        before = len(rows(lone.engine, AuditEvent, AuditEvent.action == "viewed"))
        path = route.path.replace("{id}", str(id)).replace("{week}", "2026-W10")
        answer = caller.raw("GET", path)
        assert answer.status_code == 200, (path, answer.status_code)
        viewed = rows(lone.engine, AuditEvent, AuditEvent.action == "viewed")[before:]
        assert [row.actor.startswith("API key") for row in viewed] == [True], path
        assert viewed[0].clinic_id == 1
        assert "{id}" not in route.path or viewed[0].subject == f"participant {id}"
        walked.add(route.path)
    assert {"/participants", "/participants/{id}", "/participants/{id}/nights", "/decisions"} <= walked

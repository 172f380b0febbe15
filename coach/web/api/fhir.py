"""FHIR: everything about one participant."""

from coach.api.fhir import Bundle, load_everything
from coach.api.keys import Caller
from coach.api.problems import no_such
from coach.web.api.desk import desk
from coach.web.api.routes import Answer, Id, Resource
from coach.web.site import site
from schedules.database.engine import read_transaction

fhir = Resource("fhir", "Participants as FHIR R4 resources, for hospital systems.")


@fhir.get("/fhir/Patient/{id}/$everything", scope="read", answers={200: Bundle}, etag=True)
def everything(caller: Caller, id: Id) -> Answer:
    """Return a participant's Patient, CarePlan, Communications, QuestionnaireResponses and Observations.

    No name, no number and no message bodies. The score has a code of our own, not one of a validated scale.
    """
    at, base = desk(caller), f"{site().runtime.settings.public_url}/api/v1/fhir"
    with read_transaction(at.engine) as connection:
        found = load_everything(connection, id, at.scope, at.catalogue, at.now, base)
    if found is None:
        raise no_such("participant", id)
    return Answer(found)

"""Participants: enrolled, listed, shown, changed and stopped."""

from coach.api.keys import Caller
from coach.api.people import find_person
from coach.api.problems import no_such
from coach.api.shapes import Person
from coach.web.api.routes import Answer, Id, Resource
from coach.web.site import site
from schedules.database.engine import read_transaction

participants = Resource("participants", "The people who get the texts.")


@participants.get("/participants/{id}", scope="read", answers={200: Person}, etag=True)
def show(caller: Caller, id: Id) -> Answer:
    """Show a participant: times and states, no name and no number."""
    with read_transaction(site().runtime.engine) as connection:
        person = find_person(connection, id, caller.acts_as.scope)
    if person is None:
        raise no_such("participant", id)
    return Answer(person)

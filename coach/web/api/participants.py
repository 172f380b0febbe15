"""Participants: enrolled, listed, shown, changed and stopped, and texted in a coach's words."""

from coach.api.change import change, change_one, stop
from coach.api.enrol import enrol
from coach.api.keys import Caller
from coach.api.messages import send
from coach.api.people import find_person, load_nights, load_page
from coach.api.problems import no_such
from coach.api.requests import (
    NewPerson,
    NightsQuery,
    Pause,
    PeopleQuery,
    PersonChanges,
    Repeating,
    Stop,
    Words,
)
from coach.api.shapes import ChangedPerson, Nights, PeoplePage, Person, SentMessage
from coach.web.api.desk import desk
from coach.web.api.routes import Answer, Id, Resource
from schedules.database.engine import read_transaction

participants = Resource("participants", "The people who get the texts.")


@participants.post("/participants", scope="enrol", answers={201: ChangedPerson, 200: ChangedPerson}, problems=[409])
def add(caller: Caller, headers: Repeating, body: NewPerson) -> Answer:
    """Enroll a person.

    The rules are those of a roster. A number that is enrolled or has opted out is refused (409), and nothing changes.
    A repeat under the same Idempotency-Key answers 200 with the same body.
    """
    key = headers.idempotency_key
    person, new = enrol(desk(caller), body.columns(), confirmed=body.confirmed, key=key)
    return _made(person, new, f"/api/v1/participants/{person.id}")


@participants.get("/participants", scope="read", answers={200: PeoplePage})
def index(caller: Caller, query: PeopleQuery) -> Answer:
    """List participants in order of id, a page at a time."""
    at = desk(caller)
    with read_transaction(at.engine) as connection:
        where = (at.scope, query.updated_since, query.cursor, query.limit)
        page = load_page(connection, *where, at.catalogue, at.now)
    return Answer(page)


@participants.get("/participants/{id}", scope="read", answers={200: Person}, etag=True)
def show(caller: Caller, id: Id) -> Answer:
    """Show a participant: times and states, no name and no number."""
    at = desk(caller)
    with read_transaction(at.engine) as connection:
        person = find_person(connection, id, at.scope, at.catalogue)
    if person is None:
        raise no_such("participant", id)
    return Answer(person)


@participants.patch("/participants/{id}", scope="enrol", answers={200: ChangedPerson}, problems=[409])
def edit(caller: Caller, id: Id, body: PersonChanges) -> Answer:
    """Change a participant: all that is given, or nothing.

    Whoever has opted out cannot be changed, and a number that is somebody's or has opted out not be given (409).
    """
    return Answer(change(desk(caller), id, body.changes()))


@participants.post("/participants/{id}/stop", scope="enrol", answers={200: ChangedPerson})
def end(caller: Caller, id: Id, body: Stop) -> Answer:
    """Stop every text to a participant who asked for it. Only they can start again, by texting START."""
    return Answer(stop(desk(caller), id, body.reason))


@participants.post("/participants/{id}/pause", scope="enrol", answers={200: ChangedPerson}, problems=[409])
def pause(caller: Caller, id: Id, body: Pause) -> Answer:
    """Send nothing for some evenings, from the next one on."""
    return Answer(change_one(desk(caller), id, "pause", {"evenings": str(body.evenings)}))


@participants.post("/participants/{id}/resume", scope="enrol", answers={200: ChangedPerson}, problems=[409])
def resume(caller: Caller, id: Id) -> Answer:
    """End a pause."""
    return Answer(change_one(desk(caller), id, "resume", {}))


@participants.get("/participants/{id}/nights", scope="read", answers={200: Nights})
def nights(caller: Caller, id: Id, query: NightsQuery) -> Answer:
    """List a participant's dates: what was asked and answered, or why nothing was asked."""
    at = desk(caller)
    with read_transaction(at.engine) as connection:
        found = load_nights(connection, id, at.scope, query.days, at.now)
    if found is None:
        raise no_such("participant", id)
    return Answer(found)


@participants.post(
    "/participants/{id}/messages", scope="enrol", answers={201: SentMessage, 200: SentMessage}, problems=[409]
)
def write(caller: Caller, id: Id, headers: Repeating, body: Words) -> Answer:
    """Send a coach's words.

    Consent and hours are those of the page: at once within an hour of their own text, else by day. Whoever has opted
    out gets nothing (409), and who has not said YES only answers within a day of what they wrote.
    """
    sent, new = send(desk(caller), id, body.body, headers.idempotency_key)
    return _made(sent, new, f"/api/v1/participants/{id}")


def _made(body: ChangedPerson | SentMessage, new: bool, location: str) -> Answer:
    return Answer(body, 201, {"Location": location}) if new else Answer(body)

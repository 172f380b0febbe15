"""Decisions and their outcomes."""

from coach.api.decisions import DecisionsPage, load_page
from coach.api.keys import Caller
from coach.api.requests import DecisionsQuery
from coach.web.api.desk import desk
from coach.web.api.routes import Answer, Resource
from schedules.database.engine import read_transaction

decisions = Resource("decisions", "What was decided each evening, and what came of it.")


@decisions.get("/decisions", scope="read", answers={200: DecisionsPage})
def index(caller: Caller, query: DecisionsQuery) -> Answer:
    """List decisions and their outcomes in order of id, a page at a time.

    The fields are those of the decisions file. An outcome comes a day or two after its decision: ask again from three
    days before.
    """
    at = desk(caller)
    with read_transaction(at.engine) as connection:
        where = (at.scope, query.since, query.cursor, query.limit)
        return Answer(load_page(connection, *where, at.catalogue, at.now))

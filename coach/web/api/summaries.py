"""Weekly summaries."""

from typing import Annotated

from pydantic import Field

from coach.api.keys import Caller
from coach.api.problems import Problem
from coach.api.weeks import Week, load_week
from coach.web.api.desk import desk
from coach.web.api.routes import Answer, Resource
from schedules.database.engine import read_transaction

summaries = Resource("summaries", "The clinic's weeks.")
WeekName = Annotated[str, Field(pattern="^20[0-9]{2}-W[0-9]{2}$", description="An ISO week.", examples=["2026-W47"])]


@summaries.get("/summaries/{week}", scope="read", answers={200: Week}, etag=True)
def show(caller: Caller, week: WeekName) -> Answer:
    """Show a week as it is known now, as `coach summary --format json` does."""
    at = desk(caller)
    try:
        with read_transaction(at.engine) as connection:
            return Answer(load_week(connection, week, at.scope, at.now))
    except ValueError as error:
        raise Problem(404, f"{error}.") from None

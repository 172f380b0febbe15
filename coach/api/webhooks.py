"""Other systems that are told of events: added, shown and removed by themselves."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from coach.api.desk import Desk
from coach.api.problems import FieldError, Problem, no_such
from coach.api.shapes import Body, Shape
from coach.events.addresses import LONGEST_URL, EndpointError
from coach.events.endpoints import EndpointLine, add_endpoint, list_endpoints, read_endpoint, remove_endpoint
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.events import WebhookEndpoint
from schedules.events.record import TYPES, EventType

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_URL,
        description="Where to: an https address that can be reached from the internet. On trial, http://localhost too.",
        examples=["https://records.example.org/rls-coach"],
        json_schema_extra={"pattern": r'^https?://[A-Za-z0-9._:\[\]-]+([/?][!"$-~]*)?$'},  # checked further
    ),
]


class NewWebhook(Body):
    """An address to be told of events."""

    url: Url
    types: list[EventType] = Field(default_factory=list, max_length=50, description="None for everything.")


class AddedWebhook(Shape):
    """A webhook and its secret, which is not shown again."""

    id: int
    secret: str = Field(description="Verifies the signature of each event, as Standard Webhooks has it.")


class Webhook(Shape):
    """An address that is told of events, and how that goes."""

    id: int
    url: str
    types: list[EventType]
    created_at: datetime
    answered_at: datetime | None = Field(description="When it last took an event.")
    failing_since: datetime | None = Field(description="When the first of the tries failed that have failed since.")
    trouble: str | None = Field(description="Why the last try failed.")
    waiting: int = Field(description="Events that wait, to be tried for the first time or again.")
    failed: int = Field(description="Events that were given up after three days, and are kept for thirty.")


class Webhooks(Shape):
    """Every webhook of the clinic."""

    webhooks: list[Webhook]


def add(desk: Desk, new: NewWebhook, *, in_production: bool) -> AddedWebhook:
    """Add a webhook. Raises Problem."""
    try:
        checked = read_endpoint(new.url, new.types, in_production=in_production)
        with write_transaction(desk.engine) as connection:
            id, secret = add_endpoint(connection, desk.caller.clinic_id, checked, desk.caller.name, desk.now)
    except EndpointError as error:
        if not error.field:
            raise Problem(409, str(error)) from None
        raise Problem(422, f"{error.field}: {error}", [FieldError(error.field, str(error))]) from None
    return AddedWebhook(id=id, secret=secret)


def load(desk: Desk, id: int | None = None) -> list[Webhook]:
    """Load the clinic's webhooks, or the one with an id. Raises Problem if there is none."""
    one = () if id is None else (WebhookEndpoint.id == id,)
    with read_transaction(desk.engine) as connection:
        found = list_endpoints(connection, desk.acts_as.clinics, *one)
    if id is not None and not found:
        raise no_such("webhook", id)
    return [_shape(line) for line in found]


def remove(desk: Desk, id: int) -> None:
    """Remove a webhook. Raises Problem."""
    with write_transaction(desk.engine) as connection:
        if not remove_endpoint(connection, id, desk.caller.name, desk.now, Clinic.id == desk.caller.clinic_id):
            raise no_such("webhook", id)


def _shape(line: EndpointLine) -> Webhook:
    return Webhook(
        id=line.id,
        url=line.url,
        types=list(line.types or TYPES),
        created_at=line.created_at,
        answered_at=line.answered_at,
        failing_since=line.failing_since_at,
        trouble=line.trouble,
        waiting=line.waiting,
        failed=line.failed,
    )

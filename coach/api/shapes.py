"""What requests and answers have: the bases of their models, and the shapes of answers."""

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

Status = Literal["invited", "active", "stopped", "ended"]
Plans = Literal["off", "on", "private"]
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.I)
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)  # databases hold what is between


def read_instant(given: object) -> datetime:
    """Read an instant with its offset from UTC. One that no database holds becomes the nearest that it does."""
    reason = "write an instant such as 2026-11-23T12:00:00Z, with its offset from UTC"
    if not isinstance(given, str) or not _INSTANT.fullmatch(given):
        raise ValueError(reason)
    if not "1900" < given[:4] < "9000":
        return FIRST if given < "1901" else LAST
    try:
        return datetime.fromisoformat(given.upper()).astimezone(UTC)
    except ValueError:
        raise ValueError(reason) from None


Instant = Annotated[datetime, BeforeValidator(read_instant), WithJsonSchema({"type": "string", "format": "date-time"})]


def without_null_defaults(schema: dict[str, Any]) -> None:
    """A field that may be left out has no default: null would be another value."""
    for field in schema.get("properties", {}).values():
        if field.get("default", 0) is None:
            del field["default"]


class Body(BaseModel):
    """What a request's JSON has: nothing else, and nothing of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=without_null_defaults)


class Parameters(BaseModel):
    """What a request's query or headers have. An unknown name is refused: it is most likely misspelled."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Shape(BaseModel):
    """What an answer has."""

    model_config = ConfigDict(frozen=True)

    @property
    def etag(self) -> str:
        """The version of what it says."""
        return sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:32]


class Person(Shape):
    """A participant: their state, times and settings. No name and no number."""

    id: int
    status: Status
    time_zone: str
    evening_time: str = Field(description="Local time of the evening text, HH:MM.")
    bedtime: str | None = Field(description="Local time after which no text comes, HH:MM.")
    language: str
    programme: str
    policy: str
    tags: list[str] = Field(description="What allows or bars steps for them, such as no_caffeine.")
    exclude: list[str] = Field(description="The ids of steps left out for them.")
    coach: str | None = Field(description="Email address of their coach.")
    plans: Plans = Field(description="Whether they want plans of their own; private keeps the words out of texts.")
    paused_until: str | None = Field(description="First date with a text again, while paused.")
    next_due_at: datetime | None = Field(description="When the next evening text is planned.")
    created_at: datetime
    updated_at: datetime = Field(description="When anything of this last changed, but for next_due_at.")


class ChangedPerson(Person):
    """A participant as they are now, and in `notes` what was not done and why."""

    notes: list[str]


class PeoplePage(Shape):
    """A page of participants. `next_cursor` leads to the next one; null after the last."""

    participants: list[Person]
    next_cursor: str | None
    as_of: datetime = Field(description="Give it as updated_since the next time, to miss nothing.")


class Night(Shape):
    """One date on which a check-in was asked, or why none was. Its score is about the night before."""

    asked_on: str
    night_on: str
    state: str = Field(description="done, not_done, no_reply, asked, undelivered, on_its_way or not_prompted.")
    score: int | None = Field(description="How the legs were, 0 (calm) to 10.")
    step: str | None = Field(description="The step that was asked about.")
    slot: str | None
    reason: str | None = Field(description="Why nothing was asked.")


class Nights(Shape):
    """A participant's dates in order, from their first to today."""

    nights: list[Night]


class SentMessage(Shape):
    """A text that waits to be sent. Its words are not told back."""

    id: int
    participant_id: int
    state: str
    due_at: datetime = Field(description="When it leaves: at once, or when texts may arrive again.")

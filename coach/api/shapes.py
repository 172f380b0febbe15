"""What requests and answers have: the bases of their models, and the shapes of answers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["invited", "active", "stopped", "ended"]


class Body(BaseModel):
    """What a request's JSON has: nothing else, and nothing of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Parameters(BaseModel):
    """What a request's query or headers have. An unknown name is refused: it is most likely misspelled."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Shape(BaseModel):
    """What an answer has."""

    model_config = ConfigDict(frozen=True)


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
    tags: list[str]
    exclude: list[str]
    coach: str | None = Field(description="Email address of their coach.")
    paused_until: str | None = Field(description="First date with a text again, while paused.")
    next_due_at: datetime | None = Field(description="When the next evening text is planned.")
    created_at: datetime

"""What other systems send: the models of their requests. The roster's rules read what is in them."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from coach.api.shapes import Body, Instant, Parameters, without_null_defaults
from coach.inbox.answer import LONGEST_ANSWER
from coach.participants.actions.stop import LONGEST_REASON
from schedules.enrolment.policy_choice import POLICY_NAMES
from schedules.enrolment.roster_file import LONGEST_NAME, LONGEST_SOURCE
from schedules.timing.cadence import LONGEST_PAUSE_DAYS

ABSENT: Any = None  # a field that the request does not have
VISIBLE = r"[!-~\u00C0-\u1FFF\u2C00-\uD7FF\uF900-\uFDFF]"  # some character that is not blank


def checked_by_roster(description: str, example: str | None, **schema: Any) -> Any:
    """Describe a value that the roster's rules check. What they accept matches; what matches they check further."""
    examples = [example] if example else None
    return Field(min_length=1, description=description, examples=examples, json_schema_extra=schema)


def words(description: str, example: str, longest: int) -> Any:
    """Describe free text."""
    return Field(min_length=1, max_length=longest, pattern=VISIBLE, description=description, examples=[example])


Phone = Annotated[
    str, checked_by_roster("In any usual form; E.164 is best.", "+14155550134", pattern="^[^0-9]*([0-9][^0-9]*){7,18}$")
]
Zone = Annotated[
    str,
    checked_by_roster("An IANA time zone of a place.", "America/New_York", pattern="^[A-Za-z][A-Za-z0-9/_+ -]{1,59}$"),
]
Consented = Annotated[
    str,
    checked_by_roster("When they agreed, with its offset from UTC.", "2026-11-01T10:30:00Z", format="date-time"),
]
Evening = Annotated[
    str, checked_by_roster("Local time of the evening text, HH:MM.", "20:00", pattern="^(1[6-9]|2[0-3]):[0-5][0-9]$")
]
Bedtime = Annotated[
    str, checked_by_roster("No text comes after it, HH:MM.", "22:30", pattern="^([01]?[0-9]|2[0-3]):[0-5][0-9]$")
]
Language = Annotated[str, checked_by_roster("The language of their texts.", "en", pattern="^(en|es|es-ES)$")]
Programme = Annotated[
    str, checked_by_roster("The id of a program of the library.", "evening", pattern="^[a-z][a-z0-9_-]{0,39}$")
]
Policy = Annotated[str, checked_by_roster("How steps are chosen.", "rotation", pattern=f"^({'|'.join(POLICY_NAMES)})$")]
PlansWanted = Annotated[
    str, checked_by_roster("Whether Sunday's text asks for a plan of their own.", "on", pattern="^(off|on|private)$")
]
Coach = Annotated[str, checked_by_roster("Email address of a coach of the clinic.", None, format="email")]
Name = Annotated[str, words("Shown on coaches' pages only.", "Maria", LONGEST_NAME)]
Source = Annotated[str, words("Who told you, or where it is written.", "paper form", LONGEST_SOURCE)]
Tag = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,59}$")]
Listed = (
    Annotated[list[Tag], Field(max_length=50)]
    | Annotated[str, Field(pattern="^[a-z][a-z0-9_; -]{0,999}$", description="The same, with ';' between.")]
)


class NewPerson(Body):
    """A person to enroll: the columns of a roster. What is null or left out is as in a roster without that column."""

    phone: Phone
    time_zone: Zone
    consent_source: Source
    consent_at: Consented
    first_name: Name | None = None
    evening_time: Evening | None = None
    bedtime: Bedtime | None = None
    language: Language | None = None
    programme: Programme | None = None
    exclude: Listed | None = None
    coach: Coach | None = None
    tags: Listed | None = None
    policy: Policy | None = None
    randomised_consent: Source | None = None
    confirmed: bool = Field(False, description="They have confirmed elsewhere: start without a welcome text.")

    def columns(self) -> dict[str, str]:
        """Return the columns that are given, as a roster has them."""
        given = self.model_dump(exclude_none=True, exclude={"confirmed"})
        return {name: as_cell(value) for name, value in given.items()}


def _at_least_one(schema: dict[str, Any]) -> None:
    without_null_defaults(schema)
    schema["minProperties"] = 1


class PersonChanges(Body):
    """What to change of a participant; at least one field. Null removes a name, a bedtime or a coach."""

    model_config = ConfigDict(json_schema_extra=_at_least_one)

    first_name: Name | None = ABSENT
    phone: Phone = ABSENT
    evening_time: Evening = ABSENT
    bedtime: Bedtime | None = ABSENT
    time_zone: Zone = ABSENT
    language: Language = ABSENT
    coach: Coach | None = ABSENT
    programme: Programme = ABSENT
    policy: Policy = ABSENT
    randomised_consent: Source = ABSENT
    plans: PlansWanted = ABSENT
    exclude: Listed = Field(ABSENT, description="The steps left out for them from now on. Their tags stay.")
    tags: Listed = Field(ABSENT, description="All their tags from now on. What is in exclude stays.")

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what to change: at least one field")
        return self

    def changes(self) -> dict[str, str]:
        """Return the fields that are given, as forms have them."""
        return {name: as_cell(value) for name, value in self.model_dump(exclude_unset=True).items()}


def as_cell(value: str | list[str] | None) -> str:
    """Return a value as a roster's cell."""
    return ";".join(value) if isinstance(value, list) else value or ""


class Stop(Body):
    """Who asked for it, and how: kept with the consent history."""

    reason: str = Field(min_length=1, max_length=LONGEST_REASON, pattern=VISIBLE, examples=["asked on the phone"])


def _whole(given: object) -> object:
    """JSON knows one kind of number: 3.0 is 3."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


class Pause(Body):
    """How long nothing is sent."""

    evenings: Annotated[int, BeforeValidator(_whole)] = Field(ge=1, le=LONGEST_PAUSE_DAYS, examples=[7])


class Words(Body):
    """A coach's words."""

    body: str = Field(min_length=1, max_length=LONGEST_ANSWER, pattern=VISIBLE, examples=["How are your legs today?"])


class Repeating(Parameters):
    """For requests that may be sent twice."""

    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        pattern="^[!-~]{1,255}$",
        description="Any name for this request. Sent again with the same key of the clinic, nothing is done twice.",
    )


LARGEST_ID = 2**31 - 1
Cursor = Annotated[int, Field(ge=0, le=LARGEST_ID, description="The next_cursor of the page before.")]
Limit = Annotated[int, Field(ge=1, le=500, description="The most that a page may have.")]


class PeopleQuery(Parameters):
    """Which participants, and how many at a time."""

    updated_since: Instant | None = Field(None, description="Only who was enrolled or changed since.")
    cursor: Cursor = 0
    limit: Limit = 100


class NightsQuery(Parameters):
    """How many dates."""

    days: int = Field(42, ge=1, le=366, description="So many dates, up to today.")


class DecisionsQuery(Parameters):
    """Which decisions, and how many at a time."""

    since: Instant | None = Field(None, description="Only what was decided since.")
    cursor: Cursor = 0
    limit: Limit = 100

"""What a conversation may want done: each a small frozen fact that `coach.conversation.receive` applies. Pure."""

from dataclasses import dataclass, field
from datetime import date, time

from schedules.decisions.facts import StepOffer


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer with a text of the library, now. Several are joined into one message."""

    key: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfferStep:
    """Log the drawn step they asked for, and answer with its words if there are any."""

    offer: StepOffer


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Write what is given onto the open check-in; None leaves a part as it is."""

    score: int | None = None
    habit: bool | None = None


@dataclass(frozen=True, slots=True)
class Volunteer:
    """Keep a score that answers no open question: shown, counted nowhere."""

    score: int


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Remember that the open check-in has been asked once more."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """Stop every text to this number."""

    source: str


@dataclass(frozen=True, slots=True)
class Return:
    """Take up the texts again after a stop."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """The second half of the double opt-in."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Send nothing planned until someone has said what is wanted: `stop_or_not` or `someone_else`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Offer no step that this tag bars, until a coach says otherwise."""

    tag: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Remember what we ask back, so that a short answer is read as one: see `conversation_state.Question`.

    "" is nothing any more.
    """

    question: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class SeePage:
    """A paged coach has acknowledged a flag by its code."""

    flag_id: int


@dataclass(frozen=True, slots=True)
class Resume:
    """End a pause and a hold."""


@dataclass(frozen=True, slots=True)
class Release:
    """End the hold of our question whether to stop; a pause goes on."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Skip the evenings before a date."""

    until_on: date


@dataclass(frozen=True, slots=True)
class SetTimes:
    """Change the evening time, the bedtime, or both."""

    evening_at: time | None = None
    bedtime_at: time | None = None


@dataclass(frozen=True, slots=True)
class SetCadence:
    """Change how often."""

    cadence: str


@dataclass(frozen=True, slots=True)
class SetReflections:
    """Begin or end the own week by text on Sundays."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Change the language of every later text."""

    language: str


@dataclass(frozen=True, slots=True)
class RaiseFlag:
    """Put this reply before a coach until they acknowledge it: crisis, urgent, medical or read.

    `holds`: nothing of our own accord is sent until then, as it is for a crisis and an urgent sign.
    """

    kind: str
    holds: bool = False


@dataclass(frozen=True, slots=True)
class ForCoach:
    """Put this reply in the coach's inbox."""


Intention = (
    Reply
    | OfferStep
    | RecordAnswer
    | Volunteer
    | AskAgain
    | OptOut
    | Return
    | Confirm
    | Hold
    | Bar
    | Ask
    | SeePage
    | Resume
    | Release
    | Pause
    | SetTimes
    | SetCadence
    | SetLanguage
    | SetReflections
    | RaiseFlag
    | ForCoach
)

"""The actions the rules may ask for, applied by `coach.conversation.receive`. Pure."""

from dataclasses import dataclass, field
from datetime import date, time

from coach.conversation.state import Joining
from schedules.decisions.facts import StepOffer

# Stands for the link to the sender's own page in the stored reply, so that no reader of the conversation can open it.
LINK = "[link]"


@dataclass(frozen=True, slots=True)
class Reply:
    """Reply now with a text of the library. Several are joined into one message.

    Which of a key's texts is drawn, or follows from `turn`: the next number gets the next text.
    """

    key: str
    values: dict[str, str] = field(default_factory=dict)
    turn: int | None = None


def text_of(reply: Reply) -> str:
    """Return the key of a text without the country that a safety text ends with."""
    return reply.key.partition(".")[0]


@dataclass(frozen=True, slots=True)
class OfferStep:
    """Log the drawn step and reply with its text, if it has any."""

    offer: StepOffer


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Record answers on the open check-in; None leaves a field unchanged."""

    score: int | None = None
    habit: bool | None = None


@dataclass(frozen=True, slots=True)
class ForgetScore:
    """Take the score of the open check-in back: the sender says that it was none."""


@dataclass(frozen=True, slots=True)
class Volunteer:
    """Keep a score that answers no open question: shown, but not counted."""

    score: int


@dataclass(frozen=True, slots=True)
class HelpAtNight:
    """Count that help with the legs was asked for tonight; it is no answer, and no part of any effect."""


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Record that the open check-in was asked again."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """Stop every text to this number."""

    source: str


@dataclass(frozen=True, slots=True)
class Return:
    """Resume texts after an opt-out, at the sender's request."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Complete the double opt-in."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Enroll the sender in the clinic whose keyword they texted; nothing but the reply is sent before their YES."""

    join: Joining


@dataclass(frozen=True, slots=True)
class OpenOwnPage:
    """Make the link to the sender's own page that the reply names."""


@dataclass(frozen=True, slots=True)
class TellWhatHelps:
    """Note that they were told today what helps them."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold planned texts until the reason is settled: `stop_or_not`, `someone_else` or `muted`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Exclude the steps barred by this tag, or the strategy of this id, until a coach lifts it."""

    tag: str


@dataclass(frozen=True, slots=True)
class Unbar:
    """Offer the strategy of this id again, which the sender had left out by text."""

    step: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Open a question, so that a short answer is read as the answer to it: see `state.OpenQuestion`.

    An empty `question` closes it.
    """

    question: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class SeePage:
    """Acknowledge a flag for a paged coach who texted its code."""

    flag_id: int


@dataclass(frozen=True, slots=True)
class Resume:
    """End a pause and any hold."""


@dataclass(frozen=True, slots=True)
class Release:
    """End the `stop_or_not` hold; a pause stays in force."""


@dataclass(frozen=True, slots=True)
class Unmute:
    """End the hold of a phone that asked us not to write."""


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
    """Change how often texts are sent."""

    cadence: str


@dataclass(frozen=True, slots=True)
class SetReflections:
    """Start or stop the Sunday summary by text."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class WantPlans:
    """Set whether the sender wants plans of their own: `on`, `private`, or None, which deletes theirs."""

    wanted: str | None


@dataclass(frozen=True, slots=True)
class AskPlan:
    """Open a question about the sender's plan, `plan` or `step`; None closes it."""

    question: str | None


@dataclass(frozen=True, slots=True)
class KeepPlan:
    """Keep a plan in the sender's words, for a step or, without one, for a weekday."""

    words: str
    step: str | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class PlacePlan:
    """Say which step the plan that is kept is for, or on which weekday it is recalled."""

    step: str | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Change the language of later texts; a variant of it that they have already stays."""

    language: str


@dataclass(frozen=True, slots=True)
class RaiseFlag:
    """Flag this text for a coach until acknowledged; `kind` is crisis, urgent, medical or read.

    `holds` also holds planned texts until then, as crisis and urgent flags always do.
    """

    kind: str
    holds: bool = False


@dataclass(frozen=True, slots=True)
class ForCoach:
    """Put this text in the coach's inbox."""


Intention = (
    Reply
    | OfferStep
    | RecordAnswer
    | ForgetScore
    | Volunteer
    | HelpAtNight
    | AskAgain
    | OptOut
    | Return
    | Confirm
    | Invite
    | OpenOwnPage
    | TellWhatHelps
    | Hold
    | Bar
    | Unbar
    | Ask
    | SeePage
    | Resume
    | Release
    | Unmute
    | Pause
    | SetTimes
    | SetCadence
    | SetLanguage
    | SetReflections
    | WantPlans
    | AskPlan
    | KeepPlan
    | PlacePlan
    | RaiseFlag
    | ForCoach
)

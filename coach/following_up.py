"""What a short text means after we asked something back: "3" after "how long a break?". Pure."""

from coach.conversation_state import Earlier, Person, State
from coach.understanding import Asked, Intent, Reading, understand
from schedules.local_time import parse_wall_time

# How a person would have put it in one go, by the command we asked about.
WHOLE = {
    "en": {
        "pause": ("pause {}",),
        "set_time": ("time {}",),
        "bedtime": ("bedtime {}",),
        "cadence": ("change texts to {}", "{} a week", "{} please"),
    },
    "es": {
        "pause": ("pausa {}",),
        "set_time": ("hora a las {}",),
        "bedtime": ("hora de dormir {}",),
        "cadence": ("cambia los mensajes a {}", "{} noches por semana", "{} por favor"),
    },
}
ARTICLES = ("a las ", "a la ", "las ", "at ", "for ", "por ")


def follow_up(state: State, body: str, reading: Reading) -> Reading:
    """The reading of a text, with the command completed that the text before it had left open."""
    earlier = state.earlier
    if earlier is None or state.person is None or not _answers_us(reading):
        return reading
    if not earlier.asked_back and not _refused(earlier, state.person):
        return reading
    shapes = WHOLE.get(earlier.language or "en", WHOLE["en"]).get(earlier.command or "", ())
    for words in (shape.format(said) for shape in shapes for said in (body, _without_article(body))):
        completed = understand(words, Asked.NONE)
        command = completed.command
        if command is not None and command.name == earlier.command and command.is_complete:
            return completed
    return reading


def _refused(earlier: Earlier, person: Person) -> bool:
    """Whether the time they wanted is not theirs: it was too early or too late, and we asked for another."""
    return earlier.time is not None and parse_wall_time(earlier.time) != person.timing.evening_at


def _answers_us(reading: Reading) -> bool:
    """Whether nothing more was said than a number, a time, or something that could not be read."""
    if reading.command is not None:
        return not reading.command.is_complete
    return (
        reading.habit is None
        and reading.intent in (Intent.UNCLEAR, Intent.CHECKIN, Intent.ACK)
        and not reading.worrying
    )


def _without_article(body: str) -> str:
    lower = body.strip().lower()
    return next((lower.removeprefix(one) for one in ARTICLES if lower.startswith(one)), lower)


def was_offered(earlier: Earlier | None) -> bool:
    """Whether the last thing we sent was a step they had asked for: a yes or no is about that one."""
    return earlier is not None and earlier.command == "another_step"

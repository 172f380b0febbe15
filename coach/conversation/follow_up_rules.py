"""What a short text means after we asked something back: "3" after "how long a break?". Pure."""

from coach.conversation.state import OpenQuestion, State
from coach.understanding import Asked, Intent, Reading, understand

# How a person would have put it in one go, by what we asked.
WHOLE = {
    "en": {
        "pause": ("pause {}",),
        "set_time": ("time {}",),
        "time": ("time {}",),
        "bedtime": ("bedtime {}",),
        "cadence": ("change texts to {}", "{} a week", "{} please"),
    },
    "es": {
        "pause": ("pausa {}",),
        "set_time": ("hora a las {}",),
        "time": ("hora a las {}",),
        "bedtime": ("hora de dormir {}",),
        "cadence": ("cambia los mensajes a {}", "{} noches por semana", "{} por favor"),
    },
}
ARTICLES = ("a las ", "a la ", "las ", "at ", "for ", "por ")


def follow_up(state: State, body: str, reading: Reading) -> Reading:
    """The reading of a text, with the command completed that our question had left open."""
    question = state.person.question if state.person else None
    if question is None or not _answers_us(reading):
        return reading
    for shapes in (WHOLE[language].get(question.name, ()) for language in _languages(reading)):
        for words in (shape.format(said) for shape in shapes for said in (body, _without_article(body))):
            completed = understand(words, Asked.NONE)
            command = completed.command
            if command is not None and command.name == _command_of(question) and command.is_complete:
                return completed
    return reading


def _command_of(question: OpenQuestion) -> str:
    return "set_time" if question.name == "time" else question.name


def _languages(reading: Reading) -> tuple[str, ...]:
    return ("es", "en") if reading.language == "es" else ("en", "es")


def _answers_us(reading: Reading) -> bool:
    """Whether nothing more was said than a number, a time, or something that could not be read."""
    if reading.command is not None:
        return not reading.command.is_complete
    return (
        reading.habit is None
        and reading.intent in (Intent.UNCLEAR, Intent.CHECKIN, Intent.ACK, Intent.QUESTION)
        and not reading.worrying
    )


def _without_article(body: str) -> str:
    lower = body.strip().lower()
    return next((lower.removeprefix(one) for one in ARTICLES if lower.startswith(one)), lower)

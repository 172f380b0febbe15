"""Complete a short answer to an open question: "3" after "how long a break?". Pure."""

from coach.conversation.state import OpenQuestion, State
from coach.understanding import Asked, Intent, Reading, understand

# For each open question, the full command that a short answer stands for.
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
    """Return the reading, completed to the command that our open question asked about."""
    question = state.person.question if state.person else None
    if question is None or not _answers_us(reading):
        return reading
    for shapes in (WHOLE[language].get(question.name, ()) for language in _languages(reading)):
        for words in (shape.format(given) for shape in shapes for given in (body, _without_article(body))):
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
    """Whether the text is only a number, a time, or something that could not be read."""
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

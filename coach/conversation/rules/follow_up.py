"""Complete a short answer to an open question: "3" after "how long a break?". Pure."""

import re
from dataclasses import replace

from coach.conversation.state import OpenQuestion, State
from coach.understanding import Asked, Command, Intent, Reading, understand

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
TIMES = ("set_time", "time", "bedtime")
EARLIEST_HOUR, LATEST_HOUR = 6, 11  # evening hours on a clock of twelve
CLOCK = re.compile(r"(?:at |a las? )?(?:\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?)", re.IGNORECASE)
LEGS = re.compile(r"\b(?:legs?|piernas?)\b", re.IGNORECASE)
COURTESY = re.compile(
    r"\b(?:yes|yeah|yep|yup|ok|okay|sure|no|nope|s[ií]|claro|vale|bueno|please|por favor|works|is|fine|good|great"
    r"|thanks|thank you|gracias|instead|then|mejor|on second thoughts?|second thoughts?|actually)\b|[,;!?]|\.(?!\d)",
    re.IGNORECASE,
)
RATHER = re.compile(
    r"\b(?:instead|rather|better|then|no|nope|mejor|on second thoughts?|second thoughts?|actually)\b", re.IGNORECASE
)
MAKE_IT = re.compile(
    r"^\W*(?:make (?:it|that)|let'?s (?:say|do|make it)|say|do|try|ponlo a|que sea a)\s+", re.IGNORECASE
)
ARTICLES = ("a las ", "a la ", "las ", "at ", "for ", "por ")


def follow_up(state: State, body: str, reading: Reading) -> Reading:
    """Return the reading, completed to the command that our open question asked about."""
    question = state.person.question if state.person else None
    if question is None or question.name in TIMES:
        reading = _only_a_time(state, body, reading)
    if question is None or reading.command is not None or (question.name in TIMES and LEGS.search(body) is not None):
        return reading
    if question.name in TIMES and reading.intent is Intent.CHECKIN and reading.habit is not None:
        return _time_beside_yes(state, question, body, reading)
    return _completed(question, body, reading) if _answers_us(reading) else reading


def _completed(question: OpenQuestion, body: str, reading: Reading) -> Reading:
    without_courtesy = " ".join(COURTESY.sub(" ", body).split())
    made = [MAKE_IT.sub("", body)] if question.name in TIMES and MAKE_IT.match(body) else []
    ways = (body, _without_article(body), *([without_courtesy] if CLOCK.fullmatch(without_courtesy) else ()), *made)
    for shapes in (WHOLE[language].get(question.name, ()) for language in _languages(reading)):
        for words in (shape.format(given) for shape in shapes for given in ways):
            completed = understand(words, Asked.NONE)
            command = completed.command
            if command is not None and command.name == _command_of(question) and command.is_complete:
                return completed
    return reading


def _only_a_time(state: State, body: str, reading: Reading) -> Reading:
    """Read "no, 21:15" as another time for our texts, to be confirmed; beside an open question it must say "rather"."""
    left = " ".join(COURTESY.sub(" ", body).split())
    if reading.intent is not Intent.UNCLEAR or not CLOCK.fullmatch(left) or LEGS.search(body) is not None:
        return reading
    check_in = state.person.check_in if state.person else None
    if check_in is not None and check_in.missing is not Asked.NONE and not RATHER.search(body):
        return reading
    told = understand(f"time {left}", Asked.NONE)
    if told.command is None or told.command.name != "set_time":
        return reading
    return told._replace(command=replace(told.command, tentative=True), language=reading.language)


def _time_beside_yes(state: State, question: OpenQuestion, body: str, reading: Reading) -> Reading:
    """Read "8:30 yes" as the time; ask about "8 yes", which may be last night's legs."""
    left = " ".join(COURTESY.sub(" ", body).split())
    if CLOCK.fullmatch(left):
        return _completed(question, left, reading)
    if not left.isdecimal() or not EARLIEST_HOUR <= int(left) <= LATEST_HOUR:
        return reading
    check_in = state.person.check_in if state.person else None
    if check_in is None or not check_in.missing.wants_score:
        return _completed(question, left, reading)
    return reading._replace(
        intent=Intent.UNCLEAR,
        score=None,
        habit=None,
        bare=False,
        command=Command("time_or_score"),
        why="It may be the time we asked about, or last night's legs.",
    )


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

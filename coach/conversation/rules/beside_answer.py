"""Read the words beside an answer: a wish ("4 yes, call me tomorrow"), another night, another person. Pure."""

import re
from dataclasses import replace
from datetime import timedelta

from coach.conversation.rules.commands import first_evening
from coach.conversation.rules.last_words import is_plain
from coach.conversation.state import SenderState, State, asked_of
from coach.understanding import (
    Asked,
    Command,
    Intent,
    Reading,
    TextSpan,
    begins_with_yes,
    understand,
    until_meant,
    wants_back,
    wants_texts,
)

_PERSON = (
    r"(?:husband|wife|son|daughter|mom|mother|dad|father|brother|sister|partner|boyfriend|girlfriend|friend|neighbor|dog"
    r"|marido|esposo|esposa|mujer|hijo|hija|mam[aá]|madre|pap[aá]|padre|hermano|hermana|pareja|novio|novia|amigo|amiga)"
)
_NUMBER = (
    r"(?:\d{1,2}|zero|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez)"
)
_NIGHT = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|the other (?:night|day)|(?:the )?night before last|last week"
    r"|(?:the )?day before yesterday|(?:el )?(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo)"
    r"|anteayer|antier|anteanoche|antes de ayer|la otra noche|la semana pasada)"
)
_ANOTHER = re.compile(
    rf"\b{_NUMBER}(?: was| is| were)? (?:for|from) (?:my|our) {_PERSON}\b"
    rf"|\b{_NUMBER} (?:was|is) (?:my|our) {_PERSON}"
    rf"|\b{_NUMBER} (?:era|es|fue|iba) (?:de|para|por) (?:mi|mis) {_PERSON}\b"
    rf"|\b{_NIGHT}(?:'s)?(?: night)?(?: score| one)?(?: it| i)? (?:was|were|should|fue|era|hubo)\b"
    rf"|\b(?:was|were|is|meant)(?: for| from| about)? (?:{_NIGHT}|yesterday)\b"
    rf"|\b(?:era|fue|es|iba) (?:del?|para|por) (?:{_NIGHT}|ayer)\b"
    rf"|\b{_NUMBER},? (?:on|from|for) {_NIGHT}\b"
    r"|\b(?:answered|replied|wrote|contest[oó]|respondi[oó]|escribi[oó])\b.*\b(?:not me|no yo|no fui yo)\b"
    rf"|\b(?:on )?{_NIGHT},? it was\b|\blast week\b.*\b(?:should|was)\b",
    re.IGNORECASE,
)
# A text that also tells of the night we asked about is an answer.
_ASKED_NIGHT = re.compile(r"\b(?:last night|tonight|today|still|hoy|anoche|sigue)\b", re.IGNORECASE)
# A step told of a day by its name, or of one before the night that we asked about.
_WEEKDAYS = {
    **dict(zip(("mon", "tues", "wednes", "thurs", "fri", "satur", "sun"), range(1, 8), strict=True)),
    **dict(zip(("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"), range(1, 8), strict=True)),
}
_ON_A_DAY = re.compile(
    r"\b(mon|tues|wednes|thurs|fri|satur|sun)day(?: (?:night|evening|morning))?\b"
    r"|\b(?:el |la noche del )(lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:the other (?:night|day)|(?:the )?night before last|last week|(?:the )?day before yesterday|days ago"
    r"|anteayer|antier|anteanoche|antes de ayer|la otra noche|el otro d[ií]a|la semana pasada|hace \w+ d[ií]as)\b",
    re.IGNORECASE,
)
_TOO = re.compile(r"\b(?:too|also|as well|since|every|until|till?|tambi[eé]n|desde|cada|hasta)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.,;!?\n]+|\b(?:but|pero)\b", re.IGNORECASE)
_LAST_NIGHT = re.compile(r"\b(?:last night|anoche)\b", re.IGNORECASE)
_YESTERDAY = re.compile(r"\b(?:yesterday|ayer)\b", re.IGNORECASE)

_STEP = (
    r"(?:stretch\w*|massag\w*|baths?|walk\w*|exercis\w*|caffeine|coffee|alcohol|compression|stockings?|heat|ice|cold"
    r"|breathing|yoga|step|steps|tips?|estir\w*|masaj\w*|ba[ñn]os?|camin\w*|ejercici\w*|cafe[ií]na|medias|pasos?|consejos?"
    r"|respira\w*)"
)
_WISH = re.compile(
    r"\b(?:can|could|would|will) (?:you|u|we|i|my|someone|somebody)\b"
    r"|\b(?:call|phone|ring) me\b|\bno more\b|\btake me off\b|\b(?:switch|move|change) (?:me|my|it|the)\b"
    r"|\bi(?:'d| would) (?:like|rather|prefer)\b|\bi want (?:to|a|an|the|you|some|more|less|fewer|different)\b"
    r"|\bplease (?:do not|don'?t|stop|send|skip|add|remove|take|give|call|text|no)\b"
    r"|\b(?:do not|don'?t|dont|stop) send(?:ing)?\b|\bget rid of\b"
    r"|\b(?:pueden?|podr[ií]an?|puedes|podr[ií]as)\b"
    r"|\b(?:quisiera|me gustar[ií]a|quiero (?:que|un|una|otro|otra|hablar|cambiar))\b"
    r"|\b(?:qu[ií]ten?me|qu[ií]tame|ll[aá]men?me|ll[aá]mame|m[aá]nden?me|c[aá]mbien?me)\b"
    r"|\bya no (?:me )?(?:mand|env|quier)\w*"
    rf"|^(?:more|m[aá]s) {_STEP}(?: please| por favor)?\W*$",
    re.IGNORECASE,
)
_TOPIC = re.compile(rf"\b{_STEP}\b", re.IGNORECASE)
_ALL_TEXTS = re.compile(
    r"\b(?:texts?|texting|messages?|messaging|everything|list|program\w*|unsubscribe|all|mensajes?|todo|lista|programa|sms)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\b(?:another|more|otra|otros?|m[aá]s)\b", re.IGNORECASE)
# While paused, these ask for a longer pause or name a later day.
_LONGER = re.compile(
    r"\b(?:another (?:day|night|week|month|few)|(?:one|two|three|a few|\d+) (?:more )?(?:days?|nights?|weeks?|months?)"
    r"|longer|not yet|keep (?:it|them|the texts|texts) (?:off|paused?|away)|stay(?:ing)? (?:off|paused|away)|un?till?"
    r"|tomorrow|next (?:day|week|month)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|otra semana|otros? d[ií]as?|(?:un|una|dos|tres|\d+) (?:d[ií]as?|semanas?|mes(?:es)?)|m[aá]s tiempo|todav[ií]a no"
    r"|a[uú]n no|hasta|ma[ñn]ana|la pr[oó]xima)\b",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[,.;:!\n]+\s*|\s+(?:and|but|also|y|pero|adem[aá]s)\s+|\s+[-–—]+\s+", re.IGNORECASE)


def with_words_beside(state: State, body: str, reading: Reading) -> tuple[State, Reading]:
    """Complete the reading by the words beside an answer, and note a wish or another night in the state."""
    person = state.person
    if person is None:
        return state, reading
    if person.stop_asked or reading.stop == "doubtful":
        state = state.noting(goes_on=wants_texts(body))
    if person.stop_asked and person.status != "invited":
        return _answered_stop_or_not(state, body, reading)
    if person.status == "invited":
        state = state.noting(says_yes=begins_with_yes(body))
    asked = asked_of(person)
    reading, wish = wishes_beside(body, asked, with_own_details(body, reading))
    if reading.intent is Intent.RESUME:
        reading = with_answer_beside(body, asked, reading)
    if person.is_paused:
        state, reading = _while_paused(state, person, body, reading)
    another = is_about_another(body, reading) or _is_of_another_night(person, body, reading)
    if _tells_another_deed(person, body, reading):
        another = another or reading.score is None
        reading = reading._replace(habit=None, bare=False, for_coach="read")
    return state.noting(wish=wish, about_another=another, tells_more=not is_plain(body)), reading


def _is_of_another_night(person: SenderState, body: str, reading: Reading) -> bool:
    """Whether a second score may be of another night than the one we have a score for.

    "Last night was awful, 9", a day after the question, means the night since; "yesterday was a 6" may mean either.
    """
    check_in = person.check_in
    if check_in is None or check_in.score is None or reading.score in (None, check_in.score):
        return False
    since = check_in.asked_on < person.today and _LAST_NIGHT.search(body) is not None
    return since or (_YESTERDAY.search(body) is not None and _ASKED_NIGHT.search(body) is None)


def _tells_another_deed(person: SenderState, body: str, reading: Reading) -> bool:
    """Whether a step is said to be done or missed on another day: "did the stretching on Monday"."""
    if reading.habit is None or person.check_in is None or reading.command is not None:
        return False
    if reading.intent not in (Intent.CHECKIN, Intent.QUESTION) or _ASKED_NIGHT.search(body) is not None:
        return False
    asked_on = person.check_in.asked_on
    asked = {(asked_on - timedelta(days=ago)).isoweekday() for ago in (0, 1)}
    told = [span.text for span in reading.recognised if span.kind == "habit" and (reading.habit or " " in span.text)]
    clauses = [part for part in _CLAUSE.split(body) if any(one in part for one in told) and not _TOO.search(part)]
    return any(_BEFORE.search(part) is not None or not _days_in(part) <= asked for part in clauses)


def _days_in(part: str) -> set[int]:
    """Return the weekdays that are named, Monday being 1."""
    found = ("".join(groups) for groups in _ON_A_DAY.findall(part))
    return {_WEEKDAYS[one.lower().replace("é", "e").replace("á", "a")] for one in found}


def _while_paused(state: State, person: SenderState, body: str, reading: Reading) -> tuple[State, Reading]:
    """Note whether they are back, or want a longer pause or another end of it."""
    away = _LONGER.search(body) is not None
    if reading.command is not None and reading.command.name == "pause" and _MORE.search(body):
        reading = reading._replace(command=_added_to_pause(person, reading.command))
    back = reading.intent is Intent.RESUME or understand(body, Asked.NONE).intent is Intent.RESUME
    meant = until_meant(body)
    if meant is not None:
        reading = Reading(Intent.PAUSE, command=meant, language=reading.language, why="It corrects the pause.")
    elif reading.score is None and wants_back(body) and not away:
        back, reading = True, reading._replace(habit=None, bare=False)
    state = state.noting(stays_away=away and reading.score is None, comes_back=back and not away)
    return state, reading


def _added_to_pause(person: SenderState, command: Command) -> Command:
    """Count "another week" from the end of the pause that runs."""
    if command.days is None or person.paused_until is None:
        return command
    return replace(command, days=command.days + (person.paused_until - first_evening(person)).days)


def _answered_stop_or_not(state: State, body: str, reading: Reading) -> tuple[State, Reading]:
    """Read a text after "do you want us to stop?": a yes or no to that is no word on the step."""
    goes_on, beside = state.goes_on, understand(body, Asked.NONE)
    if reading.score is None and (goes_on is not None or reading.bare):
        reading = reading._replace(habit=None, bare=False, corrects=False)
    if goes_on is None and beside.command is not None and beside.command.name == "pause":
        reading = beside  # "yes but I'm back on the 15th"
    at_length = len(body.split()) >= A_SENTENCE
    another = is_about_another(body, reading)
    return state.noting(at_length=at_length, about_another=another), reading


A_SENTENCE = 4  # words


def is_about_another(body: str, reading: Reading) -> bool:
    """Whether a score is said to be another person's or another night's, or corrects another night."""
    if any(span.kind == "another" for span in reading.recognised):
        return True
    if reading.score is None or reading.command is not None or reading.intent not in (Intent.CHECKIN, Intent.QUESTION):
        return False
    plain = " ".join(body.replace("’", "'").split())
    if _ASKED_NIGHT.search(plain) is not None:
        return False
    return _ANOTHER.search(plain) is not None or (reading.corrects and _YESTERDAY.search(plain) is not None)


def with_answer_beside(body: str, asked: Asked, reading: Reading) -> Reading:
    """Add the answer beside a wish to resume: "start over: 5 no"."""
    if reading.score is not None or reading.habit is not None:
        return reading
    for span in reading.recognised:
        body = body.replace(span.text, " ", 1) if span.kind == "command" else body
    answer = understand(body.strip(" ,.;:-\n"), asked)
    if answer.intent is not Intent.CHECKIN:
        return reading
    told = (*reading.recognised, *answer.recognised)
    return reading._replace(score=answer.score, habit=answer.habit, bare=answer.bare, recognised=told)


def split_answer(body: str, asked: Asked) -> tuple[Reading, str] | None:
    """Split "5 no, take me off stretching" into the answer before the first break and the words after it."""
    found = _BREAK.search(body.strip())
    if found is None:
        return None
    head, rest = body.strip()[: found.start()], body.strip()[found.end() :]
    answer = understand(head, asked)
    whole = answer.intent is Intent.CHECKIN and answer.for_coach is None and not answer.unexplained
    return (answer, rest) if whole and rest.strip() else None


def with_own_details(body: str, reading: Reading) -> Reading:
    """Take a command's details from the words beside the answer: "4 yes, text me earlier" does not mean 4 pm."""
    if reading.command is None or (reading.score is None and reading.habit is None):
        return reading
    beside = understand(_without(body, reading.recognised), Asked.NONE).command
    if beside is not None and beside.name == reading.command.name:
        return reading._replace(command=beside)
    return reading._replace(command=replace(reading.command, time=None, ambiguous_half=False))


def _without(body: str, spans: tuple[TextSpan, ...]) -> str:
    for span in spans:
        if span.kind in ("score", "habit"):
            body = body.replace(span.text, " ", 1)
    return body.strip(" ,.;:-\n")


def wishes_beside(body: str, asked: Asked, reading: Reading) -> tuple[Reading, bool]:
    """Return the reading with the answer it may have lost, and whether a wish stands beside that answer.

    A doubtful stop that is about one kind of step is such a wish; any other stays a doubtful stop.
    """
    parts = split_answer(body, asked)
    if parts is None or reading.urgency is not None or reading.worrying:
        return reading, False
    answer, rest = parts
    if reading.intent is Intent.OPT_OUT and reading.stop == "doubtful":
        answered = reading._replace(score=answer.score, habit=answer.habit)
        if _TOPIC.search(rest) is None or _ALL_TEXTS.search(rest) is not None or "STOP" in rest:
            return answered, False
        return answered._replace(intent=Intent.CHECKIN, stop="no", sure=True), True
    if reading.intent not in (Intent.CHECKIN, Intent.QUESTION) or reading.command is not None:
        return reading, False
    return reading, _WISH.search(rest.replace("’", "'")) is not None

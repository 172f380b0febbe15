"""Commands in plain words: pause, resume, times, cadence, another step, my week, my page, language, my data."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import NamedTuple

from coach.understanding.result import Command, Intent, TextSpan
from coach.understanding.trips import told_ahead
from coach.understanding.view import Lens
from coach.understanding.words import times
from coach.understanding.words.lexicon import Lexicon
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.tokens import BOUNDARIES, HARD

# The intent reported for each command; some have none of their own.
INTENTS = {
    "pause": Intent.PAUSE,
    "resume": Intent.RESUME,
    "set_time": Intent.SET_TIME,
    "bedtime": Intent.SET_TIME,
    "cadence": Intent.SET_TIME,
    "another_step": Intent.QUESTION,
    "weekly_on": Intent.QUESTION,
    "weekly_off": Intent.QUESTION,
    "my_week": Intent.QUESTION,
    "my_page": Intent.QUESTION,
    "what_helps": Intent.QUESTION,
    "language": Intent.QUESTION,
    "delete_data": Intent.QUESTION,
    "leave_out": Intent.QUESTION,
    "bring_back": Intent.QUESTION,
}
_TOLD = {"away": "pause", "returned": "resume"}  # implied by where they are
# Of several matches the first in this order wins: deleting and pausing before anything that continues.
_ORDER = (
    "delete_data",
    "leave_out",
    "bring_back",
    "pause",
    "resume",
    "away",
    "returned",
    "bedtime",
    "set_time",
    "cadence",
    "weekly_on",
    "weekly_off",
    "my_page",
    "my_week",
    "what_helps",
    "language",
    "another_step",
)


class Order(NamedTuple):
    """A command and its tokens, from where it was recognized to the end of the sentence.

    ``told``: not requested but implied, because they say they are away or back.
    """

    command: Command
    start: int
    end: int
    span: TextSpan
    told: bool = False


def find(lens: Lens) -> Order | None:
    """Find the command in a reply, or None."""
    found = _with_soft(lens.find("commands", lens.all))
    lifted = {i for f in found if f.label == "resume" for i in range(f.start + 1, f.end)}
    found = [f for f in found if f.label != "pause" or f.start not in lifted]  # "end my pause" asks for no pause
    found = [f for f in found if f.label != "resume" or not _is_refused(lens, f)]
    found = [f for f in found if not _is_denied(lens, f) and not _is_a_scene(lens, f)]
    found = [f for f in found if f.label != "what_helps" or _is_all(lens, f)]
    if times.telephone(lens.text) is not None:  # "move these to 555-0199" names no hour
        found = [f for f in found if f.label not in ("set_time", "bedtime", "cadence")]
    if not lens.lexicon.lists["borrowers"].isdisjoint(lens.words):  # "in Spanish for my mother in law"
        found = [f for f in found if f.label != "language"]
    if found and lens.find("limits", lens.plain, ("days",)):  # "no texts on Sundays" is no pause
        found = [f for f in found if f.label not in ("pause", "away")]
    if not found:
        return None
    best = min(found, key=lambda f: (_ORDER.index(f.label), f.start))
    return read(lens, best)


def another_number(lens: Lens) -> TextSpan | None:
    """Find a phone number, which a coach has to enter: "my new number is 555-0142"."""
    found = times.telephone(lens.text)
    return None if found is None else TextSpan(*found, "wish", lens.text[slice(*found)], "a phone number: for a coach")


def _with_soft(found: list[PhraseMatch]) -> list[PhraseMatch]:
    """Take "done with yoga" for a step left out only beside "keep the rest"; alone it tells of the evening."""
    keeps = any(one.label == "keeps_rest" for one in found)
    said = [one._replace(label="leave_out") if keeps and one.label == "leave_out_soft" else one for one in found]
    return [one for one in said if one.label in _ORDER]


def read(lens: Lens, found: PhraseMatch) -> Order:
    """Build the command of a matched phrase, with the details given in its sentence."""
    start, end = _sentence(lens.words, found)
    end = len(lens.words) if times.refuses_an_hour(lens.words[start:end], lens.lexicon) else end  # "make it 7" follows
    name = _TOLD.get(found.label, found.label)
    span = lens.span(found, lens.all, "command", f"asks for {name.replace('_', ' ')}")
    command = _details(name, lens.words[start:end], lens.lexicon)
    if lens.words[found.start] in lens.lexicon.lists["speaking"] and [*lens.words[end : end + 1]] == ["?"]:
        command = Command(name)  # "habla inglés?" asks, and is no wish to change
    if name in ("leave_out", "bring_back"):
        command = Command(name, step=_step(lens.words[found.start : found.end], lens.lexicon))
    if found.label == "resume":  # "resume in February" is a pause until then
        later = _pause(lens.words[found.start : end], lens.lexicon)
        name, command = ("pause", later) if later.names_a_day else (name, command)
    if name == "set_time" and end < len(lens.words) and lens.words[end] == "?":
        command = replace(command, tentative=_only_suggests(lens, start, end))
    return Order(command, found.start, end, span, name != found.label)


def _is_denied(lens: Lens, found: PhraseMatch) -> bool:
    """Whether it is what they do not want: "don't pause", "not weekends only", "daily is too much"."""
    lists, words = lens.lexicon.lists, lens.words
    before = words[max(0, found.start - 2) : found.start]
    if any(word in lists["negations"] for word in before) and BOUNDARIES.isdisjoint(before):
        return True
    if found.label == "cadence" and not lists["cadence_against"].isdisjoint(words[slice(*_sentence(words, found))]):
        return True
    complains = found.label in ("cadence", "bedtime", "set_time")
    after = words[found.end : min(found.end + 3, _sentence(words, found)[1])]
    return complains and not lists["command_against"].isdisjoint(after)


def _is_a_scene(lens: Lens, found: PhraseMatch) -> bool:
    """Whether it only tells of something, such as "set the table for two" or "I'm back on the bottle".

    A setting changes, and a pause ends, only where our texts are named, or where nothing is named that is none of ours.
    """
    if found.label not in SETTINGS and found.label not in ENDS_A_PAUSE:
        return False
    words, lists = lens.words, lens.lexicon.lists
    start, end = _sentence(words, found)
    said = words if found.label == "returned" else words[start:end]
    if not (lists["to_us"] | lists["our_texts"]).isdisjoint(said) or _names_a_day(said, lens.lexicon):
        return False
    if found.label == "returned":
        said = [*words[: found.start], *words[found.end :]]
    elif found.label in SETTINGS and not _only_names_an_hour(clause := _clause(words, found), lens.lexicon):
        said = clause
    known = lens.lexicon.books["commands"].named(*SETTINGS, *ENDS_A_PAUSE)
    return any(_is_foreign(word, known, lens.lexicon) for word in said)


def _only_names_an_hour(words: Sequence[str], lexicon: Lexicon) -> bool:
    return all(w[0].isdigit() or w in lexicon.numbers or w in lexicon.lists["clock_words"] for w in words)


def _names_a_day(words: Sequence[str], lexicon: Lexicon) -> bool:
    return times.weekday(words, lexicon) is not None or times.day_of_month(words, lexicon) is not None


SETTINGS, ENDS_A_PAUSE = ("set_time", "cadence"), ("resume", "returned")


def _is_foreign(word: str, known: Container[str], lexicon: Lexicon) -> bool:
    """Whether a word is none of those that requests about our texts are made of."""
    if word in lexicon.lists["never_home"]:
        return True
    if not word.isalpha() or len(word) == 1 or word in known or word in lexicon.plain or word in lexicon.numbers:
        return False
    dates = (lexicon.weekdays, lexicon.months, lexicon.spoken_times, lexicon.day_units)
    return not any(word in names for names in dates) and not any(word in lexicon.lists[name] for name in _OF_TIMES)


_OF_TIMES = (
    "our_texts",
    "polite",
    "bare_answers",
    "time_words",
    "clock_words",
    "am",
    "pm",
    "past",
    "to",
    "quarters",
    "few",
    "couple",
    "again",
)


def _clause(words: Sequence[str], found: PhraseMatch) -> Sequence[str]:
    start, end = found.start, found.end
    while start > 0 and words[start - 1] not in BOUNDARIES:
        start -= 1
    while end < len(words) and words[end] not in BOUNDARIES:
        end += 1
    return words[start:end]


def _is_refused(lens: Lens, found: PhraseMatch) -> bool:
    """Whether resuming is refused or only asked about: "don't start again", "resume? not yet"."""
    start, end = _sentence(lens.words, found)
    joint = next((i for i in range(found.end, end) if lens.words[i] in lens.lexicon.lists["clause_joints"]), end)
    said = set(lens.words[start:joint])  # "resume, but not the exercise ones" refuses only those
    return bool(said & lens.lexicon.lists["refusals"]) or (end < len(lens.words) and lens.words[end] == "?")


def _is_all(lens: Lens, found: PhraseMatch) -> bool:
    """Whether there is nothing but courtesy beside it: "what helps with this rash?" is for a coach."""
    beside = (*lens.words[: found.start], *lens.words[found.end :])
    return all(word in BOUNDARIES or word in lens.lexicon.lists["polite"] for word in beside)


def _only_suggests(lens: Lens, start: int, end: int) -> bool:
    """Whether a question only suggests a time, as "8:30?" does; "can you text me at 9?" is a request."""
    return lens.lexicon.lists["requests"].isdisjoint(lens.words[start:end])


def _sentence(words: Sequence[str], found: PhraseMatch) -> tuple[int, int]:
    start, end = found.start, found.end
    while start > 0 and words[start - 1] not in HARD and words[start - 1] != "\n":
        start -= 1
    while end < len(words) and words[end] not in HARD and words[end] != "\n":
        end += 1
    return start, end


def _step(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return the strategy that a phrase names, None if it names several."""
    named = [id for id, names in lexicon.steps.items() if not names.isdisjoint(words)]
    return named[0] if len(named) == 1 else None


def _details(name: str, words: Sequence[str], lexicon: Lexicon) -> Command:
    if name == "pause":
        return told_ahead(words, lexicon) or _pause(words, lexicon)
    if name in ("set_time", "bedtime"):
        words = words if name == "bedtime" else times.without_bedtime(words, lexicon)
        clock = times.clock(words, lexicon, bedtime=name == "bedtime")
        once = times.is_no_rule(words, lexicon)
        return Command(name, clock.time, clock.ambiguous, once=once) if clock else Command(name, once=once)
    if name == "cadence":
        return Command(name, cadence=_cadence(words, lexicon))
    if name == "language":
        return Command(name, language=_language(words, lexicon))
    return Command(name)


def until_meant(lens: Lens) -> Command | None:
    """Read "I meant January 20th" after a pause: nothing but such words and a day."""
    words, lists = lens.plain.words, lens.lexicon.lists
    command = _pause(words, lens.lexicon)
    dated = lens.lexicon.months.keys() | lens.lexicon.weekdays.keys() | lists["ordinal_endings"] | lists["meant_words"]
    only = all(word.isdecimal() or word in dated for word in words)
    named = command.until_day is not None or command.until_weekday is not None
    return command if only and named and not lists["meant_cores"].isdisjoint(words) else None


def _pause(words: Sequence[str], lexicon: Lexicon) -> Command:
    """Read when a pause ends: what follows "until" outranks other days ("the funeral is Tuesday, until Thursday")."""
    lists = lexicon.lists
    if "0" in words:
        return Command("pause", days=0)
    open_end = not (lists["until"] | lists["returns"]).isdisjoint(words)
    if (holiday := times.holiday(words, lexicon)) is not None and open_end:
        after = not lists["after_day"].isdisjoint(words)
        whole = after and not lists["around_holiday"].isdisjoint(words)
        return Command("pause", until_holiday=holiday, days_after=int(after), whole_weekend=whole)
    if holiday is not None or not lists["undated_ends"].isdisjoint(words):  # "Thanksgiving week": a coach looks at it
        return Command("pause", undated=True, once=not open_end)
    ends = [at for at, word in enumerate(words) if word in lists["until"]]
    end = words[ends[-1] :] if ends else words
    until, date = times.weekday(end, lexicon), times.day_of_month(end, lexicon)
    if date is not None:
        later = int(times.is_after(end, lexicon))
        return Command("pause", until_day=date[0], until_month=date[1], days_after=later)
    if until is None and not lists["weekend"].isdisjoint(words):
        return Command("pause", until_weekday=1, once=True)
    days = None if until else times.days(words, lexicon)
    # A pause for tomorrow skips tonight as well; one until tomorrow skips only tonight.
    tomorrow = days == 1 and not lists["tomorrow"].isdisjoint(words)
    for_tomorrow = tomorrow and lists["stop_ends"].isdisjoint(words)
    return Command("pause", days=2 if for_tomorrow else days, until_weekday=until, once=for_tomorrow)


def _cadence(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return which cadence is meant, or None if unclear."""
    labels = {found.label.replace("_", "-") for found in lexicon.books["cadence"].find(words)}
    return labels.pop() if len(labels) == 1 else None


def _language(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return the language they want; "no English" means Spanish, but "no English again" may mean either."""
    named = {code for code in ("en", "es") if lexicon.lists[f"language_{code}"] & set(words)}
    if named == {"en"} and set(words) & lexicon.lists["negations"]:
        return "es" if lexicon.lists["again"].isdisjoint(words) else None
    return named.pop() if len(named) == 1 else None

"""Validate a coach's change to a participant, by the rules that apply to commands by text. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from schedules.timing.cadence import LONGEST_PAUSE_DAYS
from schedules.timing.local_time import parse_wall_time, zone
from schedules.timing.quiet_hours import why_not_an_evening_time
from schedules.timing.slots import Timing

# Holds that only acknowledging a flag ends, with the flag's name for coaches.
HOLDING = {"crisis": "crisis", "urgent": "urgent", "worry": "please read"}
Form = Mapping[str, str]


class ChangeError(ValueError):
    """Why a change cannot be made, in one sentence that says what to do. `field` names the form field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Subject:
    """The participant as they are. `first_evening` is the first evening a pause can skip."""

    status: str
    held_for: str | None
    timing: Timing
    first_evening: date
    languages: Collection[str]
    exclusions: Collection[str]


@dataclass(frozen=True, slots=True)
class Change:
    """The new settings; None leaves a setting unchanged."""

    timing: Timing | None = None
    paused_until_on: date | None = None
    resume: bool = False
    release: bool = False
    language: str | None = None
    cadence: str | None = None
    exclude: tuple[str, ...] | None = None


def decide_change(what: str, form: Form, subject: Subject) -> Change:
    """Return the change a form asks for. Raises ChangeError, or KeyError for an unknown kind of change."""
    change = CHANGES[what]
    if subject.status in ("stopped", "ended"):
        raise ChangeError(what, "They have opted out: only they can start again, by texting START.")
    return change(form, subject)


def _pause(form: Form, subject: Subject) -> Change:
    given = form.get("evenings", "").strip()
    if not given.isdecimal() or not 0 < int(given) <= LONGEST_PAUSE_DAYS:
        sentence = f"Write how many evenings to pause: a number from 1 to {LONGEST_PAUSE_DAYS}."
        raise ChangeError("evenings", sentence)
    return Change(paused_until_on=subject.first_evening + timedelta(days=int(given)))


def _resume(_form: Form, _subject: Subject) -> Change:
    return Change(resume=True)


def _release(_form: Form, subject: Subject) -> Change:
    if subject.held_for in HOLDING:
        flag = HOLDING[subject.held_for]
        raise ChangeError("hold", f"The {flag} flag is open: acknowledge it first, and the texts go on.")
    return Change(release=True)


def _times(form: Form, subject: Subject) -> Change:
    before = subject.timing
    evening_at = _time("evening_time", form.get("evening_time", ""))
    given = form.get("bedtime", "").strip()
    bedtime_at = _time("bedtime", given) if given else None
    time_zone = form.get("time_zone", before.time_zone).strip()
    try:
        zone(time_zone)
    except ValueError as error:
        raise ChangeError("time_zone", f"{error}.") from None
    reason = why_not_an_evening_time(evening_at, bedtime_at, before.quiet)
    if reason:
        raise ChangeError("evening_time", f"{reason}.")
    return Change(timing=Timing(before.programme, time_zone, evening_at, bedtime_at, before.quiet))


def _time(field: str, given: str) -> time:
    try:
        return parse_wall_time(given)
    except ValueError as error:
        raise ChangeError(field, f"{error}.") from None


def _language(form: Form, subject: Subject) -> Change:
    return Change(language=_one_of("language", form, subject.languages))


def _cadence(form: Form, subject: Subject) -> Change:
    return Change(cadence=_one_of("cadence", form, subject.timing.programme.cadences))


def _one_of(field: str, form: Form, known: Collection[str]) -> str:
    if form.get(field) not in known:
        raise ChangeError(field, f"Choose one of the {field}s offered.")
    return form[field]


def _exclusions(form: Form, subject: Subject) -> Change:
    wanted = tuple(sorted(filter(None, form.get("exclude", "").split(";"))))
    unknown = [one for one in wanted if one not in subject.exclusions]
    if unknown:
        raise ChangeError("exclude", f"'{unknown[0]}' is no step and no exclusion: choose from those offered.")
    return Change(exclude=wanted)


CHANGES: Mapping[str, Callable[[Form, Subject], Change]] = {
    "pause": _pause,
    "resume": _resume,
    "release": _release,
    "times": _times,
    "language": _language,
    "cadence": _cadence,
    "exclusions": _exclusions,
}

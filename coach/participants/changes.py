"""Decide a coach's change to a participant, from a page or a command, by the rules of the roster. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from coach.participants.actions.own_plans import OFF, NewPlan, read_plan, wanting
from schedules.enrolment.policy_choice import NOT_RANDOMISED, policy_for, tags_that_bar, with_tags
from schedules.enrolment.roster_cells import strip_invisible, why_no_evening
from schedules.enrolment.roster_file import READERS, RosterRules
from schedules.enrolment.roster_rules import cadence_in
from schedules.timing.cadence import LONGEST_PAUSE_DAYS
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


class NumberTakenError(ChangeError):
    """The number belongs to somebody already, or may not be texted."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The participant as they are.

    `first_evening` is the first evening a pause can skip. `plans`: whether they want plans. `agreed`: whether
    they have agreed to be randomized.
    `coaches` maps e-mail to account.
    """

    status: str
    held_for: str | None
    timing: Timing
    first_evening: date
    language: str
    cadence: str
    paused_until_on: date | None
    coach_id: int | None
    exclude: Sequence[str]
    tags: Sequence[str]
    policy: str
    agreed: bool
    coaches: Mapping[str, int]
    rules: RosterRules
    plans: str = OFF


@dataclass(frozen=True, slots=True)
class Change:
    """What to write: new columns of the participant and of the enrollment, and what takes more than a column.

    `randomised_consent` says who told us that they agree to be randomized; `own_plan` is a plan in their words;
    `note`, what was not done and why.
    """

    person: Mapping[str, Any] = field(default_factory=dict)
    enrolment: Mapping[str, Any] = field(default_factory=dict)
    timing: Timing | None = None
    policy: str | None = None
    randomised_consent: str | None = None
    release: bool = False
    own_plan: NewPlan | None = None
    note: str | None = None


def decide_change(what: str, form: Form, subject: Subject) -> Change:
    """Return the change a form asks for. Raises ChangeError, or KeyError for an unknown kind of change."""
    change = CHANGES[what]
    if subject.status in ("stopped", "ended"):
        raise ChangeError(what, "They have opted out: only they can start again, by texting START.")
    return change(form, subject)


def differences(change: Change, subject: Subject) -> dict[str, int | str | None]:
    """Return from what to what, for the audit log, which is kept forever: no name, no number, nothing about health."""
    before: dict[str, Any] = {
        **{name: getattr(subject, name) for name in ("language", "cadence", "coach_id", "policy", "plans")},
        **_settings(subject.timing),
        "paused_until_on": subject.paused_until_on,
    }
    new = {**change.person, **change.enrolment, "policy": change.policy or subject.policy}
    new["plans"] = (new.get("plans") or OFF) if "plans" in new else subject.plans
    after = before | _settings(change.timing or subject.timing) | {name: new[name] for name in new if name in before}
    changed = [name for name in before if before[name] != after[name]]
    return {
        f"{name}_{end}": of[name].isoformat() if isinstance(of[name], date) else of[name]
        for name in changed
        for end, of in (("from", before), ("to", after))
    }


def _settings(timing: Timing) -> dict[str, str | None]:
    return {
        "programme": timing.programme.id,
        "time_zone": timing.time_zone,
        "evening_time": f"{timing.evening_at:%H:%M}",
        "bedtime": f"{timing.bedtime_at:%H:%M}" if timing.bedtime_at else None,
    }


def as_sentence(error: ValueError) -> str:
    """Return a reason of the roster's rules as a sentence of its own."""
    return f"{str(error)[:1].upper()}{str(error)[1:]}."


def _read(name: str, form: Form, subject: Subject, as_column: str | None = None) -> Any:
    try:
        return READERS[as_column or name](_typed(name, form), subject.rules)
    except ValueError as error:
        raise ChangeError(name, as_sentence(error)) from None


def _typed(name: str, form: Form) -> str:
    return " ".join(strip_invisible(form.get(name, "")).split())


def _pause(form: Form, subject: Subject) -> Change:
    """Pause for a number of evenings, or until the date on which the texts resume."""
    if form.get("until", "").strip():
        return Change(enrolment={"paused_until_on": _date_of_return(form["until"].strip(), subject)})
    given = form.get("evenings", "").strip()
    if not given.isdecimal() or not 0 < int(given) <= LONGEST_PAUSE_DAYS:
        sentence = f"Write how many evenings to pause: a number from 1 to {LONGEST_PAUSE_DAYS}."
        raise ChangeError("evenings", sentence)
    return Change(enrolment={"paused_until_on": subject.first_evening + timedelta(days=int(given))})


def _date_of_return(given: str, subject: Subject) -> date:
    earliest = subject.first_evening + timedelta(days=1)
    latest = subject.first_evening + timedelta(days=LONGEST_PAUSE_DAYS)
    try:
        until = date.fromisoformat(given)
    except ValueError:
        raise ChangeError("until", f"'{given[:40]}' is not a date: write it as {earliest.isoformat()}.") from None
    if not earliest <= until <= latest:
        between = f"{earliest.isoformat()} to {latest.isoformat()}"
        raise ChangeError("until", f"Choose the date on which their texts resume, from {between}.")
    return until


def _resume(_form: Form, _subject: Subject) -> Change:
    return Change(enrolment={"paused_until_on": None})


def _release(_form: Form, subject: Subject) -> Change:
    if subject.held_for in HOLDING:
        flag = HOLDING[subject.held_for]
        raise ChangeError("hold", f"The {flag} flag is open: mark it as handled first, and the texts go on.")
    if subject.held_for == "muted":
        raise ChangeError(
            "hold", "They asked us not to write. Speak with them, then choose “They may be called again”."
        )
    return Change(release=True)


def _times(form: Form, subject: Subject) -> Change:
    """Change times and zone; a field that the form does not have stays. An empty bedtime is not known."""
    timing = subject.timing
    if "evening_time" in form:
        timing = replace(timing, evening_at=_read("evening_time", form, subject))
    if "bedtime" in form:
        timing = replace(timing, bedtime_at=_read("bedtime", form, subject) if form["bedtime"].strip() else None)
    if "time_zone" in form:
        timing = replace(timing, time_zone=_read("time_zone", form, subject))
    changed = timing.evening_at != subject.timing.evening_at
    reason = (why_no_evening(timing.evening_at, timing.quiet) if changed else None) or why_not_an_evening_time(
        timing.evening_at, timing.bedtime_at, timing.quiet
    )
    if reason:
        raise ChangeError("evening_time", f"{reason}.")
    return Change(timing=timing)


def _name(form: Form, subject: Subject) -> Change:
    return Change(person={"first_name": _read("first_name", form, subject) or None})


def _language(form: Form, subject: Subject) -> Change:
    return Change(person={"language": _read("language", form, subject)})


def _coach(form: Form, subject: Subject) -> Change:
    email = _read("coach", form, subject) if _typed("coach", form) else ""
    return Change(person={"coach_id": subject.coaches.get(email)})


def _cadence(form: Form, subject: Subject) -> Change:
    if form.get("cadence") not in subject.timing.programme.cadences:
        raise ChangeError("cadence", "Choose one of the cadences offered.")
    return Change(enrolment={"cadence": form["cadence"]})


def _programme(form: Form, subject: Subject) -> Change:
    programme = subject.rules.catalogue.programmes[_read("programme", form, subject)]
    if programme.id == subject.timing.programme.id:
        return Change()
    cadence = {"cadence": cadence_in(programme, subject.cadence)}
    return Change(enrolment=cadence, timing=replace(subject.timing, programme=programme))


def _policy(form: Form, subject: Subject) -> Change:
    said = _read("randomised_consent", form, subject) or None
    wanted = _read("policy", form, subject) if "policy" in form else subject.policy
    policy = policy_for(wanted, subject.policy, agreed=subject.agreed or said is not None)
    return Change(
        policy=policy if policy != subject.policy else None,
        randomised_consent=said,
        note=None if policy == wanted else f"They stay {NOT_RANDOMISED}.",
    )


def _plans(form: Form, subject: Subject) -> Change:
    try:
        return Change(enrolment=wanting(_typed("plans", form).lower(), subject.plans, subject.first_evening))
    except ValueError as error:
        raise ChangeError("plans", str(error)) from None


def _plan(form: Form, subject: Subject) -> Change:
    words, step = _typed("plan", form), _typed("plan_step", form)
    try:
        return Change(own_plan=read_plan(words, step, subject.plans, subject.rules.catalogue))
    except ValueError as error:
        raise ChangeError("plan", str(error)) from None


def _exclusions(form: Form, subject: Subject) -> Change:
    wanted, known = sorted(filter(None, form.get("exclude", "").split(";"))), subject.rules.exclusions()
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise ChangeError("exclude", f"'{unknown[0]}' is no step and no exclusion: choose from those offered.")
    return Change(enrolment={"exclude": wanted})


def _left_out(form: Form, subject: Subject) -> Change:
    """Set the steps to leave out. Tags that bar steps stay, and those among the new ones are added."""
    new = _exclusions(form, subject).enrolment["exclude"]
    barring = set(tags_that_bar(subject.rules.catalogue))
    return Change(enrolment={"exclude": sorted({*new, *barring.intersection(subject.exclude)})})


def _all_tags(form: Form, subject: Subject) -> Change:
    """Set every tag, of either kind. The steps to leave out stay."""
    given = _read("tags", form, subject)
    barring = tags_that_bar(subject.rules.catalogue)
    steps = [one for one in subject.exclude if one not in barring]
    tags, exclude = with_tags(subject.rules.catalogue, (), steps, given)
    return Change(enrolment={"tags": tags, "exclude": exclude})


def _tags(form: Form, subject: Subject) -> Change:
    """Set the tags that allow steps (`tags`), or add and remove tags of either kind (`tag`, `no_tag`)."""
    given = {name: _read(name, form, subject, as_column="tags") for name in ("tags", "tag", "no_tag")}
    both = set(given["tag"]) & set(given["no_tag"])
    if both:
        raise ChangeError("tag", f"'{min(both)}' is both added and removed: choose one.")
    tags, exclude = with_tags(
        subject.rules.catalogue,
        () if "tags" in form else subject.tags,
        subject.exclude,
        (*given["tags"], *given["tag"]),
        given["no_tag"],
    )
    return Change(enrolment={"tags": tags, "exclude": exclude})


CHANGES: Mapping[str, Callable[[Form, Subject], Change]] = {
    "pause": _pause,
    "resume": _resume,
    "release": _release,
    "times": _times,
    "name": _name,
    "language": _language,
    "coach": _coach,
    "cadence": _cadence,
    "programme": _programme,
    "policy": _policy,
    "plans": _plans,
    "plan": _plan,
    "exclusions": _exclusions,
    "tags": _tags,
    "left_out": _left_out,
    "all_tags": _all_tags,
}

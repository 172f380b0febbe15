"""Commands in plain words: pause, times, cadence, step, my week, my page, what helps, language, my data. Pure."""

from dataclasses import replace
from datetime import date, time, timedelta

from coach.adherence.counts import SCORES_NEEDED
from coach.conversation.intentions import (
    LINK,
    Ask,
    Bar,
    ForCoach,
    Intention,
    OfferStep,
    OpenOwnPage,
    Pause,
    Release,
    Reply,
    Resume,
    SetCadence,
    SetLanguage,
    SetReflections,
    SetTimes,
    TellWhatHelps,
    Unbar,
)
from coach.conversation.rules.check_in import answers_only
from coach.conversation.rules.danger import is_asked
from coach.conversation.state import OpenQuestion, SenderState, State
from coach.reflections.decide import may_have_reflections
from coach.reflections.own_steps import tell
from coach.understanding import Command, Intent, Reading
from coach.understanding.pause_dates import pause_from, pause_until
from schedules.timing.cadence import LONGEST_PAUSE_DAYS
from schedules.timing.local_time import parse_wall_time
from schedules.timing.quiet_hours import EVENING_BEGINS, example_time, why_not_an_evening_time
from schedules.timing.slots import Timing

FRIDAY = 5
OPEN_PAUSE_DAYS, SOON = 7, timedelta(days=3)  # a pause without an end; so far ahead a break may begin at once
PLAINLY = {"paused": "paused_open", "resumed": "resumed_plainly"}  # the cheerful text, and the same without cheer
NO_PAUSE_MATTER = (Intent.QUESTION, Intent.MEDICAL, Intent.HELP, Intent.OPT_IN, Intent.WRONG_NUMBER)


def answer_wish(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Carry out a command; an answer in the same text is recorded, but only the command gets a reply."""
    if reading.intent is Intent.RESUME:
        if _goes_on_as_ever(state, reading):
            return None
        if not (reading.sure and may_resume(state)):
            return (ForCoach(), Reply("start_hint"))
    done = _answered(state, reading)
    if done is None or not is_asked(state):
        return done
    return (*answers_only(state, reading), *_answers_stop_or_not(state, reading, done), *_not_to_enjoy(reading, done))


def _not_to_enjoy(reading: Reading, done: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Confirm without a cheerful word where a person has yet to read what was said beside it, or of an illness."""
    if reading.for_coach is None and not any(span.kind == "ill" for span in reading.recognised):
        return done
    plain = tuple(replace(one, key=PLAINLY.get(one.key, one.key)) if isinstance(one, Reply) else one for one in done)
    return plain if ForCoach() in plain else (ForCoach(), *plain)


def answer_paused(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """While paused, take "im back, slept ok. 3" as a return; a wish for a longer pause goes to a coach."""
    if reading.intent in NO_PAUSE_MATTER or reading.stop == "sure":
        return None
    if state.comes_back:
        cheer = reading.for_coach is None and not reading.unexplained
        return (*answers_only(state, reading), Resume(), ForCoach(), Reply("resumed" if cheer else "resumed_plainly"))
    named = reading.command is not None and reading.command.name == "pause"
    return (ForCoach(), Reply("please_read_received")) if state.stays_away and not named else None


def _goes_on_as_ever(state: State, reading: Reading) -> bool:
    """Whether there is nothing to resume, so that the text is an answer or unclear: "start over: 5 no"."""
    person = state.person
    active = person is not None and person.status == "active" and person.held_for is None and not person.is_paused
    return active and (not reading.sure or reading.score is not None or reading.habit is not None)


def _answers_stop_or_not(state: State, reading: Reading, done: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """A clear request for a pause or another schedule answers "do you want us to stop?", so a later yes is no stop."""
    settled = any(isinstance(one, Pause | SetTimes | SetCadence) for one in done)
    return (Release(),) if settled and reading.sure and not may_resume(state) else ()


def may_resume(state: State) -> bool:
    """Whether a plain request may resume texts: not while "do you want us to stop?" is open."""
    return state.person is None or state.person.held_for != "stop_or_not"


def _answered(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Return the intentions of a command, or None if the reading is not a command."""
    person, command = state.person, reading.command or BARE.get(reading.intent)
    if person is None or command is None or command.name == "bring_back":
        return None
    answer = {
        "pause": _pause,
        "resume": _resume,
        "set_time": _set_time,
        "bedtime": _set_bedtime,
        "cadence": _set_cadence,
        "another_step": _another_step,
        "leave_out": _leave_out,
        "my_week": _my_week,
        "my_page": _my_page,
        "what_helps": _what_helps,
        "weekly_on": _weekly,
        "weekly_off": _weekly,
        "language": _language,
        "delete_data": _delete_data,
        "time_or_score": _time_or_score,
    }[command.name]
    return answer(person, command)


def answer_bring_back(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Offer a step again that they left out by text; any other is for a coach to allow."""
    command = reading.command
    if command is None or command.name != "bring_back" or state.person is None or not is_asked(state):
        return None
    answers = answers_only(state, reading)
    if command.step is None or command.step not in state.left_out:
        return (*answers, ForCoach(), Reply("wish_passed_on"))
    return (*answers, Unbar(command.step), ForCoach(), Reply("left_in", {"step": command.step}))


# Commands without details, by the intent they have.
BARE = {intent: Command(intent.value) for intent in (Intent.PAUSE, Intent.SET_TIME, Intent.RESUME)}


def _pause(person: SenderState, command: Command) -> tuple[Intention, ...]:
    """Pause until the day they named, or for a week if they named none."""
    first = first_evening(person)
    start = pause_from(command, first)
    ahead = start if start is not None and start > first else None
    return _told_ahead(command, ahead, first) if ahead else _paused_at_once(person, command, first)


def _paused_at_once(person: SenderState, command: Command, first: date) -> tuple[Intention, ...]:
    if command.once and command.until_weekday and first.isoweekday() < FRIDAY:
        return (ForCoach(), Reply("wish_passed_on"))  # a pause begins today: a coach sees to the weekend
    if command.once and command.days and first > person.today:
        command = replace(command, days=command.days - 1)
    if command.days == 0:
        return (Resume(), Reply("resumed")) if person.is_paused and goes_on(person) else (Reply("not_stopped"),)
    if command.undated and command.once:
        return (ForCoach(), Reply("wish_passed_on"))
    until_on = pause_until(command, first)
    if until_on is None and (command.until_day or command.until_holiday):  # later than we may pause
        latest = first + timedelta(days=LONGEST_PAUSE_DAYS)
        return (Pause(latest), ForCoach(), Reply("paused_open", {"day": latest.isoformat()}))
    if until_on is None:
        open_end = first + timedelta(days=OPEN_PAUSE_DAYS)
        seen = (ForCoach(),) if command.undated else ()
        return (Pause(open_end), *seen, Ask("pause"), Reply("paused_open", {"day": open_end.isoformat()}))
    return (Pause(until_on), Reply("paused", {"day": until_on.isoformat()}))


def _told_ahead(command: Command, start: date, first: date) -> tuple[Intention, ...]:
    """Begin a break at once that is told a few days ahead: a pause has no later beginning, so a coach sees it."""
    until_on = pause_until(command, first)
    if until_on is None or start - first > SOON:
        return (ForCoach(), Reply("wish_passed_on"))
    return (Pause(until_on), ForCoach(), Reply("paused_open", {"day": until_on.isoformat()}))


def first_evening(person: SenderState) -> date:
    """The first evening a pause can skip: today, unless today's check-in was sent already."""
    asked_today = person.check_in is not None and person.check_in.asked_on == person.today
    return person.today + timedelta(days=1) if asked_today else person.today


def _resume(person: SenderState, _command: Command) -> tuple[Intention, ...]:
    return (Resume(), Reply("resumed" if goes_on(person) else "restarted_held"))


def goes_on(person: SenderState) -> bool:
    """Whether resuming restarts the texts; only a coach can end the other holds."""
    return person.held_for in (None, "stop_or_not")


def _set_time(person: SenderState, command: Command) -> tuple[Intention, ...]:
    wanted = _time_of(command)
    if command.once:
        return (ForCoach(), Reply("wish_passed_on"))  # every evening has the same time: a coach answers
    if wanted is None:
        return (Ask("set_time"), Reply("time_not_understood"))
    quiet, bedtime = person.timing.quiet, person.timing.bedtime_at
    if wanted >= EVENING_BEGINS and why_not_an_evening_time(wanted, bedtime, quiet) is None:
        if command.tentative:
            return (Ask("time", f"{wanted:%H:%M}"), Reply("time_offer", {"time": f"{wanted:%H:%M}"}))
        return (SetTimes(evening_at=wanted), Reply("time_set"))
    earliest = max(EVENING_BEGINS, *(start for start, _ in quiet.by_weekday))
    if wanted < earliest:
        return _offered("time_too_early", "earliest", earliest, person.timing)
    latest = min(*(end for _, end in quiet.by_weekday), bedtime or time.max)
    return _offered("time_too_late", "latest", _before(latest), person.timing)


def _offered(key: str, name: str, at: time, timing: Timing) -> tuple[Intention, ...]:
    """Offer the nearest possible time, so that a plain yes accepts it; the example beside it is possible as well."""
    bedtime, quiet = timing.bedtime_at, timing.quiet
    possible = why_not_an_evening_time(at, bedtime, quiet) is None
    values = {name: f"{at:%H:%M}", "example": f"{example_time(bedtime, quiet):%H:%M}"}
    return (Ask("time", values[name]) if possible else Ask("set_time"), Reply(key, values))


def _before(limit: time) -> time:
    """Fifteen minutes before a limit, the latest time that leaves room to send."""
    minutes = max(0, limit.hour * 60 + limit.minute - 15)
    return time(minutes // 60, minutes % 60)


def _set_bedtime(person: SenderState, command: Command) -> tuple[Intention, ...]:
    wanted = _time_of(command)
    if wanted is None:
        return (Ask("bedtime"), Reply("bedtime_not_understood"))
    if why_not_an_evening_time(person.timing.evening_at, wanted, person.timing.quiet):
        latest = min(wanted, *(end for _, end in person.timing.quiet.by_weekday))
        return _offered("time_too_late", "latest", _before(latest), replace(person.timing, bedtime_at=wanted))
    return (SetTimes(bedtime_at=wanted), Reply("bedtime_set", {"time": f"{wanted:%H:%M}"}))


def _time_of(command: Command) -> time | None:
    return parse_wall_time(command.time) if command.time else None


def _set_cadence(person: SenderState, command: Command) -> tuple[Intention, ...]:
    if command.cadence is None or command.cadence not in person.timing.programme.cadences:
        return (Ask("cadence"), Reply("cadence_not_understood"))
    return (SetCadence(command.cadence), Reply("cadence_set"))


def _leave_out(_person: SenderState, command: Command) -> tuple[Intention, ...]:
    """Offer a step no more, and say so; a coach can bring it back."""
    step = command.step
    return (Bar(step), ForCoach(), Reply("left_out", {"step": step})) if step else (ForCoach(), Reply("wish_passed_on"))


def _another_step(person: SenderState, _command: Command) -> tuple[Intention, ...]:
    """Offer the drawn step if the daily limit allows one; while texts are held, a coach looks first."""
    if person.held_for is not None:
        return (ForCoach(), Reply("question_received"))
    if person.another is None:
        return (Reply("another_step_none"),)
    offered = OfferStep(person.another)
    return (offered, Ask("another_step")) if person.another.words else (offered, Reply("another_step_none"))


def _my_week(person: SenderState, _command: Command) -> tuple[Intention, ...]:
    week = person.last_7_days
    values = {"done": str(week.done), "asked": str(week.steps_asked), "scored": str(week.score_n)}
    if week.score_n < SCORES_NEEDED or week.score_mean is None:
        return (Reply("my_week_too_few", values),)
    return (Reply("my_week", values | {"mean": f"{week.score_mean:.1f}"}),)


def _my_page(person: SenderState, _command: Command) -> tuple[Intention, ...]:
    """Answer with the link to their own page; while texts are held, a coach looks first."""
    if person.held_for is not None or person.someone_else:
        return (ForCoach(), Reply("question_received"))
    return (OpenOwnPage(), Reply("own_page", {"url": LINK}))


def _what_helps(person: SenderState, _command: Command) -> tuple[Intention, ...]:
    """Say every four weeks which step may help them; while texts are held, a coach looks first."""
    if person.held_for is not None or person.someone_else:
        return (ForCoach(), Reply("question_received"))
    told = tell(person.own_effects, person.today)
    return (*((TellWhatHelps(),) if told.counts else ()), Reply(told.key, told.values))


def _weekly(person: SenderState, command: Command) -> tuple[Intention, ...]:
    if command.name == "weekly_off":
        return (SetReflections(wanted=False), Reply("weekly_off"))
    possible = may_have_reflections(person.timing)
    return (SetReflections(wanted=True), Reply("weekly_on")) if possible else (Reply("weekly_not_here"),)


def _language(_person: SenderState, command: Command) -> tuple[Intention, ...]:
    wanted = command.language
    return (SetLanguage(wanted), Reply("language_set")) if wanted else (ForCoach(), Reply("question_received"))


def _time_or_score(person: SenderState, _command: Command) -> tuple[Intention, ...]:
    """Ask which was meant, and keep the question about the time open."""
    question = person.question or OpenQuestion("set_time")
    return (Ask(question.name, question.value), Reply("time_or_score"))


def _delete_data(_person: SenderState, _command: Command) -> tuple[Intention, ...]:
    return (ForCoach(), Reply("delete_requested"))

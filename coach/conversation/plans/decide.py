"""Answer a text about the sender's own plan: keep it, ask which step it is for, change it, end it. Pure."""

from coach.conversation.intentions import (
    AskPlan,
    ForCoach,
    Intention,
    KeepPlan,
    PlacePlan,
    RaiseFlag,
    Reply,
    WantPlans,
)
from coach.conversation.rules.check_in import answers_only
from coach.conversation.state import PlanTalk, State
from coach.understanding import Intent, Reading
from schedules.timing.local_time import WEDNESDAY

DANGEROUS = ("grave", "harm")
REFUSED = {"long": "plan_too_long"}


def answer_plan(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Answer what was said of a plan; an answer in the same text is recorded, but only the plan gets a reply."""
    talk = state.plan
    if talk is None or state.person is None:
        return None
    recorded = answers_only(state, reading) if reading.intent is Intent.CHECKIN else ()
    exclude = state.person.exclude
    if talk.wish:
        return (*recorded, *_wish(talk))
    return (*recorded, *(_plan(talk, talk.words, exclude) if talk.words else _place(talk, exclude)))


def _wish(talk: PlanTalk) -> tuple[Intention, ...]:
    if talk.wish == "off":
        return (WantPlans(None), Reply("plan_off"))
    if talk.wish == "private":
        return (*_wanting(talk, "private"), Reply("plan_private"))
    if talk.wish in ("on", "read") and talk.kept:
        return (Reply("plan_read", {"plan": talk.kept}),)
    if talk.wish == "read":  # who only asks for it has not asked for one
        return (Reply("plan_none"),)
    if talk.wanted is None:
        return (WantPlans("on"), AskPlan("plan"), Reply("plan_on"))
    return (AskPlan("plan"), Reply("plan_wanted"))


def _wanting(talk: PlanTalk, how: str) -> tuple[Intention, ...]:
    return (WantPlans(how), *((AskPlan("plan"),) if not talk.kept else ()))


def _plan(talk: PlanTalk, words: str, exclude: frozenset[str]) -> tuple[Intention, ...]:
    """Keep a plan; what may not stand in our texts goes to a coach, and what could be danger is flagged."""
    if talk.unfit:
        flag = (RaiseFlag("read"),) if talk.unfit in DANGEROUS else ()
        return (*flag, ForCoach(), AskPlan("plan"), Reply(REFUSED.get(talk.unfit, "plan_refused")))
    places = talk.places - exclude
    if len(places) == 1:
        [step] = places
        return (KeepPlan(words, step=step), Reply("plan_saved", {"step": step, "plan": words}))
    saved = KeepPlan(words, weekday=WEDNESDAY)
    return (saved, AskPlan("step"), Reply("plan_which", {"weekday": str(WEDNESDAY), "plan": words}))


def _place(talk: PlanTalk, exclude: frozenset[str]) -> tuple[Intention, ...]:
    places = talk.places - exclude
    if len(places) == 1:
        [step] = places
        return (PlacePlan(step=step), AskPlan(None), Reply("plan_for_step", {"step": step}))
    weekday = talk.weekday or WEDNESDAY
    return (PlacePlan(weekday=weekday), AskPlan(None), Reply("plan_for_day", {"weekday": str(weekday)}))

"""How templates put numbers, states and times into words."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import phonenumbers
from flask import Flask, request, url_for
from flask_security import current_user
from markupsafe import Markup

from coach.accounts.passwords import SHORTEST
from coach.adherence.days import LETTERS, Day, why_no_score
from coach.adherence.triage import NEW_NUMBER, STATUSES, in_short
from coach.alerts.calls import as_of_now
from coach.inbox.attention import Reach
from coach.summaries.formats import mean_in_words, percent, week_in_words, why_in_words
from coach.web.charts.night_strip import night_strip, trend_of
from coach.web.charts.share_bar import share_bar
from coach.web.charts.sparkline import sparkline
from coach.web.site import site
from content.wording import zone_name
from schedules.timing.local_time import zone

TAG_COLOURS = {
    **dict.fromkeys(("crisis", "urgent", "medical", "read", "worse"), "red"),
    **dict.fromkeys(("dead_number", "no_replies", "not_delivered", "slipping"), "yellow"),
    "on_track": "green",
    "new": "blue",
}
NIGHT_FROM, NIGHT_UNTIL = 22, 6
FLAGS = {"crisis": "Crisis", "urgent": "Urgent", "medical": "Medical", "read": "Please read"}

IMPORTS = {
    "waiting": "Waiting to be imported",
    "running": "Checking the file",
    "written": "Everyone is enrolled",
    "done": "Imported",
    "refused": "Nothing was imported",
    "cancelled": "Canceled: nothing was imported",
}

# The one next thing to do, by status: what home says beside the reason.
NEXT_ACTIONS = {
    "crisis": "Read their message (it may be about someone else), get help, then mark it as handled",
    "urgent": "Read their message, make sure they have help, then mark it as handled",
    "medical": "Answer their question or forward it to their clinician",
    "read": "Read their message and decide whether it needs an answer",
    "worse": "Ask how their nights are and whether anything has changed",
    "dead_number": "Ask which number they get texts on, then correct it or confirm it is right",
    "no_replies": "Text or call to ask whether the texts still work for them",
    "not_delivered": "Check their phone number with them another way",
}

LANGUAGES = {"en": "English", "es": "Spanish", "es-ES": "Spanish (Spain)"}
POLICIES = {
    "rotation": "In rotation",
    "micro-randomised": "At random, and on some evenings none",
    "adaptive": "At random, more often those that seem to help",
}

PERSON_MENU = {
    "step": "Swap tonight's step",
    "schedule": "Schedule a text",
    "pause": "Pause",
    "stop": "Stop all texts (they asked)",
    "number": "New phone number",
    "hand-over": "Hand over to a colleague",
}

# The exclusion tags whose ids do not read as words.
TAG_WORDS = {
    "anticoagulant": "blood thinners",
    "no_alcohol": "no alcohol use",
    "no_caffeine": "no caffeine use",
    "non_drinker": "no drinking, by choice",
    "recent_clot": "a recent blood clot",
    "unstable_bp": "unstable blood pressure",
}


def exclusion_words(id: str) -> str:
    """A step's or an exclusion tag's id as words: `fall_risk` as fall risk, `warm-bath` as warm bath."""
    return TAG_WORDS.get(id) or id.replace("_", " ").replace("-", " ")


def capitalize_first(words: str) -> str:
    """The first letter large, the others as they are."""
    return words[:1].upper() + words[1:]


def local_moment(at: datetime | None, time_zone: str) -> str:
    """`Sun, Nov 22, 8:00 pm (New York)`, or nothing."""
    if at is None:
        return ""
    local = at.astimezone(zone(time_zone))
    return f"{local:%a, %b} {local.day}, {clock(local)} ({zone_name(time_zone)})"


def clock(at: datetime | time) -> str:
    """`8:00 pm`."""
    return f"{(at.hour - 1) % 12 + 1}:{at.minute:02d} {'am' if at.hour < 12 else 'pm'}"


def local_clock(at: datetime, time_zone: str) -> str:
    """`8:00 pm`, where somebody lives."""
    return clock(at.astimezone(zone(time_zone)))


def at_night(at: datetime, time_zone: str) -> bool:
    """Whether it was night where somebody lives: from ten in the evening until six."""
    hour = at.astimezone(zone(time_zone)).hour
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


def local_date(at: datetime, time_zone: str) -> date:
    """The date of an instant where somebody lives."""
    return at.astimezone(zone(time_zone)).date()


def shown_phone(phone: str) -> str:
    """A number as people read it: `+1 415-555-0001`. What cannot be read stays as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return phone


def when_it_leaves(due_at: datetime, time_zone: str, now: datetime) -> str:
    """Say when a text of a coach's leaves, in the participant's own time."""
    if due_at <= now:
        return "Your text is on its way."
    local, today = due_at.astimezone(zone(time_zone)), now.astimezone(zone(time_zone)).date()
    days = {0: "today", 1: "tomorrow"}.get((local.date() - today).days, f"on {local:%a, %b} {local.day}")
    return f"Your text will leave {days} at {clock(local)} ({zone_name(time_zone)})."


def short_date(on: date) -> str:
    """`Nov 16`."""
    return f"{on:%b} {on.day}"


def dates_in_words(first: date, last: date) -> str:
    """`Nov 16–22`, or `Nov 30–Dec 6`."""
    return f"{short_date(first)}–{last.day if first.month == last.month else short_date(last)}"


def page_link(number: int) -> str:
    """The address of another page of the list that is shown."""
    given: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict(), "page": number}
    return url_for(request.endpoint or "home.index", **given)


def drawn(scores: Sequence[float | None], words: str, step: int = 4) -> Markup:
    """A sparkline as markup: its words are escaped where it is drawn."""
    return Markup(sparkline(scores, words, step))  # noqa: S704  (made of numbers, and of words that are escaped)


def bar(part: int, whole: int) -> Markup:
    """A share as a bar, its numbers on hover."""
    return Markup(share_bar(part, whole, percent(part, whole)))  # noqa: S704  (as above)


def strip(days: Sequence[Day]) -> Markup:
    """Fourteen nights as dots: its words are escaped where it is drawn."""
    return Markup(night_strip(days))  # noqa: S704  (as above)


def trend(days: Sequence[Day]) -> str:
    """The trend of the last fourteen nights in words."""
    found = trend_of([day.score for day in days])
    return f"{found.arrow} {found.words}".strip()


def duration(seconds: float) -> str:
    """A span in the largest unit that says enough: `40 seconds`, `7 minutes`, `3 hours`, `2 days`."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (seconds >= size and unit == "minute"):
            whole = round(seconds / size)
            return f"{whole} {unit}{'' if whole == 1 else 's'}"
    return f"{round(seconds)} seconds"


def own_time_zone() -> str | None:
    """The zone that the signed-in coach chose for themselves, if they did."""
    return getattr(current_user, "time_zone", None)


def public_address(as_asked: str, path: str) -> str:
    """An address for a mail: on PUBLIC_URL, whatever name this request used for us; as asked where there is none."""
    public_url = site().runtime.settings.public_url
    return public_url + path if public_url else as_asked


def read_as_of_now(why: str | None, reach: Reach | None) -> str | None:
    """Return how a text was read, with what stands now about calling them."""
    return as_of_now(why, reach.mark) if reach else why


def add_words(app: Flask) -> None:
    """Make them known to the templates."""
    app.jinja_env.filters.update(
        local_moment=local_moment,
        short_date=short_date,
        clock=clock,
        at_night=at_night,
        local_clock=local_clock,
        local_date=local_date,
        shown_phone=shown_phone,
        zone_name=zone_name,
        duration=duration,
        exclusion_words=exclusion_words,
        capitalize_first=capitalize_first,
        as_of_now=read_as_of_now,
    )
    app.jinja_env.globals.update(percent=percent, mean_in_words=mean_in_words, status_words=STATUSES, flag_words=FLAGS)
    app.jinja_env.globals.update(
        page_link=page_link, why_in_words=why_in_words, sparkline=drawn, letters=LETTERS, language_words=LANGUAGES
    )
    app.jinja_env.globals.update(night_strip=strip, trend_of=trend_of, in_short=in_short, week_in_words=week_in_words)
    app.jinja_env.globals.update(
        share_bar=bar, trend=trend, why_no_score=why_no_score, person_menu_items=PERSON_MENU, new_number=NEW_NUMBER
    )
    app.jinja_env.globals.update(import_words=IMPORTS, policy_words=POLICIES)
    app.jinja_env.globals.update(
        own_time_zone=own_time_zone,
        tag_colours=TAG_COLOURS,
        next_actions=NEXT_ACTIONS,
        public_address=public_address,
        shortest_password=SHORTEST,
        view_functions=app.view_functions,
    )

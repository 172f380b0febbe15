"""How templates put numbers, states and times into words."""

from datetime import datetime

from flask import Flask
from flask_security import current_user

from coach.summary_formats import mean_in_words, percent
from coach.triage import STATUSES
from content.wording import zone_name
from schedules.local_time import zone

TAG_COLOURS = {
    **dict.fromkeys(("crisis", "urgent", "medical", "worse"), "red"),
    **dict.fromkeys(("no_replies", "not_delivered", "slipping"), "yellow"),
    "on_track": "green",
    "new": "blue",
    "read": "blue",
}
FLAGS = {"crisis": "Crisis", "urgent": "Urgent", "medical": "Medical", "read": "Please read"}


def local_moment(at: datetime | None, time_zone: str) -> str:
    """`Sun 22 Nov, 20:00 (New York)`, or nothing."""
    if at is None:
        return ""
    return f"{at.astimezone(zone(time_zone)):%a %-d %b, %H:%M} ({zone_name(time_zone)})"


def own_time_zone() -> str | None:
    """The zone that the signed-in coach chose for themselves, if they did."""
    return getattr(current_user, "time_zone", None)


def add_words(app: Flask) -> None:
    """Make them known to the templates."""
    app.jinja_env.filters.update(local_moment=local_moment, zone_name=zone_name)
    app.jinja_env.globals.update(percent=percent, mean_in_words=mean_in_words, status_words=STATUSES, flag_words=FLAGS)
    app.jinja_env.globals.update(
        own_time_zone=own_time_zone, tag_colours=TAG_COLOURS, view_functions=app.view_functions
    )

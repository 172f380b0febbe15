"""Which pages lead where, and for whom. What a role may do is enforced by the pages and the queries, not here."""

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_security import current_user

from coach.web.language.told import told
from coach.web.sign_in.access import open_access

EVERYONE = ("coach", "lead", "researcher", "admin")
CARING = ("coach", "lead")


@dataclass(frozen=True, slots=True)
class Place:
    """One link of the navigation: shown to these roles, if the page exists."""

    endpoint: str
    words: str
    roles: tuple[str, ...] = EVERYONE


PLACES = (
    Place("home.index", "Home"),
    Place("inbox.index", "Inbox", CARING),
    Place("flags.index", "Flags", CARING),
    Place("participants.index", "Participants", CARING),
    Place("enrol.index", "Enroll", CARING),
    Place("poster.index", "Poster", ("lead", "admin")),
    Place("summary.index", "Weekly summary", CARING),
    Place("effects.index", "Effects", ("lead", "researcher", "admin")),
    Place("library.index", "Library"),
    Place("emergency.index", "Emergency access", ("admin",)),
    Place("log.index", "Audit log", ("lead", "admin")),
    Place("events.index", "Other systems", ("lead", "admin")),
    Place("admin.index", "Admin", ("admin",)),
    Place("operator.index", "Operator", ("admin",)),
    Place("phone.index", "Phones"),
)


def navigation() -> list[dict[str, object]]:
    """The links of this request, as the service navigation takes them."""
    return [
        {
            "text": told(place.words),
            "href": url_for(place.endpoint),
            "current": request.endpoint == place.endpoint,
            "active": request.blueprint == place.endpoint.partition(".")[0],
        }
        for place in PLACES
        if place.endpoint in current_app.view_functions and _is_for(place)
    ]


def _is_for(place: Place) -> bool:
    acts_as = {current_user.role} | ({"lead"} if open_access() is not None else set())
    return bool(acts_as & set(place.roles))


def add_navigation(app: Flask) -> None:
    """Make it known to the templates."""
    app.jinja_env.globals["navigation"] = navigation

"""The log: who saw, changed, exported or erased what. It can be read, never changed."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for

from coach.audit import Search
from coach.audit import search as search_log
from coach.web.sign_in.access import for_roles, own_zone, signed_in
from coach.web.site import site
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction
from schedules.timing.local_time import instant_of

log = Blueprint("log", __name__, url_prefix="/log")
SHOWN = 50


@log.get("/")
@for_roles("lead", "admin")
def index() -> str:
    """A page of it, newest first."""
    wanted = {name: request.args.get(name, "").strip()[:254] for name in ("who", "what", "about", "from", "until")}
    with read_transaction(site().runtime.engine) as connection:
        zone = own_zone(connection)
        search = Search(
            wanted["who"],
            wanted["what"],
            wanted["about"],
            _midnight(wanted["from"], zone),
            _midnight(wanted["until"], zone, after=1),
        )
        found = search_log(connection, signed_in().audit_events, search, request.args.get("page", 1, number), SHOWN)
    return render_template("log.html", found=found, wanted=wanted, zone=zone, link=_link)


def _midnight(typed: str, zone: str, after: int = 0) -> datetime | None:
    """The beginning of a date, or of the day after it; None if it is no date."""
    try:
        return instant_of(date.fromisoformat(typed) + timedelta(days=after), time(0), zone)
    except (ValueError, OverflowError):
        return None


def _link(page: int) -> str:
    return url_for("log.index") + "?" + urlencode(request.args.to_dict() | {"page": str(page)})

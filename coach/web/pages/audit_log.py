"""The log: who saw, changed, exported or erased what. It can be read, never changed."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import ColumnElement, func, select, true

from coach.database.tables import AuditEvent
from coach.web.sign_in.signed_in import own_zone
from coach.web.sign_in.viewer import for_roles, viewer
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
    page = max(1, request.args.get("page", 1, number))
    with read_transaction(site().runtime.engine) as connection:
        zone = own_zone(connection)
        where = _in_reach(), *_conditions(wanted, zone)
        total = connection.execute(select(func.count()).select_from(AuditEvent).where(*where)).scalar_one()
        pages = max(1, -(-total // SHOWN))
        page = min(page, pages)
        events = connection.execute(
            select(AuditEvent.at, AuditEvent.actor, AuditEvent.action, AuditEvent.subject, AuditEvent.detail)
            .where(*where)
            .order_by(AuditEvent.id.desc())
            .limit(SHOWN)
            .offset((page - 1) * SHOWN)
        ).all()
    return render_template(
        "log.html", events=events, wanted=wanted, page=page, pages_in_all=pages, total=total, zone=zone, link=_link
    )


def _in_reach() -> ColumnElement[bool]:
    """The clinic's own events; all of them for an admin of the whole installation."""
    mine = viewer().clinic_id
    return AuditEvent.clinic_id == mine if mine is not None else true()


def _conditions(wanted: dict[str, str], zone: str) -> list[ColumnElement[bool]]:
    found = []
    if wanted["who"]:
        found.append(AuditEvent.actor == wanted["who"])
    if wanted["what"]:
        found.append(AuditEvent.action == wanted["what"])
    if wanted["about"]:
        found.append(AuditEvent.subject == wanted["about"])
    if (start := _midnight(wanted["from"], zone)) is not None:
        found.append(AuditEvent.at >= start)
    if (end := _midnight(wanted["until"], zone, after=1)) is not None:
        found.append(AuditEvent.at < end)
    return found


def _midnight(typed: str, zone: str, after: int = 0) -> datetime | None:
    """The beginning of a date, or of the day after it; None if it is no date."""
    try:
        return instant_of(date.fromisoformat(typed) + timedelta(days=after), time(0), zone)
    except (ValueError, OverflowError):
        return None


def _link(page: int) -> str:
    return url_for("log.index") + "?" + urlencode(request.args.to_dict() | {"page": str(page)})

"""Colleagues by name: templates say `email | named` wherever they show an account."""

from flask import Flask, g

from coach.accounts.staff.leave import StaffLeave, load_leave
from coach.accounts.staff.names import load_names
from coach.web.sign_in.access import signed_in
from coach.web.site import site
from coach.web.template_filters import short_date
from schedules.database.engine import read_transaction


def named(email: str | None) -> str:
    """What colleagues call the owner of an address: their name, the address itself where they have given none."""
    if not email or "@" not in email:  # nobody, a command, a key of another system
        return email or ""
    if "staff_names" not in g:
        with read_transaction(site().runtime.engine) as connection:
            g.staff_names = load_names(connection, signed_in().clinic_id)
    return str(g.staff_names.get(email, email))


def staff_leave() -> list[StaffLeave]:
    """The leave of the clinic's staff that has begun."""
    if "staff_leave" not in g:
        runtime = site().runtime
        with read_transaction(runtime.engine) as connection:
            known = load_leave(connection, signed_in().clinic_id, runtime.now())
        g.staff_leave = [one for one in known if one.begun]
    return list(g.staff_leave)


def with_leave(email: str) -> str:
    """A colleague to choose from a list: by name, and until when they are on leave."""
    leave = next((one for one in staff_leave() if one.coach == email), None)
    return f"{named(email)} (on leave through {short_date(leave.last_on)})" if leave else named(email)


def add_staff_names(app: Flask) -> None:
    """Make them known to the templates."""
    app.jinja_env.filters.update(named=named, with_leave=with_leave)
    app.jinja_env.globals["staff_leave"] = staff_leave

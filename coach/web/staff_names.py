"""Colleagues by name: templates say `email | named` wherever they show an account."""

from flask import Flask, g

from coach.accounts.staff.names import load_names
from coach.web.sign_in.access import signed_in
from coach.web.site import site
from schedules.database.engine import read_transaction


def named(email: str | None) -> str:
    """What colleagues call the owner of an address: their name, the address itself where they have given none."""
    if not email or "@" not in email:  # nobody, a command, a key of another system
        return email or ""
    if "staff_names" not in g:
        with read_transaction(site().runtime.engine) as connection:
            g.staff_names = load_names(connection, signed_in().clinic_id)
    return str(g.staff_names.get(email, email))


def add_staff_names(app: Flask) -> None:
    """Make it known to the templates."""
    app.jinja_env.filters["named"] = named

"""Who is signed in, what they may see, and the guard that every page of a coach stands behind."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, abort, g
from flask_security import auth_required, current_user
from sqlalchemy import Connection

from coach.accounts.break_glass import OpenAccess, find_open_access
from coach.accounts.clinics import time_zone_of
from coach.accounts.sign_ins import ROLES
from coach.accounts.signed_in import SignedIn
from coach.accounts.staff.leave import find_covered
from coach.web.site import site
from schedules.database.engine import read_transaction
from schedules.enrolment.roster_file import LONGEST_SOURCE

CARING = ("coach", "lead")
P = ParamSpec("P")
R = TypeVar("R")


def signed_in() -> SignedIn:
    """Return who acts in this request; only behind `for_roles`.

    An admin with emergency access acts as a lead of that clinic, on the pages that are not for admins.
    """
    acting: SignedIn | None = g.get("acting")
    return acting or own_account()


def own_account() -> SignedIn:
    """Return the account of this request as it is; a coach with those for whom they stand in."""
    covered = _covered() if current_user.role == "coach" else ()
    return SignedIn(current_user.id, current_user.email, current_user.role, current_user.clinic_id, covered)


def _covered() -> tuple[int, ...]:
    if "covered" not in g:
        runtime = site().runtime
        with read_transaction(runtime.engine) as connection:
            g.covered = find_covered(connection, current_user.id, runtime.now())
    return cast(tuple[int, ...], g.covered)


def open_access() -> OpenAccess | None:
    """Return the open emergency access of this request's account."""
    if not current_user.is_authenticated or current_user.role != "admin":
        return None
    if "open_access" not in g:
        runtime = site().runtime
        with read_transaction(runtime.engine) as connection:
            g.open_access = find_open_access(connection, own_account(), runtime.now())
    return cast(OpenAccess | None, g.open_access)


def may_act_as(*roles: str) -> bool:
    """Whether the account has one of these roles, or emergency access, by which this request acts as a lead."""
    if current_user.role in roles:
        return True
    access = open_access() if "lead" in roles else None
    if access is not None:
        g.acting = SignedIn(current_user.id, current_user.email, "lead", access.clinic_id)
    return access is not None


def told_to(coach: SignedIn) -> str:
    """Return the source of a consent that somebody gave to a coach."""
    return f"told {coach.email}"[:LONGEST_SOURCE]


def for_roles(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A page for these roles (without any: for everyone who is signed in); 403 for the others."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if roles and not may_act_as(*roles):
                abort(403)
            return view(*args, **kwargs)

        return auth_required("session")(guarded)  # type: ignore[no-any-return]  # the library is not typed

    return guard


caring = for_roles(*CARING)


def add_access(app: Flask) -> None:
    """Tell the templates who acts, and of an open emergency access."""
    app.jinja_env.globals.update(acting_role=lambda: signed_in().role, open_access=open_access)


def own_zone(connection: Connection) -> str:
    """Return the time zone the account reads by: its own, else its clinic's."""
    own = getattr(current_user, "time_zone", None)
    return own or time_zone_of(connection, signed_in().clinic_id)

"""Who is signed in, what they may see, and the guard that every page of a coach stands behind."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort
from flask_security import auth_required, current_user
from sqlalchemy import Connection

from coach.accounts.clinics import time_zone_of
from coach.accounts.sign_ins import ROLES
from coach.accounts.signed_in import SignedIn
from schedules.enrolment.roster_file import LONGEST_SOURCE

CARING = ("coach", "lead", "admin")
P = ParamSpec("P")
R = TypeVar("R")


def signed_in() -> SignedIn:
    """Return the account of this request; only behind `for_roles`."""
    return SignedIn(current_user.id, current_user.email, current_user.role, current_user.clinic_id)


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
            if roles and current_user.role not in roles:
                abort(403)
            return view(*args, **kwargs)

        return auth_required("session")(guarded)  # type: ignore[no-any-return]  # the library is not typed

    return guard


caring = for_roles(*CARING)


def own_zone(connection: Connection) -> str:
    """Return the time zone the account reads by: its own, else its clinic's."""
    own = getattr(current_user, "time_zone", None)
    return own or time_zone_of(connection, signed_in().clinic_id)

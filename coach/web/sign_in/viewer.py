"""Who is signed in, what they may see, and the guard that every page of a coach stands behind."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort
from flask_security import auth_required, current_user
from sqlalchemy import ColumnElement

from coach.accounts.scope import audit_events_of, clinics_of, imports_of, scope_of_coach
from coach.accounts.sign_ins import ROLES

CARING = ("coach", "lead", "admin")
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Viewer:
    """The sign-in of this request. `clinic_id` is empty only for an admin of the whole installation."""

    id: int
    email: str
    role: str
    clinic_id: int | None

    @property
    def scope(self) -> ColumnElement[bool]:
        """The participants they may see, as a condition on `Participant`."""
        return scope_of_coach(self.role, self.id, self.clinic_id)

    @property
    def clinics(self) -> ColumnElement[bool]:
        """The clinics they may see, as a condition on `Clinic`."""
        return clinics_of(self.role, self.clinic_id)

    @property
    def imports(self) -> ColumnElement[bool]:
        """The roster imports they may see, as a condition on `RosterImport`."""
        return imports_of(self.role, self.id, self.clinic_id)

    @property
    def audit_events(self) -> ColumnElement[bool]:
        """The part of the audit log they may see, as a condition on `AuditEvent`."""
        return audit_events_of(self.clinic_id)


def viewer() -> Viewer:
    """Whoever is signed in; only behind `for_roles`."""
    return Viewer(current_user.id, current_user.email, current_user.role, current_user.clinic_id)


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

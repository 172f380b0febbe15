"""The person who acts: who they are, and what their role lets them see."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_

from coach.accounts.scope import OPERATES, audit_events_of, clinics_of, imports_of, scope_of_coach
from coach.audit import COMMAND_LINE

LEADING = ("lead",)  # they also see texts from numbers that belong to no participant


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that reads or changes something. `clinic_id` is None only for an admin of the whole installation.

    `covered` are the colleagues on leave for whom they stand in.
    """

    id: int
    email: str
    role: str
    clinic_id: int | None
    covered: tuple[int, ...] = ()

    @property
    def scope(self) -> ColumnElement[bool]:
        """The participants they may see, as a condition on `Participant`."""
        return scope_of_coach(self.role, self.id, self.clinic_id, self.covered)

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

    @property
    def sees_unknown(self) -> bool:
        """Whether they see texts from numbers that belong to no participant."""
        return self.role in (*LEADING, OPERATES)

    def may_see(self, participant_id: Any) -> ColumnElement[bool]:
        """A condition for rows, by their participant column, that they may see."""
        return or_(self.scope, participant_id.is_(None)) if self.sees_unknown else self.scope


OPERATOR = SignedIn(0, COMMAND_LINE, OPERATES, None)  # whoever runs the commands

"""The tables of a roster import: the import as a whole, and its staged rows.

See `schedules.database.tables` for the conventions, `schedules.enrolment.roster_apply` for the process.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base, EncryptedJson, EncryptedText


class RosterImport(Base):
    """One roster import, from the moment it is confirmed.

    `state`: docs/reference/statuses.md. `file` is what was uploaded on a page, so that any worker can start over; a
    command has its own file and leaves it NULL. `clinic_name` names a clinic that is created with the import. `own`
    assigns new people to the importing coach. `rows` counts the people in the file, `checked` those processed so far,
    and `meanwhile` those whom somebody else enrolled between preview and import. `errors` may quote cells. `tries`
    counts how often a worker started it. `claimed_by` and its lease say who is working on it.
    """

    __tablename__ = "roster_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int | None] = reference("clinic.id")
    clinic_name: Mapped[str | None] = mapped_column(String(120))
    coach_id: Mapped[int | None] = reference("coach_account.id")
    actor: Mapped[str | None] = mapped_column(String(254))
    confirmed: Mapped[bool]
    own: Mapped[bool]
    file: Mapped[str | None] = mapped_column(EncryptedText)
    state: Mapped[str] = mapped_column(String(10))
    rows: Mapped[int] = mapped_column(server_default="0")
    checked: Mapped[int] = mapped_column(server_default="0")
    created: Mapped[int] = mapped_column(server_default="0")
    updated: Mapped[int] = mapped_column(server_default="0")
    ignored: Mapped[int] = mapped_column(server_default="0")
    meanwhile: Mapped[int] = mapped_column(server_default="0")
    errors: Mapped[Any | None] = mapped_column(EncryptedJson)
    tries: Mapped[int] = mapped_column(server_default="0")
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    lease_until_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'running', 'written', 'done', 'refused', 'cancelled')", name="state_known"
        ),
        Index(
            "ix_roster_import_open",
            "id",
            postgresql_where=text("state IN ('waiting', 'running', 'written')"),
            sqlite_where=text("state IN ('waiting', 'running', 'written')"),
        ),
    )


class RosterRow(Base):
    """One staged person of a roster; a NULL column leaves the existing value.

    `participant_id` and `enrolment_id` refer to a known participant, and `seen_*` hold the values it was decided from:
    if those have changed, it is decided again. There are no foreign keys, so that a person erased meanwhile is simply
    not found.
    """

    __tablename__ = "roster_row"
    import_id: Mapped[int] = mapped_column(ForeignKey("roster_import.id"), primary_key=True, autoincrement=False)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(String(8))
    number_hash: Mapped[str] = mapped_column(String(64))
    participant_id: Mapped[int | None]
    enrolment_id: Mapped[int | None]
    seen_status: Mapped[str | None] = mapped_column(String(10))
    seen_due_at: Mapped[datetime | None]
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    first_name: Mapped[str | None] = mapped_column(EncryptedText)
    language: Mapped[str | None] = mapped_column(String(8))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    coach_id: Mapped[int | None]
    programme: Mapped[str | None] = mapped_column(String(40))
    cadence: Mapped[str | None] = mapped_column(String(20))
    policy: Mapped[str | None] = mapped_column(String(20))
    policy_since_at: Mapped[datetime | None]
    status: Mapped[str | None] = mapped_column(String(10))
    starts_on: Mapped[date | None]
    evening_at: Mapped[time | None]
    bedtime_at: Mapped[time | None]
    exclude: Mapped[list[Any] | None]
    tags: Mapped[list[Any] | None]
    roster: Mapped[dict[str, Any] | None]
    next_due_at: Mapped[datetime | None]
    next_due_on: Mapped[date | None]
    next_slot: Mapped[str | None] = mapped_column(String(20))
    consent_source: Mapped[str | None] = mapped_column(String(120))
    consent_at: Mapped[datetime | None]
    randomised_source: Mapped[str | None] = mapped_column(String(120))

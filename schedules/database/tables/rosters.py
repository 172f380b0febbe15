"""The tables of a roster on its way in: the import as a whole, and its rows as they will be written.

See `schedules.database.tables` for the conventions, `schedules.enrolment.roster_apply` for the way.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base, EncryptedJson, EncryptedText


class RosterImport(Base):
    """One roster, from the moment at which somebody says "write it".

    `state`: docs/reference/statuses.md. `file` is what was uploaded on a page, so that any worker can begin again;
    a command has its own and leaves it empty. `clinic_name` is of a clinic that is made with the import. `own` says
    that whoever is new becomes the coach's own participant. `rows` are the people of the file, `checked` how far it
    is; `meanwhile` counts those whom somebody else enrolled between the preview and the writing. `errors` may quote
    cells. `tries` counts how often it was begun by a worker. `claimed_by` and its lease: whose work it is right now.
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
    """One person of a roster as they will be written; an empty column leaves what is there.

    `participant_id` and `enrolment_id` are of whom we know already, and `seen_*` what they were when it was decided:
    if that has changed, it is decided anew. No foreign keys: whoever is erased meanwhile is simply no longer found.
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
    status: Mapped[str | None] = mapped_column(String(10))
    starts_on: Mapped[date | None]
    evening_at: Mapped[time | None]
    bedtime_at: Mapped[time | None]
    exclude: Mapped[list[Any] | None]
    roster: Mapped[dict[str, Any] | None]
    next_due_at: Mapped[datetime | None]
    next_due_on: Mapped[date | None]
    next_slot: Mapped[str | None] = mapped_column(String(20))
    consent_source: Mapped[str | None] = mapped_column(String(120))
    consent_at: Mapped[datetime | None]

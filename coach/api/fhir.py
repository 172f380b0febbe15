"""One participant as FHIR R4: by their id, without name, number and bodies, as the rest of the interface."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, select

from coach.api.shapes import Shape
from coach.export.fhir.codes import definitions, step_titles
from coach.export.fhir.resources import PersonRows, resources_of
from coach.export.fhir.write_fhir import load_people
from coach.export.table_rows import ExportContext, last_instant
from content.catalogue import Catalogue
from schedules.database.tables.people import Participant


class Entry(Shape):
    """One resource of the bundle."""

    full_url: str = Field(serialization_alias="fullUrl")
    resource: dict[str, object]


class Bundle(Shape):
    """A FHIR bundle of type searchset: the Patient first, then everything that refers to it."""

    resource_type: str = Field(default="Bundle", serialization_alias="resourceType")
    type: str = "searchset"
    total: int
    entry: list[Entry]


def load_everything(
    connection: Connection,
    participant_id: int,
    scope: ColumnElement[bool],
    catalogue: Catalogue,
    now: datetime,
    base: str,
) -> Bundle | None:
    """Return everything about a participant; None outside the scope."""
    mine = (Participant.id == participant_id, Participant.erased_at.is_(None), scope)
    clinic_id = connection.execute(select(Participant.clinic_id).where(*mine)).scalar()
    as_of = last_instant(connection, clinic_id) if clinic_id is not None else None
    context = ExportContext(connection, catalogue, as_of or now)
    people = list(load_people(context, [participant_id], None, named=False)) if clinic_id is not None else []
    return _bundle(people[0], step_titles(catalogue), base) if people else None


def _bundle(rows: PersonRows, titles: Mapping[str, str], base: str) -> Bundle:
    found = resources_of(rows, titles) | definitions(titles)
    entries = [
        Entry(full_url=f"{base}/{name}/{one['id']}", resource=one)
        for name, resources in found.items()
        for one in resources
    ]
    return Bundle(total=len(entries), entry=entries)

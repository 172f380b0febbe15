"""Who of a clinic has reviewed a text of the library. A review is of one version: an edited text asks for another."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from content.catalogue import Catalogue
from schedules.database.tables.clinics import TextReview

LONGEST_REVIEWER = 120
TextKey = tuple[str, str, int]  # id, language, version


class ReviewError(ValueError):
    """A review cannot be recorded; the message says why and what to do."""


def record_review(
    connection: Connection,
    clinic_id: int,
    catalogue: Catalogue,
    text: tuple[str, str],
    reviewer: str,
    reviewed_on: date,
    now: datetime,
) -> int:
    """Record a review of the current version of a text, given by id and language. Returns the version.

    Raises:
        ReviewError: there is no such text, no reviewer, or the date is still to come.
    """
    found = next((one for one in catalogue.all_texts() if (one.id, one.language) == text), None)
    if found is None:
        raise ReviewError(f"There is no text {text[0]} in '{text[1]}': `coach content list` names them.")
    if not 0 < len(reviewer.strip()) <= LONGEST_REVIEWER:
        raise ReviewError(f"Say who reviewed it, in at most {LONGEST_REVIEWER} characters.")
    if reviewed_on > now.date():
        raise ReviewError(f"{reviewed_on} is still to come: give the day on which it was reviewed.")
    connection.execute(
        insert(TextReview).values(
            clinic_id=clinic_id,
            text_id=found.id,
            language=found.language,
            version=found.version,
            reviewer=reviewer.strip(),
            reviewed_on=reviewed_on,
            created_at=now,
        )
    )
    return found.version


def load_reviews(connection: Connection, clinic_id: int) -> Mapping[TextKey, tuple[str, date]]:
    """Return who reviewed each version of a text for a clinic, and when."""
    columns = (TextReview.text_id, TextReview.language, TextReview.version, TextReview.reviewer, TextReview.reviewed_on)
    rows = connection.execute(select(*columns).where(TextReview.clinic_id == clinic_id).order_by(TextReview.id))
    return {(id, language, version): (reviewer, on) for id, language, version, reviewer, on in rows}

"""Reads one text, and the [review] table of a file of texts."""

from dataclasses import dataclass, replace
from datetime import date

from content.entries import Problem, Text
from content.fields import Fields, Place, open_fields


@dataclass(frozen=True)
class Review:
    """Who reviewed the texts of a file and when, unless a text specifies otherwise."""

    reviewer: str
    reviewed_on: date


def read_text(fields: Fields, name: str, review: Review, text: Text) -> Text:
    """Read one text, a plain string or a table, over the outline `text`."""
    plain = fields.table.get(name)
    own = fields.section(name) if isinstance(plain, dict) else None
    source = own or Fields(fields.file, fields.key, {}, fields.problems)
    found = replace(
        text,
        body=own.words("body") if own else fields.words(name),
        version=source.whole("version", default=1, least=1),
        reviewer=source.words("reviewer", default=review.reviewer),
        reviewed_on=source.day("reviewed_on", default=review.reviewed_on),
        exclude=source.names("exclude", default=()) if text.strategy else (),
    )
    if own:
        own.finish()
    return found


def open_texts(place: Place, name: str, problems: list[Problem]) -> tuple[Fields, Review]:
    """Open a file of texts: its fields, and its checked [review] table."""
    fields = open_fields(place, name, problems)
    section = fields.section("review")
    review = Review(section.words("reviewer"), section.day("reviewed_on"))
    section.finish()
    return fields, review

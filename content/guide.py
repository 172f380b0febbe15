"""What happened to every heading of the guide: texted, left to coaches, or refused with the reason."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast

from content.entries import CatalogueError, Problem
from content.fields import Fields, Place, open_fields

FILE = "guide.toml"
Use = Literal["texted", "coach-only", "refused"]


@dataclass(frozen=True)
class GuideHeading:
    """One heading or list item of the guide ("heading: item").

    Attributes:
        strategies: the strategies that text it; empty unless `use` is "texted".
        reason: why it is used in this way, in one sentence.
    """

    guide: str
    use: Use
    strategies: tuple[str, ...]
    reason: str


def guide_headings(directory: Path | None = None) -> tuple[GuideHeading, ...]:
    """Load all headings, in the guide's order.

    Raises:
        CatalogueError: the file is missing or malformed.
    """
    place: Place = directory or files("content")
    problems: list[Problem] = []
    fields = open_fields(place, FILE, problems)
    found = tuple(_read(entry) for entry in fields.tables("heading"))
    fields.finish()
    if problems:
        raise CatalogueError(tuple(problems))
    return found


def _read(fields: Fields) -> GuideHeading:
    use = cast(Use, fields.one_of("use", ("texted", "coach-only", "refused")))
    found = GuideHeading(fields.words("guide"), use, fields.names("strategies", default=()), fields.words("reason"))
    fields.finish()
    if (found.use == "texted") != bool(found.strategies):
        fields.complain("strategies", "must name a strategy when the heading is texted, and none otherwise")
    return found

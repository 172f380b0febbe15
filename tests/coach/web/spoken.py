"""What a page says, node by node, without the words that people typed and the names of people and things."""

import re
from html.parser import HTMLParser

from sqlalchemy import select

from coach.accounts.staff.names import load_names
from coach.inbox.ready_answers import load_ready_answers
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.people import Participant

VOID = ("meta", "link", "img", "input", "br", "hr", "progress")
TOLD_BY_ATTRIBUTES = ("aria-label", "placeholder", "title", "alt")
TYPED = re.compile(r"\b(?:words|id|account|texts)\b")  # classes of what somebody wrote, and of names


class Nodes(HTMLParser):
    """Collects text nodes and attributes that are read, but for scripts, code, other languages and typed words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [value for name in TOLD_BY_ATTRIBUTES if (value := given.get(name))]
        zones = tag == "select" and given.get("name") == "time_zone"  # identifiers, and names of places
        aside = tag in ("script", "style", "code") or (tag != "html" and "lang" in given) or zones
        if tag not in VOID:
            self._open.append((tag, aside or bool(TYPED.search(given.get("class") or ""))))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(aside for _, aside in self._open) and (words := " ".join(data.split())):
            self.found.append(words)


def nodes_of(html: str) -> list[str]:
    nodes = Nodes()
    nodes.feed(html)
    return nodes.found


def names_in(runtime: Runtime) -> list[str]:
    """The names of people and things in an installation, the longest first."""
    with read_transaction(runtime.engine) as connection:
        found = [name for name in connection.execute(select(Participant.first_name)).scalars() if name]
        found += connection.execute(select(Clinic.name)).scalars()
        found += connection.execute(select(CoachAccount.email)).scalars()
        clinics = [*connection.execute(select(Clinic.id)).scalars()]
        for clinic_id in clinics:
            found += load_names(connection, clinic_id).values()
        found += [one.name for ready in load_ready_answers(connection, clinics).values() for one in ready]
        found += [contact for contact in connection.execute(select(Clinic.contact)).scalars() if contact]
    return sorted({*found, "RLS Coach"}, key=len, reverse=True)

"""Find words in what people wrote. Texts are encrypted at rest, so the latest are decrypted here and compared.

Upper and lower case and accents make no difference. `Found.covers_from` says how far back was looked.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from coach.accounts.signed_in import SignedIn
from coach.database.tables import InboundReply
from schedules.database.tables.people import Participant
from schedules.database.types import readable

MOST = 4000  # texts that are decrypted for one search: about a quarter of a second
LOOKS_BACK = timedelta(days=180)
SHOWN = 50
LONGEST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """A text with the words in it: the parts before, of, and after them."""

    reply_id: int
    participant_id: int | None
    name: str | None
    time_zone: str
    received_at: datetime
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True)
class Found:
    """The hits, latest first, how many there were in all, and what was looked at: so many texts since `covers_from`."""

    hits: Sequence[Hit]
    total: int
    looked_at: int
    covers_from: datetime | None


def search_texts(connection: Connection, coach: SignedIn, words: str, now: datetime) -> Found:
    """Search the latest texts of everyone whom the coach may see."""
    sought = " ".join(fold(words).split())
    rows = connection.execute(
        select(
            InboundReply.id,
            InboundReply.participant_id,
            readable(Participant.first_name),
            Participant.time_zone,
            InboundReply.received_at,
            readable(InboundReply.body, ""),
        )
        .outerjoin(Participant, Participant.id == InboundReply.participant_id)
        .where(coach.may_see(InboundReply.participant_id), InboundReply.received_at > now - LOOKS_BACK)
        .order_by(InboundReply.received_at.desc(), InboundReply.id.desc())
        .limit(MOST)
    ).all()
    hits = [hit for row in rows if (hit := _hit(row, sought))] if sought else []
    return Found(hits[:SHOWN], len(hits), len(rows), rows[-1].received_at if rows else None)


def _hit(row: Any, sought: str) -> Hit | None:
    body = " ".join(row.body.split())
    start = fold(body).find(sought)
    if start < 0:
        return None
    end = start + len(sought)
    about = (row.id, row.participant_id, row.first_name, row.time_zone or "UTC", row.received_at)
    return Hit(*about, body[:start], body[start:end], body[end:])


def fold(text: str) -> str:
    """Lower case without accents, letter for letter, so that places in it are places in the text."""
    return "".join(_plain(letter) for letter in text)


def _plain(letter: str) -> str:
    lower = unicodedata.normalize("NFKD", letter)[:1].lower()
    return lower if len(lower) == 1 else letter

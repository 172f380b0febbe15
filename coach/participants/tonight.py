"""Tonight's step as a person's page shows it: the text if it is decided, else when it will be chosen. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from coach.inbox.thread import KINDS, ThreadEntry
from coach.participants.actions.choose_step import NextStep
from schedules.timing.local_time import local_date_of


@dataclass(frozen=True, slots=True)
class Tonight:
    """The step of an evening. `text` is the text itself; `became` what became of it, None before it is decided.

    `step` is the step that a coach chose. Without one, and before it is decided, the program chooses it `at`.
    """

    on: date
    at: datetime
    text: str | None = None
    became: str | None = None
    step: str | None = None


def tonight_of(bubbles: Sequence[ThreadEntry], coming: NextStep | None, time_zone: str, today: date) -> Tonight | None:
    """Return today's step if there is one, decided or not, else the next; None for somebody who is not texted."""
    for bubble in reversed(bubbles):
        if bubble.label == KINDS["nudge"] and local_date_of(bubble.at, time_zone) == today:
            return Tonight(today, bubble.at, bubble.body, bubble.became)
    if coming is None:
        return None
    return Tonight(coming.on, coming.at, coming.words, None, coming.chosen)

"""Decide when a digest is due, and compose it. Pure.

Digests hold ids only: no names, phone numbers or figures about a single person. Details are behind the sign-in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from coach.adherence.counts import Counts
from coach.adherence.triage import Summary
from coach.summaries.formats import percent

MORNING = time(7)
LONGEST_LIST = 40
# Statuses that are listed, worst first, in words fit for a mailbox. Participants who have stopped need no coach.
LISTED: Mapping[str, str] = {
    "crisis": "crisis, not yet acknowledged",
    "urgent": "urgent sign, not yet acknowledged",
    "medical": "medical question, not yet answered",
    "read": "an answer a person must read, not yet seen",
    "worse": "legs worse than in the weeks before",
    "dead_number": "their number cannot be texted",
    "no_replies": "no answers",
    "not_delivered": "texts not delivered",
    "slipping": "few steps done",
}

Kind = Literal["weekly", "daily", "nag"]
CALM = "All good! No flag, no long silence, no clearly worse legs."


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that is due: its kind, and the week or date that makes it unique."""

    kind: Kind
    period: str


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """The input of a digest. `before` has the totals of earlier weeks, latest first; `next_on` is the next digest."""

    due: Due
    first: date
    last: date
    summaries: Sequence[Summary]
    before: Sequence[tuple[str, Counts]]
    next_on: date | None
    home_url: str
    unsubscribe_url: str


@dataclass(frozen=True, slots=True)
class Digest:
    """A composed digest, for both plain text and HTML."""

    subject: str
    heading: str
    listed: tuple[tuple[int, str], ...]
    more: int
    everyone: tuple[tuple[str, str], ...]
    before: tuple[tuple[str, str, str], ...]
    next_words: str
    home_url: str
    unsubscribe_url: str


def digests_due(preference: str, local_now: datetime, last_week: str) -> list[Due]:
    """Return the digests that a coach should have received by now, in their own time zone.

    The weekly one is due on Monday at seven, and still goes out on Tuesday if nothing could be sent on Monday. The
    daily one is due every other morning.
    """
    if preference == "off" or local_now.time() < MORNING:
        return []
    weekday = local_now.isoweekday()
    weekly = [Due("weekly", last_week)] if weekday <= 2 else []
    daily = [Due("daily", local_now.date().isoformat())] if preference == "daily" and weekday > 1 else []
    return weekly + daily


def nag_due(opened: Sequence[datetime], local_now: datetime) -> Due | None:
    """Return the daily reminder of flags that were open at seven this morning. It ignores the digest preference."""
    seven = datetime.combine(local_now.date(), MORNING, local_now.tzinfo)
    if local_now < seven or not any(at < seven for at in opened):
        return None
    return Due("nag", local_now.date().isoformat())


def next_digest_on(preference: str, today: date) -> date | None:
    """Return the date of the next digest after today's, or None."""
    if preference == "off":
        return None
    return today + timedelta(days=1) if preference == "daily" else today + timedelta(days=8 - today.isoweekday())


def compose_digest(facts: DigestFacts) -> Digest:
    """Compose a digest from its facts."""
    order = list(LISTED)
    listed = sorted(
        (order.index(one.judgement.status), one.participant_id)
        for one in facts.summaries
        if one.judgement.status in LISTED
    )
    counts = sum((one.counts for one in facts.summaries), Counts())
    days = f"{facts.first.day} {facts.first:%B} to {facts.last.day} {facts.last:%B %Y}"
    whole = "Your week" if facts.due.kind == "weekly" else "This week so far"
    verdict = f"{len(listed)} of {len(facts.summaries)} need you" if listed else "All good!"
    on = facts.next_on
    return Digest(
        subject=f"{whole}: {verdict}",
        heading=f"{whole}, {days}",
        listed=tuple((id, LISTED[order[rank]]) for rank, id in listed[:LONGEST_LIST]),
        more=max(0, len(listed) - LONGEST_LIST),
        everyone=_totals(len(facts.summaries), counts),
        before=tuple(_rates(week, one) for week, one in facts.before),
        next_words=f"The next summary comes on {on:%A} {on.day} {on:%B}." if on else "",
        home_url=facts.home_url,
        unsubscribe_url=facts.unsubscribe_url,
    )


def _totals(people: int, counts: Counts) -> tuple[tuple[str, str], ...]:
    return (
        ("Participants", str(people)),
        ("Answered", percent(counts.answered, counts.prompted)),
        ("Steps done, of those asked", percent(counts.done, counts.steps_asked)),
        ("Not delivered", str(counts.undelivered)),
        ("Not asked", str(counts.not_prompted)),
    )


def _rates(week: str, counts: Counts) -> tuple[str, str, str]:
    return week, percent(counts.answered, counts.prompted), percent(counts.done, counts.steps_asked)


def as_plain_text(digest: Digest) -> str:
    """Return the plain-text version of the mail."""
    lines = [digest.heading, ""]
    lines += [f"Participant {id}: {words}" for id, words in digest.listed] or [CALM]
    if digest.more:
        lines.append(f"and {digest.more} more")
    lines += ["", *(f"{name}: {value}" for name, value in digest.everyone)]
    if digest.before:
        lines += ["", "Weeks before: answered; steps done"]
        lines += [f"{week}: {answered}; {done}" for week, answered, done in digest.before]
    lines += ["", f"See it (you will be asked to sign in): {digest.home_url}", "", digest.next_words]
    lines += [f"Unsubscribe from these summaries: {digest.unsubscribe_url}"]
    return "\n".join(lines) + "\n"


def as_nag(flags: Sequence[tuple[int, str]], home_url: str) -> tuple[str, str]:
    """Return subject and body of a reminder of open flags, given as (participant, kind)."""
    worst = sorted(flags, key=lambda one: (one[1] != "crisis", one[0]))
    subject = f"Still open: {worst[0][1]}, participant {worst[0][0]}"
    if len(worst) > 1:
        subject += f" and {len(worst) - 1} more"
    lines = [f"Participant {id}: {kind}, not yet acknowledged" for id, kind in worst[:LONGEST_LIST]]
    closing = "You will get this reminder every morning until someone acknowledges it."
    return subject, "\n".join([*lines, "", f"See it (you will be asked to sign in): {home_url}", "", closing]) + "\n"

"""Who needs a coach, why, and in which order. Pure. The rules and their order are in docs/explanation/adherence.md."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from coach.adherence.counts import Counts

SILENT_DAYS, LONG_SILENT_DAYS = 3, 7
UNDELIVERED_DAYS = 2
LOW_ADHERENCE, LOW_ADHERENCE_STEPS = 0.5, 4
# Most pressing first; the words are what a coach reads.
STATUSES: Mapping[str, str] = {
    "crisis": "Crisis",
    "urgent": "Urgent",
    "medical": "Medical",
    "read": "Please read",
    "worse": "Worse",
    "dead_number": "Cannot be texted",
    "no_replies": "No replies",
    "not_delivered": "Not delivered",
    "stopped": "Stopped",
    "slipping": "Slipping",
    "paused": "Paused",
    "new": "New",
    "on_track": "On track",
}
# Why an open flag needs someone.
FLAGGED: Mapping[str, str] = {
    "crisis": "wrote of danger to a life, their own or another's: not yet acknowledged",
    "urgent": "wrote of an urgent medical sign: not yet acknowledged",
    "medical": "asked a medical question: not yet answered",
    "read": "wrote something that a person must read today: not yet seen",
}


class TriageFacts(NamedTuple):
    """One participant at the end of a week, or now. `silent` counts prompted days since the last answer.

    `dead_number` is why their number cannot be texted, empty if it can.
    """

    counts: Counts
    enrolment_status: str
    paused: bool
    silent: int
    open_flags: frozenset[str] = frozenset()
    dead_number: str = ""


class Judgement(NamedTuple):
    """The most pressing status and every reason, most pressing first."""

    status: str
    reasons: tuple[str, ...]

    @property
    def rank(self) -> int:
        """0 is the most pressing."""
        return list(STATUSES).index(self.status)


def judge(facts: TriageFacts) -> Judgement:
    """The status and the reasons in plain words, each with its count.

    Whoever has opted out is silent for a reason, and no text of theirs arrives: neither calls for anything.
    """
    held = _held(facts)
    if not held:
        return Judgement("on_track" if facts.counts.prompted else "new", ())
    return Judgement(held[0][0], tuple([reason for _, reason in held]))


def _held(facts: TriageFacts) -> list[tuple[str, str]]:
    """Each status that holds, most pressing first, and its reason in words."""
    counts, status, paused, silent, flags, dead_number = facts
    stopped = status in ("stopped", "ended")
    held = [(kind, words) for kind, words in FLAGGED.items() if kind in flags] if flags else []
    if counts.worsening is not None:
        held.append(("worse", _worse(counts)))
    if not stopped:
        held += _unheard(counts, silent, dead_number)
    if stopped:
        to_see = not flags.isdisjoint(FLAGGED)
        about = "opted out of texts: read, then call" if to_see else "opted out: do not text or call about it"
        held.append(("stopped", about))
    if counts.steps_asked >= LOW_ADHERENCE_STEPS and (counts.adherence_strict or 0.0) < LOW_ADHERENCE:
        held.append(("slipping", f"{counts.done} of {counts.steps_asked} steps done"))
    if paused:
        held.append(("paused", "paused"))
    if status == "invited":
        held.append(("new", "has not answered the welcome yet"))
    return held


def _unheard(counts: Counts, silent: int, dead_number: str) -> list[tuple[str, str]]:
    """What keeps us from hearing of somebody whom we text."""
    held = []
    if dead_number:
        held.append(("dead_number", f"no text is sent: {dead_number[:1].lower()}{dead_number[1:].rstrip('.')}"))
    if silent >= SILENT_DAYS:
        held.append(("no_replies", _silent(silent)))
    if counts.undelivered >= UNDELIVERED_DAYS:
        held.append(("not_delivered", f"{counts.undelivered} texts not delivered"))
    return held


def _worse(counts: Counts) -> str:
    return (
        f"legs {counts.score_mean:.1f} over {counts.score_n} nights, up from {counts.baseline_mean:.1f} over "
        f"{counts.baseline_n} (a screening rule)"
    )


def _silent(days: int) -> str:
    return f"no reply to the last {days} check-ins" + (" (a week or more)" if days >= LONG_SILENT_DAYS else "")


class Summary(NamedTuple):
    """One participant's week: the counts, and what they mean for a coach.

    `not_prompted_for` says why nothing was asked, by number of dates.
    """

    participant_id: int
    counts: Counts
    judgement: Judgement
    not_prompted_for: Mapping[str, int] = MappingProxyType({})
    coach_id: int | None = None
    clinic_id: int | None = None
    programme: str = ""


def totals(summaries: Iterable[Summary]) -> Counts:
    """Everyone's counts added up."""
    return sum((summary.counts for summary in summaries), Counts())

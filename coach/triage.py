"""Who needs a coach, why, and in which order. Pure. The rules and their order are in docs/explanation/adherence.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coach.adherence import Counts

SILENT_DAYS, LONG_SILENT_DAYS = 3, 7
UNDELIVERED_DAYS = 2
LOW_ADHERENCE, LOW_ADHERENCE_STEPS = 0.5, 4
# Most pressing first; the words are what a coach reads.
STATUSES: Mapping[str, str] = {
    "crisis": "Crisis",
    "urgent": "Urgent",
    "medical": "Medical",
    "worse": "Worse",
    "no_replies": "No replies",
    "not_delivered": "Not delivered",
    "stopped": "Stopped",
    "slipping": "Slipping",
    "paused": "Paused",
    "new": "New",
    "on_track": "On track",
}


@dataclass(frozen=True, slots=True)
class TriageFacts:
    """One participant at the end of a week, or now. `silent` counts prompted days since the last answer."""

    counts: Counts
    enrolment_status: str
    paused: bool
    silent: int
    open_flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The most pressing status and every reason, most pressing first."""

    status: str
    reasons: tuple[str, ...]

    @property
    def rank(self) -> int:
        """0 is the most pressing."""
        return list(STATUSES).index(self.status)


def judge(facts: TriageFacts) -> Judgement:
    """The status and the reasons in plain words, each with its count."""
    counts = facts.counts
    steps = f"{counts.done} of {counts.steps_asked} steps done"
    rules: tuple[tuple[str, Any, str], ...] = (
        ("crisis", "crisis" in facts.open_flags, "wrote of not wanting to live: not yet acknowledged"),
        ("urgent", "urgent" in facts.open_flags, "wrote of an urgent medical sign: not yet acknowledged"),
        ("medical", "medical" in facts.open_flags, "asked a medical question: not yet answered"),
        ("worse", counts.worsening is not None, _worse(counts)),
        ("no_replies", facts.silent >= SILENT_DAYS, _silent(facts.silent)),
        ("not_delivered", counts.undelivered >= UNDELIVERED_DAYS, f"{counts.undelivered} texts not delivered"),
        ("stopped", facts.enrolment_status in ("stopped", "ended"), "opted out: do not text or call about it"),
        ("slipping", _is_low(counts), steps),
        ("paused", facts.paused, "paused"),
        ("new", facts.enrolment_status == "invited", "has not answered the welcome yet"),
    )
    held = [(status, reason) for status, holds, reason in rules if holds]
    if not held:
        return Judgement("on_track" if counts.prompted else "new", ())
    return Judgement(held[0][0], tuple(reason for _, reason in held))


def _is_low(counts: Counts) -> bool:
    strict = counts.adherence_strict
    return strict is not None and strict < LOW_ADHERENCE and counts.steps_asked >= LOW_ADHERENCE_STEPS


def _worse(counts: Counts) -> str:
    if counts.worsening is None:
        return ""
    return (
        f"legs {counts.score_mean:.1f} over {counts.score_n} nights, up from {counts.baseline_mean:.1f} over "
        f"{counts.baseline_n} (a screening rule)"
    )


def _silent(days: int) -> str:
    return f"no reply to the last {days} check-ins" + (" (a week or more)" if days >= LONG_SILENT_DAYS else "")


@dataclass(frozen=True, slots=True)
class Summary:
    """One participant's week: the counts, and what they mean for a coach."""

    participant_id: int
    counts: Counts
    judgement: Judgement


def totals(summaries: Iterable[Summary]) -> Counts:
    """Everyone's counts added up."""
    return sum((summary.counts for summary in summaries), Counts())

"""Who needs a coach, why, and in which order. Pure. The rules and their order are in docs/explanation/adherence.md."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

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


class TriageFacts(NamedTuple):
    """One participant at the end of a week, or now. `silent` counts prompted days since the last answer."""

    counts: Counts
    enrolment_status: str
    paused: bool
    silent: int
    open_flags: frozenset[str] = frozenset()


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
    held = [(status, words(facts)) for status, holds, words in RULES if holds(facts)]
    if not held:
        return Judgement("on_track" if facts.counts.prompted else "new", ())
    return Judgement(held[0][0], tuple(reason for _, reason in held))


def _has_stopped(facts: TriageFacts) -> bool:
    return facts.enrolment_status in ("stopped", "ended")


def _is_low(counts: Counts) -> bool:
    strict = counts.adherence_strict
    return strict is not None and strict < LOW_ADHERENCE and counts.steps_asked >= LOW_ADHERENCE_STEPS


def _worse(counts: Counts) -> str:
    return (
        f"legs {counts.score_mean:.1f} over {counts.score_n} nights, up from {counts.baseline_mean:.1f} over "
        f"{counts.baseline_n} (a screening rule)"
    )


def _silent(days: int) -> str:
    return f"no reply to the last {days} check-ins" + (" (a week or more)" if days >= LONG_SILENT_DAYS else "")


Fact = Callable[[TriageFacts], bool]
# Most pressing first: the status, when it holds, and the reason in words.
RULES: tuple[tuple[str, Fact, Callable[[TriageFacts], str]], ...] = (
    (
        "crisis",
        lambda facts: "crisis" in facts.open_flags,
        lambda _: "wrote of not wanting to live: not yet acknowledged",
    ),
    (
        "urgent",
        lambda facts: "urgent" in facts.open_flags,
        lambda _: "wrote of an urgent medical sign: not yet acknowledged",
    ),
    ("medical", lambda facts: "medical" in facts.open_flags, lambda _: "asked a medical question: not yet answered"),
    ("worse", lambda facts: facts.counts.worsening is not None, lambda facts: _worse(facts.counts)),
    (
        "no_replies",
        lambda facts: facts.silent >= SILENT_DAYS and not _has_stopped(facts),
        lambda facts: _silent(facts.silent),
    ),
    (
        "not_delivered",
        lambda facts: facts.counts.undelivered >= UNDELIVERED_DAYS and not _has_stopped(facts),
        lambda facts: f"{facts.counts.undelivered} texts not delivered",
    ),
    ("stopped", _has_stopped, lambda _: "opted out: do not text or call about it"),
    (
        "slipping",
        lambda facts: _is_low(facts.counts),
        lambda facts: f"{facts.counts.done} of {facts.counts.steps_asked} steps done",
    ),
    ("paused", lambda facts: facts.paused, lambda _: "paused"),
    ("new", lambda facts: facts.enrolment_status == "invited", lambda _: "has not answered the welcome yet"),
)


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

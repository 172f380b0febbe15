"""Totals over summaries: everyone, and by coach, clinic and programme. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from coach.adherence.counts import Counts
from coach.adherence.triage import Summary


@dataclass
class Totals:
    """The counts of a group. `statuses` counts the participants by status."""

    participants: int = 0
    counts: Counts = field(default_factory=Counts)
    statuses: Counter[str] = field(default_factory=Counter)
    not_prompted_for: Counter[str] = field(default_factory=Counter)

    def add(self, summary: Summary) -> None:
        """Add one participant."""
        self.participants += 1
        self.counts += summary.counts
        self.statuses[summary.judgement.status] += 1
        self.not_prompted_for.update(summary.not_prompted_for)


@dataclass
class WeekTotals:
    """The totals of a week. A participant without a coach is under None."""

    everyone: Totals = field(default_factory=Totals)
    coaches: dict[int | None, Totals] = field(default_factory=lambda: defaultdict(Totals))
    clinics: dict[int | None, Totals] = field(default_factory=lambda: defaultdict(Totals))
    programmes: dict[str, Totals] = field(default_factory=lambda: defaultdict(Totals))

    def add(self, summary: Summary) -> None:
        """Add one participant."""
        groups = (self.coaches[summary.coach_id], self.clinics[summary.clinic_id], self.programmes[summary.programme])
        for totals in (self.everyone, *groups):
            totals.add(summary)


def week_totals(summaries: Iterable[Summary]) -> WeekTotals:
    """Add up summaries."""
    totals = WeekTotals()
    for summary in summaries:
        totals.add(summary)
    return totals

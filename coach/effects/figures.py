"""What the Effects page shows of one programme, as numbers that can be stored. Pure."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from coach.adherence.counts import PROMPTED, STEPS_ASKED
from coach.effects.estimates.arrays import Gathered
from coach.effects.estimates.each_person import own_steps, shared_beliefs
from coach.effects.estimates.estimate import report, report_sets
from coach.effects.read_file import PRIOR
from coach.effects.results import Stratum
from coach.effects.wording import as_json, sets_as_json
from coach.export.decisions_csv import DecisionRow
from coach.reflections.own_steps import OwnStep
from schedules.timing.local_time import iso_week_of

WEEKS_SHOWN = 26
ADAPTIVE = "adaptive"


@dataclass(frozen=True, slots=True)
class AskedNight:
    """A check-in as the tally needs it: see `coach.adherence.queries` for `state`."""

    asked_on: date
    state: str
    answered: bool
    score: int | None


@dataclass(slots=True)
class Tally:
    """Counts that grow person by person. `as_of` is the local date up to which weeks are over."""

    as_of: date
    decisions: Gathered = field(default_factory=lambda: Gathered((PRIOR,)))
    weeks: dict[str, dict[str, int]] = field(default_factory=dict)
    followed: list[int] = field(default_factory=list)
    answering: list[int] = field(default_factory=list)
    scores: list[int] = field(default_factory=lambda: [0] * 11)
    drawn: int = 0
    asked_about: int = 0
    with_score: int = 0

    def add_decision(self, row: DecisionRow, asked: bool) -> None:
        """A row of the decisions file, and whether somebody asked about the night that its step acts on."""
        self.decisions.add_decision(row)
        if row.available and row.action is not None:
            self.drawn += 1
            self.asked_about += asked or row.outcome_score is not None
            self.with_score += row.outcome_score is not None

    def add_person(self, starts_on: date, asked: list[AskedNight]) -> None:
        """All check-ins of one person."""
        for one in asked:
            self._count(one)
        over = max(0, ((self.as_of - starts_on).days + 1) // 7)
        answered = {(one.asked_on - starts_on).days // 7 for one in asked if one.answered}
        for week in range(over):
            if week == len(self.followed):
                self.followed.append(0)
                self.answering.append(0)
            self.followed[week] += 1
            self.answering[week] += week in answered

    def _count(self, one: AskedNight) -> None:
        monday = one.asked_on - timedelta(days=one.asked_on.weekday())
        names = ("prompted", "answered", "steps_asked", "done")
        week = self.weeks.setdefault(iso_week_of(monday), dict.fromkeys(names, 0))
        week["prompted"] += one.state in PROMPTED
        week["answered"] += one.answered
        week["steps_asked"] += one.state in STEPS_ASKED
        week["done"] += one.state == "done"
        if one.score is not None:
            self.scores[one.score] += 1

    def own_steps(self) -> dict[int, list[OwnStep]]:
        """What each step does for each person, from the set with most of their estimates."""
        told: dict[int, list[OwnStep]] = {}
        for _, nights in self.decisions.sets():
            for person, steps in own_steps(nights).items():
                if len(steps) > len(told.get(int(person), ())):
                    told[int(person)] = steps
        return told

    def shared_beliefs(self) -> dict[str, tuple[float, float]]:
        """What the nights of people on the adaptive policy tell of each step: policies are never pooled."""
        adaptive = (nights for stratum, nights in self.decisions.sets() if stratum.policy == ADAPTIVE)
        nights = next(adaptive, None)
        return {} if nights is None else shared_beliefs(nights)

    def figures(self) -> dict[str, object]:
        """Everything, as JSON."""
        weeks = [{"week": week, **self.weeks[week]} for week in sorted(self.weeks)[-WEEKS_SHOWN:]]
        followed = zip(self.followed, self.answering, strict=True)
        retention = [{"week": week, "people": n, "answering": k} for week, (n, k) in enumerate(followed, start=1)]
        sets = [(stratum, as_json(told)) for stratum, told in report_sets(list(self.decisions.sets()))]
        return {
            "effects": sets_as_json(sets or [(Stratum(), as_json(report(self.decisions.nights())))]),
            "drawn": {"evenings": self.drawn, "asked": self.asked_about, "scored": self.with_score},
            "weeks": weeks,
            "retention": retention[:WEEKS_SHOWN],
            "scores": self.scores,
            "people": len(self.decisions.people),
        }

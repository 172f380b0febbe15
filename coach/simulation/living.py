"""Simulate one participant: the real code makes every decision, everything else is made up. Pure."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from hashlib import sha256
from random import Random

from coach.export.decisions_csv import DecisionRow
from coach.simulation.people import REPLY_MINUTES, Legs, MadeUpPerson, make_person
from coach.simulation.setup import Setup
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.decisions.care_texts import IRON_TEST, CareDates
from schedules.decisions.decide import decide
from schedules.decisions.eligibility import PastStep, Recipient, relevant_days
from schedules.decisions.facts import DueFacts, Plan
from schedules.decisions.history import (
    EARLIER_DAYS,
    RECENT_DAYS,
    History,
    PastCheckIn,
    PastDecision,
    asked_on,
    drawn_lately,
    last_asked_on,
    outcome_night,
    prior_score,
    step_to_ask_about,
    unanswered,
    with_scores,
)
from schedules.decisions.policies import needs_outcomes
from schedules.timing.local_time import instant_of, local_date_of
from schedules.timing.quiet_hours import QuietHours
from schedules.timing.slots import NextDue, Timing, asks_in_the_morning, next_due

PAUSE_DAYS = 5
IDS_EACH = 10_000  # decision ids per person: more than anyone has decision points


@dataclass(frozen=True, slots=True)
class Question:
    """A check-in that was asked, and its answer, now or later. `at` is None if none comes."""

    asked_on: date
    about: int | None
    state: str
    at: datetime | None
    score: int | None
    habit: bool | None

    def known(self, now: datetime) -> PastCheckIn:
        """Return what the planner knows about it at an instant."""
        come = self.at is not None and self.at <= now
        score, habit = (self.score, self.habit) if come else (None, None)
        return PastCheckIn(self.asked_on, score, habit, self.state, self.about)


@dataclass(slots=True)
class Life:
    """A simulated person and everything that has happened to them, oldest first."""

    person: MadeUpPerson
    setup: Setup
    catalogue: Catalogue
    keys: InstallationKeys
    random: Random
    legs: Legs
    cadence: str
    policy: str
    timing: Timing
    looks_back: int
    plans: list[tuple[NextDue, Plan]] = field(default_factory=list)
    decisions: list[PastDecision] = field(default_factory=list)
    steps: list[PastStep] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    scores: dict[date, int] = field(default_factory=dict)
    care: CareDates = field(default_factory=CareDates)
    effects: defaultdict[date, float] = field(default_factory=lambda: defaultdict(float))

    def live(self) -> None:
        """Simulate all evenings, and two more, whose questions ask about the last nights."""
        begins_at = instant_of(self.setup.starts_on, time(12), self.person.time_zone)
        due = next_due(self.timing, since=begins_at, decided=())
        while (evening := (due.on - self.setup.starts_on).days) <= self.setup.days + 1:
            if evening >= self.person.habits.stops:
                return
            plan = self._decide(due)
            self._experience(due, plan)
            due = plan.next_due

    def _decide(self, due: NextDue) -> Plan:
        facts = self.facts(due)
        draw = partial(self.keys.draw, self.person.number, due.slot, due.on)
        return decide(facts, self.catalogue, due.at, draw)

    def facts(self, due: NextDue) -> DueFacts:
        """Return the facts of a decision point, as `schedules.planning.gather` would read them from the tables."""
        person, history = self.person, self._history(due)
        return DueFacts(
            enrolment_id=person.number,
            due=due,
            timing=self.timing,
            cadence=self.cadence,
            policy=self.policy,
            starts_on=self.setup.starts_on,
            person=Recipient(person.language, person.exclude, person.tags, tuple(history.steps)),
            switched_off=self.setup.switched_off,
            suppressed=False,
            held=False,
            paused_until_on=self._paused_until_on(),
            earlier=step_to_ask_about(history, due.on, in_the_morning=asks_in_the_morning(self.timing, due.slot)),
            last_texted_on=last_asked_on(history),
            prior_score=prior_score(history),
            unanswered=unanswered(history),
            decided=tuple((one.local_on, one.slot) for one in history.decisions if one.local_on == due.on),
            care=self.care,
            drawn=drawn_lately(history, due.on),
            asked_today=any(check_in.asked_on == due.on for check_in in history.check_ins[:1]),
        )

    def _paused_until_on(self) -> date | None:
        pauses = self.person.habits.pauses
        return self.setup.starts_on + timedelta(days=pauses + PAUSE_DAYS) if pauses < self._evening() else None

    def _evening(self) -> int:
        return (self.decisions[-1].local_on - self.setup.starts_on).days if self.decisions else 0

    def _history(self, due: NextDue) -> History:
        steps = [step for step in reversed(self.steps[-self.looks_back :]) if self._within(step.local_on, due)]
        come = [one for one in self.questions if one.at is not None and one.at <= due.at]
        if needs_outcomes(self.policy):
            steps = with_scores(steps, {one.asked_on: one.score for one in come if one.score is not None})
        asked = reversed(self.questions[-RECENT_DAYS:])
        return History(
            steps,
            self.decisions[: -2 * EARLIER_DAYS - 1 : -1],
            [one.known(due.at) for one in asked if one.asked_on >= due.on - timedelta(days=RECENT_DAYS)],
            local_date_of(come[-1].at, self.person.time_zone) if come and come[-1].at else None,
        )

    def _within(self, on: date, due: NextDue) -> bool:
        return on >= due.on - timedelta(days=self.looks_back)

    def _experience(self, due: NextDue, plan: Plan) -> None:
        """Simulate delivery, the answer and the night."""
        id = self.person.number * IDS_EACH + len(self.decisions) + 1
        state = None
        if plan.text:
            state = "delivered" if self.random.random() < self.person.habits.arrives else "undelivered"
            if plan.text.asks:
                self._ask(due, state, plan.text.asks_about)
        choice = plan.choice
        if plan.care_text:
            sent = {"iron_test_on": due.on} if plan.care_text == IRON_TEST else {"onset_asked_on": due.on}
            self.care = replace(self.care, **sent)
        self.plans.append((due, plan))
        self.decisions.append(
            PastDecision(
                *(id, due.on, due.slot, choice.available, choice.unavailable_reason, choice.action, state),
                acts_on=choice.acts_on,
            )
        )
        if choice.action:
            self.steps.append(PastStep(due.on, choice.action, choice.text_id, acts_on=choice.acts_on))
        self.cadence = plan.cadence
        if self._sends_step(due.slot):
            if state == "delivered" and choice.action:
                acts_on = outcome_night(due.on, choice.acts_on)
                self.effects[acts_on] += self.setup.effects.get(choice.action, 0.0)
            self.scores[due.on] = self.legs.next_night(self.effects.pop(due.on, 0.0))

    def _sends_step(self, slot: str) -> bool:
        return any(one.sends_step for one in self.timing.programme.slots if one.id == slot)

    def _ask(self, due: NextDue, state: str, about: int | None) -> None:
        """Simulate the answer to a question about the night before."""
        habits, evening = self.person.habits, (due.on - self.setup.starts_on).days
        willing = self.random.random() < habits.answers
        did, delay = self.random.random() < habits.does, self.random.choice(REPLY_MINUTES)
        score = self.scores.get(due.on - timedelta(days=1))
        if score is None:
            score = self.legs.next_night(0.0)
        if willing and state == "delivered" and evening < habits.falls_silent:
            at = due.at + timedelta(minutes=delay)
            self.questions.append(Question(due.on, about, state, at, score, did if about else None))
        else:
            self.questions.append(Question(due.on, about, state, None, None, None))

    def rows(self) -> list[DecisionRow]:
        """Return the decisions of the simulated evenings, each with the outcome of its night."""
        by_date = {one.asked_on: one for one in self.questions}
        by_step = {one.about: one for one in self.questions if one.about}
        last = self.setup.starts_on + timedelta(days=self.setup.days - 1)
        return [
            self._row(past, plan, due.at, by_date.get(asked_on(_night(past))), by_step.get(past.id))
            for past, (due, plan) in zip(self.decisions, self.plans, strict=True)
            if due.on <= last and self._sends_step(due.slot)
        ]

    def _row(
        self, past: PastDecision, plan: Plan, at: datetime, outcome: Question | None, step: Question | None
    ) -> DecisionRow:
        return DecisionRow(
            participant_id=self.person.number,
            decision_id=past.id,
            slot=past.slot,
            local_on=past.local_on,
            decided_at=at,
            available=past.available,
            unavailable_reason=past.unavailable_reason,
            eligible=plan.choice.eligible,
            probabilities=plan.choice.probabilities or {},
            policy=self.policy,
            draw=plan.choice.draw,
            action=past.action,
            delivered=None if past.state is None else past.state == "delivered",
            outcome_score=outcome.score if outcome else None,
            outcome_at=outcome.at if outcome else None,
            habit=step.habit if step else None,
            prior_score=plan.covariates["prior_score"],
            nights_since_start=plan.covariates["nights_since_start"] or 0,
            programme=self.timing.programme.id,
            acts_on=past.acts_on,
            outcome_on=_night(past),
        )


def _night(past: PastDecision) -> date:
    return outcome_night(past.local_on, past.acts_on)


def begin_life(setup: Setup, catalogue: Catalogue, number: int) -> Life:
    """Create a person on their first day. All randomness derives from the seed and their number."""
    person, programme = make_person(setup.seed, number), catalogue.programmes[setup.programme]
    policy, cadence = setup.policy or programme.policy, programme.default_cadence
    if setup.kinds:
        kind = setup.kinds[(number - 1) % len(setup.kinds)]
        person, cadence = replace(person, language=kind.language, exclude=kind.exclude, tags=kind.tags), kind.cadence
    random = Random(f"{setup.seed}:life:{number}")  # noqa: S311  (a simulation, not a secret)
    return Life(
        person,
        setup,
        catalogue,
        InstallationKeys.derive(sha256(f"simulation {setup.seed}".encode()).hexdigest()),
        random,
        Legs(person.usual, random),
        cadence,
        policy,
        Timing(programme, person.time_zone, person.evening_at, person.bedtime_at, QuietHours()),
        relevant_days(catalogue.strategies, [policy]),
    )


def simulate_person(setup: Setup, catalogue: Catalogue, number: int) -> list[DecisionRow]:
    """Return one person's rows, in order of time."""
    life = begin_life(setup, catalogue, number)
    life.live()
    return life.rows()

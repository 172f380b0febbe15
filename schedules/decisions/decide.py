"""What to do for one person at one decision point, and when the next one is. Pure.

The planner gathers `DueFacts` and applies the `Plan`. The rules for steps are in `schedules.decisions.eligibility`,
those for the cadence in `schedules.timing.cadence`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from content.catalogue import Catalogue, Slot, Text, render, render_with
from content.wording import clock_time, fill
from schedules.decisions.care_texts import ONSET, due_care_text
from schedules.decisions.eligibility import draw_arm, eligibility, fresh_texts, pick_text, policy_inputs
from schedules.decisions.facts import ASKED_ONLY, COACH_CHOSE, Choice, DueFacts, Plan, PlannedText, TextParts
from schedules.decisions.history import EarlierStep
from schedules.decisions.own_plan import ASKED, INSTEAD, is_too_long, joined, uses_of, words_for
from schedules.decisions.policies import CURRENT_VERSION, NONE, PolicyInputs, needs_outcomes, probabilities
from schedules.timing.cadence import CadenceFacts, asks_only, is_due, nights_since, nights_until_last_asked, notice
from schedules.timing.quiet_hours import (
    Window,
)
from schedules.timing.slots import NextDue, Timing, instant_of_slot, next_due, slot_window

__all__ = ["Choice", "DueFacts", "EarlierStep", "NextDue", "Plan", "PlannedText", "Timing", "decide", "next_due"]

FOOTER_EVERY_DAYS = 30  # how often a text repeats the STOP and HELP instructions

Draw = Callable[[str], float]


def decide(facts: DueFacts, catalogue: Catalogue, now: datetime, draw: Draw) -> Plan:
    """Return the decision, the text if any, and the next decision point.

    `draw(name)` returns a number in [0, 1) that is always the same for the same person, slot, date and name.
    """
    slot = next((slot for slot in facts.timing.programme.slots if slot.id == facts.due.slot), None)
    window = slot_window(slot, facts.due, facts.timing) if slot else None
    following = _next_due_after(facts, slot)
    cadence_facts = _cadence_facts(facts)
    known = {"prior_score": facts.prior_score, "nights_since_start": nights_since(cadence_facts)}
    reason = why_unavailable(facts, slot, window, now)
    if reason or slot is None or window is None:
        return Plan(Choice(available=False, unavailable_reason=reason), None, following, known, facts.cadence)
    asks = slot.asks_check_in and not facts.asked_today
    note = notice(cadence_facts) if asks else None
    sends_step = slot.sends_step and not _asks_only(facts, slot)
    chosen = give_chosen_step(facts, catalogue, draw) if sends_step else None
    care = due_care_text(facts.starts_on, facts.care, facts.due.on) if sends_step and not chosen else None
    if care == ONSET:
        facts = replace(facts, earlier=None)  # a yes or a no is the answer to this question alone
    choice, step = chosen or _choose_words(facts, catalogue, slot, care, draw)
    cadence = note.cadence if note and note.holds and note.cadence else facts.cadence
    parts = TextParts(step, asks, note, asks and _footer_due(cadence_facts))
    text = compose(facts, catalogue, window, parts, draw)
    plan = Plan(choice, text, following, known, cadence, care)
    return _with_own_plan(plan, facts, catalogue, window, parts, draw) if text and slot.sends_step else plan


def _with_own_plan(
    plan: Plan, facts: DueFacts, catalogue: Catalogue, window: Window, parts: TextParts, draw: Draw
) -> Plan:
    """Say in the text what is due of their own plan, and log it: the plan follows the step, never the reverse."""
    if facts.plan is None:
        return plan
    asks = plan.care_text != ONSET  # one question besides the check-in is enough
    for use in uses_of(facts.plan, plan.choice.action, facts.due.on, asks=asks):
        said = words_for(facts.plan, use, catalogue, facts.person.language)
        added = replace(
            parts,
            step=None if use == INSTEAD else parts.step,
            recalled=None if use == ASKED else said,
            plan_ask=said if use == ASKED else None,
        )
        text = compose(facts, catalogue, window, added, draw)
        if text and not is_too_long(text.body):
            choice = replace(plan.choice, facts={**plan.choice.facts, "own_plan": use})
            return replace(plan, choice=choice, text=text, plan_use=use)
    return plan


def _choose_words(
    facts: DueFacts, catalogue: Catalogue, slot: Slot, care: str | None, draw: Draw
) -> tuple[Choice, str | None]:
    """Return the choice of a slot and what it says besides the check-in: a step, a text about care, or nothing."""
    if care:
        text = _pick_message(catalogue, facts, care, draw)
        return Choice(False, "care_text", text_id=text.id, text_version=text.version), fill(catalogue, text, {})
    if _asks_only(facts, slot):
        return Choice(False, ASKED_ONLY), None
    return choose_step(facts, catalogue, draw) if slot.sends_step else (Choice(True, None), None)


def _next_due_after(facts: DueFacts, slot: Slot | None) -> NextDue:
    """Return the next decision point, from this one's instant in the person's current zone: no date is skipped."""
    since = min(facts.due.at, instant_of_slot(slot, facts.due.on, facts.timing)) if slot else facts.due.at
    return next_due(facts.timing, since=since, decided=(*facts.decided, (facts.due.on, facts.due.slot)))


def _cadence_facts(facts: DueFacts) -> CadenceFacts:
    programme, on = facts.timing.programme, facts.due.on
    return CadenceFacts(programme, facts.cadence, facts.starts_on, on, facts.last_texted_on, facts.unanswered)


def why_unavailable(facts: DueFacts, slot: Slot | None, window: Window | None, now: datetime) -> str | None:
    """Return why the person could not have been texted, or None. Fixed before anything random happens."""
    rules = (
        ("opted_out", facts.suppressed),
        ("dead_number", facts.number_is_dead),
        ("held", facts.held),
        ("paused", facts.paused_until_on is not None and facts.due.on < facts.paused_until_on),
        ("not_due", slot is None or not _is_due(facts, slot)),
        ("same_evening", facts.same_evening),
        ("quiet_hours", window is None),
        ("system_down", window is not None and now >= window.closes_at),
    )
    return next((reason for reason, holds in rules if holds), None)


def _is_due(facts: DueFacts, slot: Slot) -> bool:
    return is_due(facts.timing.programme, facts.cadence, slot, facts.due.on, facts.drawn)


def _asks_only(facts: DueFacts, slot: Slot) -> bool:
    return asks_only(facts.timing.programme, facts.cadence, slot, facts.due.on, facts.drawn)


def choose_step(facts: DueFacts, catalogue: Catalogue, draw: Draw) -> tuple[Choice, str | None]:
    """Return the randomized choice, and the step's text if one was drawn."""
    person, on = facts.person, facts.due.on
    found = eligibility(catalogue, person, on, facts.switched_off)
    known = policy_inputs(facts.policy, person, on, draw("tie") if needs_outcomes(facts.policy) else 0.0)
    known = replace(known, shared=facts.shared)
    version = CURRENT_VERSION.get(facts.policy, 0)
    vector = probabilities(facts.policy, version, found.eligible, known)
    drawn = draw("strategy")
    action = draw_arm(vector, drawn)
    logged = _replay_facts(facts, found.refused, known)
    if action == NONE:
        return Choice(True, None, found.eligible, vector, drawn, NONE, facts=logged), None
    texts, text_draw = fresh_texts(catalogue, action, person, on), draw("text")
    text = pick_text(texts, text_draw)
    logged |= {"texts": [text.id for text in texts], "text_draw": text_draw}
    acts_on = catalogue.strategies[action].acts_on
    choice = Choice(True, None, found.eligible, vector, drawn, action, text.id, text.version, acts_on, logged)
    return choice, render_with(text, _placeholder_values(facts))


def give_chosen_step(facts: DueFacts, catalogue: Catalogue, draw: Draw) -> tuple[Choice, str] | None:
    """Return the step that a coach chose for this evening, and its text; None without one that is still eligible.

    Nothing is drawn, so the evening is not available: no effect is estimated from it.
    """
    if facts.chosen is None:
        return None
    person, on = facts.person, facts.due.on
    found = eligibility(catalogue, person, on, facts.switched_off)
    if facts.chosen not in found.eligible:
        return None
    texts, text_draw = fresh_texts(catalogue, facts.chosen, person, on), draw("text")
    text = pick_text(texts, text_draw)
    logged = _replay_facts(facts, found.refused, policy_inputs("rotation", person, on, 0.0))
    logged |= {"texts": [one.id for one in texts], "text_draw": text_draw}
    acts_on = catalogue.strategies[facts.chosen].acts_on
    given = (facts.chosen, text.id, text.version, acts_on)
    choice = Choice(False, COACH_CHOSE, found.eligible, None, None, *given, logged)
    return choice, render_with(text, _placeholder_values(facts))


def _replay_facts(facts: DueFacts, refused: Mapping[str, str], known: PolicyInputs) -> dict[str, object]:
    """Return the inputs of the choice as JSON: exactly what a replay and an explanation need."""
    logged: dict[str, object] = {
        "programme": facts.timing.programme.id,
        "cadence": facts.cadence,
        "exclude": sorted(facts.person.exclude),
        "tags": sorted(facts.person.tags),
        "refused": dict(refused),
        "recent": list(known.recent),
    }
    if needs_outcomes(facts.policy):
        logged["outcomes"] = {id: list(counts) for id, counts in known.outcomes.items()}
        logged["offered_on"] = {id: on.isoformat() for id, on in known.offered_on.items()}
        logged["tie_draw"] = known.tie_draw
        logged["shared"] = {id: list(belief) for id, belief in known.shared.items()}
    return logged


def _placeholder_values(facts: DueFacts) -> dict[str, str]:
    """Return the personal values that a step's text may contain: the bedtime, as the person would write it."""
    bedtime = facts.timing.bedtime_at
    return {"bedtime": clock_time(bedtime, facts.person.language)} if bedtime else {}


def compose(facts: DueFacts, catalogue: Catalogue, window: Window, parts: TextParts, draw: Draw) -> PlannedText | None:
    """Return the composed text, or None if it has no parts: the step, what is asked of the last one, the night."""
    asked = _habit_question(facts, catalogue) if parts.asks else None
    words = [part for part in (parts.step, parts.recalled) if part]
    if asked:
        words.append(render(asked))
    if parts.asks:
        words.append(render(catalogue.score_question(facts.person.language)))
    if parts.notice:
        words.append(_render_message(catalogue, facts, parts.notice.key, draw, parts.notice.cadence))
    if parts.footer:
        words.append(_render_message(catalogue, facts, "stop_help_footer", draw))
    if parts.plan_ask:
        words.append(parts.plan_ask)
    asks_about = facts.earlier.decision_id if asked and facts.earlier else None
    return PlannedText(joined(words), window, parts.asks, asks_about) if words else None


def _habit_question(facts: DueFacts, catalogue: Catalogue) -> Text | None:
    """Return the question about the last step, or None if no step was sent."""
    strategy = catalogue.strategies.get(facts.earlier.strategy or "") if facts.earlier else None
    return strategy.asked[facts.person.language] if strategy else None


def _render_message(catalogue: Catalogue, facts: DueFacts, key: str, draw: Draw, cadence: str | None = None) -> str:
    text = _pick_message(catalogue, facts, key, draw)
    return fill(catalogue, text, {"cadence": cadence} if cadence else {})


def _pick_message(catalogue: Catalogue, facts: DueFacts, key: str, draw: Draw) -> Text:
    texts = catalogue.texts_for(key, facts.person.language)
    return pick_text(texts, draw(key)) if len(texts) > 1 else texts[0]


def _footer_due(cadence_facts: CadenceFacts) -> bool:
    nights, before = nights_since(cadence_facts), nights_until_last_asked(cadence_facts)
    return nights // FOOTER_EVERY_DAYS > before // FOOTER_EVERY_DAYS

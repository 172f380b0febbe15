"""The effects as JSON, as a text for a reader, and each as one plain sentence. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

from coach.effects.plain_words import conclusion, interval_in_words, moved, ranked, than, tipping
from coach.effects.results import CLEAR, Effects, Estimate, OwnNights, Pooled, Report, Stratum
from schedules.decisions.policies import NONE

READING = (
    "Nights count by what was offered at random, not by what was done: people do a step when their legs are bad, and "
    "a comparison of done with not done would turn the truth round."
)
CHANCE = "With {count} steps compared, about one in twenty would look different by chance alone."

ALONE = (
    "For researchers, each step alone (weighted and centered least squares), not adjusted for the number of steps or "
    "for looking often:"
)
LEVELS = ("clear", "no clear", "too few", "nothing")
POOLED = ("estimate", "ci_low", "ci_high", "probability_helps")
ESTIMATE = tuple(one.name for one in fields(Estimate))


def as_json(report: Report, people: Iterable[OwnNights] | None = None) -> dict[str, object]:
    """The shape that scripts rely on; `people` only if they were asked for."""
    told = {
        **_effects_json(report.effects),
        "without_controls": _effects_json(report.without_controls),
        "reply_rate": _effects_json(report.reply_rate),
        "weighted": _effects_json(report.weighted) if report.weighted else None,
    }
    for one in told["strategies"]:
        pooled = report.pooled.get(one["strategy"])
        one["pooled"] = {name: getattr(pooled, name) for name in POOLED} if pooled else None
        one["clear"] = bool(pooled and pooled.clear)
        one["tipping_point"] = report.tipping_points.get(one["strategy"])
    return told if people is None else {**told, "people": [asdict(one) for one in people]}


def sets_as_json(sets: Sequence[tuple[Stratum, dict[str, object]]]) -> dict[str, object]:
    """One set as it always was; of several the first, and beside it all of them with their programme and policy."""
    if len(sets) == 1:
        return sets[0][1]
    return {**sets[0][1], "sets": [asdict(stratum) | told for stratum, told in sets]}


def _effects_json(effects: Effects) -> dict[str, Any]:
    return {
        "outcome": effects.outcome,
        "clusters": effects.clusters,
        "df": effects.df,
        "nights": effects.nights,
        "controls": list(effects.controls),
        "filled": dict(effects.filled),
        "strategies": [asdict(one) for one in effects.strategies],
    }


def from_json(told: dict[str, Any]) -> Report:
    """The report again, from what `as_json` made of it; of several sets, the first."""
    pooled = {
        one["strategy"]: Pooled(**one["pooled"], clear=one["clear"]) for one in told["strategies"] if one.get("pooled")
    }
    tipping = {one["strategy"]: one["tipping_point"] for one in told["strategies"] if one.get("tipping_point")}
    score, plain, replies = map(_effects_from, (told, told["without_controls"], told["reply_rate"]))
    weighted = _effects_from(told["weighted"]) if told.get("weighted") else None
    return Report(score, plain, replies, weighted, pooled, tipping)


def sets_from_json(told: dict[str, Any]) -> list[tuple[Stratum, Report]]:
    """All sets again, from what `sets_as_json` made of them."""
    if "sets" not in told:
        return [(Stratum(), from_json(told))]
    return [(Stratum(one["programme"], one["policy"]), from_json(one)) for one in told["sets"]]


def _effects_from(told: dict[str, Any]) -> Effects:
    strategies = tuple(Estimate(**{name: one[name] for name in ESTIMATE}) for one in told["strategies"])
    sizes = told["outcome"], told["nights"], told["clusters"], told["df"]
    return Effects(*sizes, tuple(told["controls"]), told["filled"], strategies)


def as_text(report: Report) -> str:
    """For a terminal: what all steps together tell, the best first; then each step alone, for researchers."""
    effects = report.effects
    controls = ", ".join(effects.controls) or "nothing"
    lines = [
        f"{effects.nights} scored nights of {effects.clusters} people; controlled for {controls}.",
        *(
            f"{count} unknown values of {name} were taken as its mean."
            for name, count in effects.filled.items()
            if count
        ),
        READING,
        "",
        f"What offering a step does to the night's score, compared with {_against(effects)}:",
        *_pooled_lines(report),
        "",
        *_tipping_lines(report),
        *_lines(effects),
        "",
    ]
    estimated = sum(one.estimate is not None for one in effects.strategies)
    if estimated:
        lines += [_without_controls(report), _weighted(report), _reply_rate(report.reply_rate)]
    if estimated > 1:
        lines.append(CHANCE.format(count=estimated))
    return "\n".join(lines).rstrip()


def sets_as_text(sets: Sequence[tuple[Stratum, str]]) -> str:
    """Each set under its name; one alone as it is."""
    if len(sets) == 1:
        return sets[0][1]
    named = (f"{set_name(stratum)}\n{words}" for stratum, words in sets)
    return f"{len(sets)} sets of nights that must not be pooled.\n\n" + "\n\n".join(named)


def set_name(stratum: Stratum) -> str:
    """What the people of a set have in common."""
    return f"Program {stratum.programme or 'not recorded'}, policy {stratum.policy or 'not recorded'}"


def _pooled_lines(report: Report) -> list[str]:
    if not report.effects.strategies:
        return ["  No strategy was ever possible in these nights."]
    if not report.pooled:
        return ["  Too early to tell: fewer than six people have nights to compare."]
    return [f"  {one.strategy:<20} {conclusion(report, one)}" for one in ranked(report)]


def _tipping_lines(report: Report) -> list[str]:
    lines = [f"  {strategy:<20} {words}" if strategy else f"  {words}" for strategy, words in tipping(report)]
    return ["What nights without a score could change:", *lines, ""] if lines else []


def _against(effects: Effects) -> str:
    others = effects.strategies and effects.strategies[0].reference != NONE
    return "the average of the other steps" if others else "no step"


def _lines(effects: Effects) -> list[str]:
    if not effects.strategies:
        return []
    return [
        ALONE,
        *(f"  {one.strategy:<20} {sentence(one, effects.outcome)}" for one in in_order(effects)),
    ]


def in_order(effects: Effects) -> list[Estimate]:
    """The strategies as a reader wants them: clear differences first, the best of them on top."""
    return sorted(effects.strategies, key=lambda one: (LEVELS.index(verdict(one)), one.estimate or 0.0, one.strategy))


def verdict(one: Estimate) -> str:
    """How much can be said: a clear difference, none that is clear, too few nights, or nothing at all."""
    if one.ci_low is None or one.ci_high is None:
        return "nothing"
    if one.note:
        return "too few"
    return "no clear" if one.ci_low <= 0 <= one.ci_high else "clear"


def _without_controls(report: Report) -> str:
    return _compared("Without controls", report, report.without_controls)


def _weighted(report: Report) -> str:
    weighted = "With each night weighted by one over its probability of an answer"
    return _compared(weighted, report, report.weighted or report.effects)


def _compared(how: str, report: Report, other: Effects) -> str:
    """Whether the conclusions are the same when estimated in another way."""
    others = {one.strategy: one for one in other.strategies}
    changed = [others[name] for name in other_conclusions(report.effects, other)]
    if not changed:
        return f"{how} the conclusions are the same."
    told = (f"  {one.strategy:<20} {sentence(one, report.effects.outcome)}" for one in changed)
    return "\n".join([f"{how} the conclusions are the same but for:", *told])


def other_conclusions(effects: Effects, other: Effects) -> list[str]:
    """The strategies of which another estimate says something else."""
    verdicts = {one.strategy: verdict(one) for one in other.strategies}
    return [one.strategy for one in effects.strategies if verdicts.get(one.strategy) != verdict(one)]


def changed_replies(effects: Effects) -> list[Estimate]:
    """The strategies that clearly change who answers, for all of them together (Bonferroni)."""
    compared = sum(one.p is not None for one in effects.strategies)
    return [one for one in in_order(effects) if one.p is not None and one.p * compared < CLEAR]


def _reply_rate(effects: Effects) -> str:
    clear = changed_replies(effects)
    if not clear:
        return "No step clearly changed who answered."
    told = (f"  {one.strategy:<20} {sentence(one, effects.outcome)}" for one in clear)
    return "\n".join(["Who answered differs, so the scores that came may not stand for all nights:", *told])


def sentence(one: Estimate, outcome: str) -> str:
    """An estimate in plain words, with its counts."""
    return f"{said(one, outcome)} ({one.n} against {one.n_reference} nights)."


def said(one: Estimate, outcome: str) -> str:
    """What was seen, how sure it is, and what may be said; for a place that has the counts beside it."""
    if one.estimate is None or one.ci_low is None or one.ci_high is None:
        return one.note
    span = f"95% interval {interval_in_words(one.ci_low, one.ci_high, outcome)}"
    if verdict(one) == "clear":
        return f"{moved(one.estimate, outcome)} {than(one.reference)}, {span}"
    return f"{one.note or 'no clear difference'}: {span}"


def people_as_text(people: Sequence[OwnNights]) -> str:
    """Each person with nights enough, and a warning of what many tests do."""
    if not people:
        return "Nobody has ten scored nights with a step and ten without yet: nothing is said of one person."
    lines = [f"  {own_sentence(one)}" for one in people]
    return "\n".join(
        [*lines, f"Of {len(people)} such tests about {len(people) * CLEAR:.1f} are below {CLEAR} by chance alone."]
    )


def own_sentence(one: OwnNights) -> str:
    """One person in plain words."""
    means = (
        f"mean {one.nudged_mean:.1f} over {one.nudged} nights with a step, "
        f"{one.not_nudged_mean:.1f} over {one.not_nudged} without"
    )
    said = one.note or "more than chance alone would usually make"
    return f"{one.participant_id}: {means}: {said} (p = {one.p:.3f})."

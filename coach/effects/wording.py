"""The effects as JSON, as a text for a reader, and each as one plain sentence. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from coach.effects.results import CLEAR, REPLIED, SCORE, Effects, Estimate, OwnNights, Report
from schedules.decisions.policies import NONE

READING = (
    "Nights count by what was offered at random, not by what was done: people do a step when their legs are bad, and "
    "a comparison of done with not done would turn the truth round."
)
CHANCE = "With {count} steps compared, about one in twenty would look different by chance alone."

LEVELS = ("clear", "no clear", "too few", "nothing")
# Less, more, and the unit of a difference.
WORDS = {SCORE: ("lower", "higher", "points"), REPLIED: ("fewer answers", "more answers", "percentage points")}


def as_json(report: Report, people: Iterable[OwnNights] | None = None) -> dict[str, Any]:
    """The shape that scripts rely on; `people` only if they were asked for."""
    told = {
        **_effects_json(report.effects),
        "without_controls": _effects_json(report.without_controls),
        "reply_rate": _effects_json(report.reply_rate),
    }
    return told if people is None else {**told, "people": [asdict(one) for one in people]}


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
    """The report again, from what `as_json` made of it."""
    return Report(*map(_effects_from, (told, told["without_controls"], told["reply_rate"])))


def _effects_from(told: dict[str, Any]) -> Effects:
    strategies = tuple(Estimate(**one) for one in told["strategies"])
    sizes = told["outcome"], told["nights"], told["clusters"], told["df"]
    return Effects(*sizes, tuple(told["controls"]), told["filled"], strategies)


def as_text(report: Report) -> str:
    """For a terminal: what is clear first, then what is not, then what nights are too few for."""
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
        *_lines(effects),
        "",
    ]
    estimated = sum(one.estimate is not None for one in effects.strategies)
    if estimated:
        lines += [_without_controls(report), _reply_rate(report.reply_rate)]
    if estimated > 1:
        lines.append(CHANCE.format(count=estimated))
    return "\n".join(lines).rstrip()


def _against(effects: Effects) -> str:
    others = effects.strategies and effects.strategies[0].reference != NONE
    return "the average of the other steps" if others else "no step"


def _lines(effects: Effects) -> list[str]:
    if not effects.strategies:
        return ["  No strategy was ever possible in these nights."]
    return [f"  {one.strategy:<20} {sentence(one, effects.outcome)}" for one in in_order(effects)]


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
    """Whether the conclusions stand on the controls."""
    plain = {one.strategy: one for one in report.without_controls.strategies}
    other = [one for one in report.effects.strategies if verdict(plain[one.strategy]) != verdict(one)]
    if not other:
        return "Without controls the conclusions are the same."
    told = (f"  {one.strategy:<20} {sentence(plain[one.strategy], report.effects.outcome)}" for one in other)
    return "\n".join(["Without controls the conclusions are the same but for:", *told])


def _reply_rate(effects: Effects) -> str:
    clear = [one for one in in_order(effects) if verdict(one) == "clear"]
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
        return f"{_moved(one.estimate, outcome)} {_than(one)}, {span}"
    return f"{one.note or 'no clear difference'}: {span}"


def interval_in_words(low: float, high: float, outcome: str) -> str:
    """`0.4 to 0.8 lower`, or `0.1 lower to 0.3 higher`; the number nearer to no difference first."""
    less, more, _ = WORDS[outcome]
    if low < 0 < high:
        return f"{_size(low, outcome)} {less} to {_size(high, outcome)} {more}"
    near, far = sorted((low, high), key=abs)
    return f"{_size(near, outcome)} to {_size(far, outcome)} {less if far < 0 else more}"


def _moved(value: float, outcome: str) -> str:
    less, more, unit = WORDS[outcome]
    return f"{_size(value, outcome)} {unit} {less if value < 0 else more}"


def _size(value: float, outcome: str) -> str:
    return f"{abs(value) * 100:.0f}" if outcome == REPLIED else f"{abs(value):.1f}"


def _than(one: Estimate) -> str:
    return "than with no step" if one.reference == NONE else "than with the others"


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

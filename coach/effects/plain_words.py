"""What all steps together tell, in words that a nurse can repeat. Pure."""

from math import floor, inf

from coach.effects.results import REPLIED, SCORE, Estimate, Pooled, Report
from schedules.decisions.policies import NONE

LIKELY = 0.9
MATTERS = 1.0  # points, to a person
MOST_POINTS = 10  # of a score: no night can be worse by more
HELPS, HARMS, LITTLE, UNKNOWN = "helps", "harms", "little", "unknown"
SAID = {HELPS: "Probably helps", HARMS: "Probably makes nights worse", LITTLE: "Probably makes little difference"}
VERY_PROBABLY = {HELPS: "Very probably helps", HARMS: "Very probably makes nights worse"}
TOO_EARLY = "Too early to tell"
UNLESS = {
    HELPS: "would no longer seem to help if its unanswered nights were {} points worse than its answered ones.",
    HARMS: "would no longer seem to harm if its unanswered nights were {} points better than its answered ones.",
}
OTHERWISE = "what is said stands unless unanswered nights with a step were at least {} points worse than answered ones."
# Less, more, and the unit of a difference.
WORDS = {SCORE: ("lower", "higher", "points"), REPLIED: ("fewer answers", "more answers", "percentage points")}


def ranked(report: Report) -> list[Estimate]:
    """The strategies, those first whose nights seem best; those of which nothing is known last."""

    def place(one: Estimate) -> tuple[bool, float, str]:
        pooled = report.pooled.get(one.strategy)
        return pooled is None, pooled.estimate if pooled else 0.0, one.strategy

    return sorted(report.effects.strategies, key=place)


def level(one: Pooled) -> str:
    """How much can be said, never more than that something is very probable."""
    if one.clear:
        return VERY_PROBABLY[direction(one)]
    return SAID.get(direction(one), TOO_EARLY)


def direction(one: Pooled) -> str:
    """What is said of a strategy, however surely."""
    if one.clear or max(one.probability_helps, 1 - one.probability_helps) >= LIKELY:
        return HELPS if one.probability_helps > 0.5 else HARMS
    return LITTLE if one.ci_low > -MATTERS and one.ci_high < MATTERS else UNKNOWN


def margin(one: Pooled) -> float:
    """By how much the estimate can move before something else is said.

    What helps or harms: until its interval includes zero, or until its estimate is zero if the interval already does.
    What makes little difference: until its interval includes one point more. What is unknown: until its interval is
    above zero.
    """
    said = direction(one)
    if said in (HELPS, HARMS):
        edge = one.ci_high if said == HELPS else one.ci_low
        return abs(edge if edge * one.estimate > 0 else one.estimate)
    return MATTERS - one.ci_high if said == LITTLE else abs(one.ci_low)


def conclusion(report: Report, one: Estimate) -> str:
    """What all steps together tell of one, with its counts."""
    nights = f"{one.n} against {one.n_reference} nights"
    pooled = report.pooled.get(one.strategy)
    if pooled is None:
        return f"{TOO_EARLY} ({nights})."
    return f"{level(pooled)}: {difference(pooled, one.reference)} ({chance(pooled)}; {nights})."


def difference(pooled: Pooled, reference: str) -> str:
    """The difference with its interval."""
    span = interval_in_words(pooled.ci_low, pooled.ci_high, SCORE)
    if _size(pooled.estimate, SCORE) == _size(0, SCORE):
        return f"about the same as {_other(reference)}, 95% interval {span}"
    return f"about {moved(pooled.estimate, SCORE)} {than(reference)}, 95% interval {span}"


def chance(pooled: Pooled) -> str:
    """How probable it is that the step helps, in whole percent that never say certainty."""
    percent = floor(pooled.probability_helps * 100)
    if 1 <= percent < 99:
        return f"{percent}% likely to help"
    return f"{'more than 99' if percent else 'less than 1'}% likely to help"


def tipping(report: Report) -> list[tuple[str, str]]:
    """How different nights without a score would have to be, for each step that is said to do something."""
    told, least = [], inf
    for one in ranked(report):
        points, pooled = report.tipping_points.get(one.strategy), report.pooled.get(one.strategy)
        if points is None or pooled is None:
            continue
        if direction(pooled) in UNLESS:
            told.append((one.strategy, UNLESS[direction(pooled)].format(points_in_words(points))))
        else:
            least = min(least, points)
    if least < inf:
        told.append(("", f"{'The others' if told else 'All steps'}: {OTHERWISE.format(points_in_words(least))}"))
    return told


def points_in_words(points: float) -> str:
    """Points of a score, of which there are no more than ten."""
    return "more than 10" if points > MOST_POINTS else f"{max(points, 0.1):.1f}"


def interval_in_words(low: float, high: float, outcome: str) -> str:
    """`0.4 to 0.8 lower`, or `0.1 lower to 0.3 higher`; the number nearer to no difference first."""
    less, more, _ = WORDS[outcome]
    if low < 0 < high:
        return f"{_size(low, outcome)} {less} to {_size(high, outcome)} {more}"
    near, far = sorted((low, high), key=abs)
    return f"{_size(near, outcome)} to {_size(far, outcome)} {less if far < 0 else more}"


def moved(value: float, outcome: str) -> str:
    """`0.8 points lower`."""
    less, more, unit = WORDS[outcome]
    return f"{_size(value, outcome)} {unit} {less if value < 0 else more}"


def than(reference: str) -> str:
    """What a difference is from."""
    return f"than {_other(reference)}"


def _other(reference: str) -> str:
    return "with no step" if reference == NONE else "with the others"


def _size(value: float, outcome: str) -> str:
    return f"{abs(value) * 100:.0f}" if outcome == REPLIED else f"{abs(value):.1f}"

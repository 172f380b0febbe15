"""The estimates as data, for those who show them: no numpy, so that a web process does without it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SCORE, REPLIED = "outcome_score", "replied"
CLEAR = 0.05


@dataclass(frozen=True, slots=True)
class Stratum:
    """What rows must share to be pooled; empty where a file does not say."""

    programme: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One strategy against its reference: `none`, or `others` for the plain average of the other strategies.

    Negative is better where the outcome is a leg score. Numbers are None where there is no estimate; `note` says why.
    """

    strategy: str
    reference: str
    n: int
    n_reference: int
    estimate: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pooled:
    """One strategy as all of them together tell it, with the probability that offering it lowers the score.

    `clear` holds for all strategies together and however often one looks.
    """

    estimate: float
    ci_low: float
    ci_high: float
    probability_helps: float
    clear: bool


@dataclass(frozen=True, slots=True)
class Effects:
    """The estimates for one outcome.

    `nights` counts those used and `clusters` their persons; `df` is None without a fit; `filled` says how many values
    of a control were unknown and taken to be its mean.
    """

    outcome: str
    nights: int
    clusters: int
    df: int | None
    controls: tuple[str, ...]
    filled: Mapping[str, int]
    strategies: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told of one set of nights.

    Attributes:
        effects: on the score.
        without_controls: the same without controls.
        reply_rate: the effects on who answered at all.
        weighted: the effects on the score, each night weighted by one over its probability of being answered.
        pooled: by strategy, all of them together.
        tipping_points: by strategy, how many points worse the unanswered nights with it would have to be for the
            interval of `pooled` to say something else; only where a night with it is unanswered.
    """

    effects: Effects
    without_controls: Effects
    reply_rate: Effects
    weighted: Effects | None = None
    pooled: Mapping[str, Pooled] = field(default_factory=dict)
    tipping_points: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnNights:
    """A person's scored nights with a step offered and with none, their mean scores, and how likely chance alone is."""

    participant_id: str
    nudged: int
    nudged_mean: float
    not_nudged: int
    not_nudged_mean: float
    p: float
    note: str

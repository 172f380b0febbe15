"""The formula agrees with the authors' calculator, and with one written apart: matrices as in the paper, SciPy's F."""

import csv
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from scipy.stats import f as central_f
from scipy.stats import ncf

from coach.studies.noncentral_f import beta_tail, power
from coach.studies.sample_size import Plan, PlanError, effects_by_day, participants, power_of

# What the R package MRTSampleSize 0.3.0 by Liao, Huang, Seewald and Sun (CRAN, the authors' calculator) answers for
# each plan: `calculateSampleSize` with a constant availability and `dimB=3`. Above 1,000 people it gives no number.
PUBLISHED = Path(__file__).parent / "data" / "published_calculator.csv"

EXAMPLE = Plan(effect=0.1, days=42, occasions=1, probability=0.4, availability=0.7, power=0.8)


def oracle(plan: Plan) -> int:
    """The paper's d and Q as matrices, with d solved for from the mean, the start and the peak."""
    order = ["constant", "linear", "quadratic"].index(plan.shape) + 1
    days = np.arange(plan.days)
    if order == 1:
        d = np.array([plan.effect])
    elif order == 2:
        d = np.array([plan.initial, 2 * (plan.effect - plan.initial) / (plan.days - 1)])
    else:
        conditions = [[1, 2 * (plan.peak_day - 1)], [days.sum(), (days**2).sum()]]
        d = np.array([plan.initial, *np.linalg.solve(conditions, [0, (plan.effect - plan.initial) * plan.days])])
    z = np.vander(np.repeat(days, plan.occasions), order, increasing=True).astype(float)
    q = z.T @ np.diag(np.full(len(z), plan.availability * plan.probability * (1 - plan.probability))) @ z
    for people in range(10, 5000):
        df = people - order - 3
        critical = central_f.isf(plan.alpha, order, df)
        if ncf.sf(critical, order, df, people * d @ q @ d) >= plan.power:
            return people
    raise AssertionError("too many people")


def random_plan(seed: int) -> Plan:
    random = Random(seed)
    days, effect = random.randint(5, 90), random.uniform(0.04, 0.4)
    return Plan(
        effect,
        days,
        random.randint(1, 6),
        random.uniform(0.1, 0.9),
        random.uniform(0.2, 1.0),
        random.uniform(0.5, 0.97),
        random.choice([0.01, 0.05, 0.1]),
        random.choice(["constant", "linear", "quadratic"]),
        random.uniform(0, effect),
        random.randint(days // 2 + 1, days),
    )


def test_the_example_of_the_documentation() -> None:
    assert participants(EXAMPLE) == oracle(EXAMPLE) == 114


def test_the_published_calculator_gives_the_same_number_of_people() -> None:
    with PUBLISHED.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 250
    for row in rows:
        days, occasions, peak_day = (int(row[name]) for name in ("days", "occasions", "peak_day"))
        names = ("effect", "probability", "availability", "power", "alpha", "initial")
        effect, probability, availability, wanted, alpha, initial = (float(row[name]) for name in names)
        design = (effect, days, occasions, probability, availability, wanted, alpha, row["shape"], initial, peak_day)
        assert participants(Plan(*design)) == int(row["participants"]), row


@pytest.mark.parametrize("seed", range(60))
def test_a_random_plan_needs_as_many_people_as_the_oracle_says(seed: int) -> None:
    plan = random_plan(seed)
    assert participants(plan) == oracle(plan)


@pytest.mark.parametrize("effect", [0.05, 0.06, 0.08, 0.1])
@pytest.mark.parametrize("availability", [0.5, 0.7])
def test_five_occasions_a_day_with_a_peak_after_four_weeks(effect: float, availability: float) -> None:
    plan = Plan(effect, 42, 5, 0.4, availability, 0.8, shape="quadratic")
    assert participants(plan) == oracle(plan)


@pytest.mark.parametrize("numerator", [1, 2, 3])
@pytest.mark.parametrize("denominator", [4, 11, 108, 5000, 999_994])
@pytest.mark.parametrize("noncentrality", [1e-6, 0.5, 8.0, 60.0])
def test_the_power_of_the_f_test_is_scipys(numerator: int, denominator: int, noncentrality: float) -> None:
    for alpha in (0.001, 0.05, 0.3):
        critical = central_f.isf(alpha, numerator, denominator)
        theirs = ncf.sf(critical, numerator, denominator, noncentrality)
        assert power(numerator, denominator, noncentrality, alpha) == pytest.approx(theirs, rel=1e-7)


def test_without_an_effect_the_power_is_the_level_and_with_a_huge_one_it_is_certain() -> None:
    assert power(2, 20, 0.0, 0.05) == pytest.approx(0.05)
    assert power(2, 20, 1e5, 0.05) == pytest.approx(1.0)
    assert (beta_tail(2, 3, 0.0), beta_tail(2, 3, 1.0)) == (0.0, 1.0)


def test_the_effect_has_the_mean_the_start_and_the_peak_that_were_asked_for() -> None:
    for shape in ("constant", "linear", "quadratic"):
        curve = effects_by_day(replace(EXAMPLE, shape=shape, initial=0.02))
        assert np.mean(curve) == pytest.approx(0.1)
        assert curve[0] == pytest.approx(0.1 if shape == "constant" else 0.02)
    assert int(np.argmax(curve)) + 1 == 28


def test_one_person_fewer_does_not_reach_the_power() -> None:
    assert power_of(EXAMPLE, 114) >= 0.8 > power_of(EXAMPLE, 113)


def test_never_fewer_than_ten() -> None:
    assert participants(replace(EXAMPLE, effect=0.9)) == 10


@pytest.mark.parametrize(
    ("option", "change"),
    [
        *((name, {name: value}) for name in ("effect", "probability", "power", "alpha") for value in (0.0, 1.0, -0.1)),
        ("effect", {"effect": float("nan")}),
        ("effect", {"effect": 1e-5}),
        ("availability", {"availability": 0.0}),
        ("availability", {"availability": 1.1}),
        ("days", {"days": 0}),
        ("days", {"days": 2, "shape": "quadratic"}),
        ("occasions", {"occasions": 0}),
        ("shape", {"shape": "cubic"}),
        ("initial", {"initial": float("inf"), "shape": "linear"}),
        ("initial", {"initial": 0.2, "shape": "quadratic"}),
        ("initial", {"initial": -0.1, "shape": "quadratic"}),
        ("peak-day", {"peak_day": 0, "shape": "quadratic"}),
        ("peak-day", {"peak_day": 10, "shape": "quadratic"}),
    ],
)
def test_an_impossible_plan_is_refused_with_the_option_to_change(option: str, change: dict[str, object]) -> None:
    with pytest.raises(PlanError, match=f"^--{option}: .*[.]$"):
        participants(replace(EXAMPLE, **change))  # type: ignore[arg-type]  # wrong values are meant

"""`coach study plan`: what scripts rely on, and the simulation beside the formula."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from coach.cli.study import study
from coach.simulation import Setup
from coach.simulation.living import simulate_person
from coach.studies.simulated_power import Pool, pool_of, simulate_power
from content.catalogue import Catalogue

GIVEN = {"effect": 0.1, "days": 42, "occasions": 1, "probability": 0.4, "availability": 0.7, "power": 0.8}


def run(*more: str, **changed: float) -> Result:
    given = [word for name, value in (GIVEN | changed).items() for word in (f"--{name}", str(value))]
    return CliRunner().invoke(study, ["plan", *given, *more])


def told(*more: str, **changed: float) -> dict[str, Any]:
    answer = run("--json", *more, **changed)
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_the_formula_as_json() -> None:
    found = told()
    assert (found["participants"], found["method"]) == (114, "formula")
    assert found["power_reached"] == pytest.approx(0.803, abs=0.001)
    assert {name: found[name] for name in GIVEN} == GIVEN
    assert "simulated" not in found


def test_the_formula_in_words() -> None:
    assert "114 people give a power of 0.803 (0.8 wanted)." in run().output
    assert "quadratic from 0.0, peak on day 30" in run("--shape", "quadratic", "--peak-day", "30").output


@pytest.mark.parametrize(
    "changed", [{"power": 1}, {"effect": 0}, {"probability": 0}, {"probability": 1}, {"availability": 0}, {"days": 0}]
)
def test_wrong_input_is_exit_2_and_one_sentence(changed: dict[str, float]) -> None:
    answer = run(**changed)
    assert answer.exit_code == 2
    [error] = [line for line in answer.stderr.splitlines() if line.startswith("Error: ")]
    assert f"--{next(iter(changed))}" in error


def test_the_programme_and_its_simulation_come_together() -> None:
    for more in (["--simulate"], ["--programme", "evening"], ["--simulate", "--programme", "none"]):
        assert run(*more).exit_code == 2
    assert run("--simulate", "--programme", "evening", effect=0.005).exit_code == 2, "too many to simulate"


def test_the_simulation_of_a_programme_stands_beside_the_formula() -> None:
    found = told("--simulate", "--programme", "evening", effect=0.3, days=14)
    simulated = found["simulated"]
    assert simulated == told("--simulate", "--programme", "evening", effect=0.3, days=14)["simulated"], "seeded"
    assert (simulated["programme"], simulated["policy"]) == ("evening", "micro-randomised")
    assert 0.4 < simulated["probability"] < 0.55, "of the arms for the same night: none has 0.4 of the whole"
    assert 0.6 < simulated["availability"] < 0.9
    assert 0.7 < simulated["scored"] < 0.9
    assert simulated["ci_low"] < simulated["power"] < simulated["ci_high"]
    assert simulated["power"] > 0.5
    assert "of 1000 trials detect it" in run("--simulate", "--programme", "evening", effect=0.3, days=14).output


def even_pool(people: int, evenings: int) -> Pool:
    """As the formula has it: everyone alike, a step possible on seven evenings of ten, every score there."""
    shape, rng = (people, evenings), np.random.default_rng(3)
    possible = (rng.random(shape) < 0.7).astype(np.float64)
    day, yes = np.broadcast_to(np.arange(evenings), shape), np.ones(shape, dtype=bool)
    return Pool(np.full(people, 5.0), day, np.multiply(possible, 0.4), np.multiply(possible, 0.6), yes, yes)


def test_where_the_formula_s_assumptions_hold_the_simulation_agrees_with_it() -> None:
    found = simulate_power(even_pool(300, 42), 114, [0.1] * 42, 42, seed=1)
    assert found.availability == pytest.approx(0.7, abs=0.02)
    assert found.power == pytest.approx(0.803, abs=0.05)


def test_steps_for_tomorrow_are_set_aside_and_the_others_are_still_found() -> None:
    even = even_pool(300, 42)
    pool = replace(even, tonight=even.tonight / 2)
    found = simulate_power(pool, 60, [0.5] * 42, 42, seed=4)
    assert found.probability == pytest.approx(0.25, abs=0.01)
    assert found.power > 0.95


def test_without_an_effect_one_trial_in_twenty_detects_one(catalogue: Catalogue) -> None:
    setup = Setup(60, 28, policy="micro-randomised", seed=2)
    lives = [simulate_person(setup, catalogue, number) for number in range(1, 61)]
    pool = pool_of(setup, lives, ["caffeine", "daytime-activity", "check-up"])
    assert simulate_power(pool, 30, [0.0] * 28, 28, seed=5).power == pytest.approx(0.05, abs=0.025)

"""The primary contrast: two implementations agree, the truth is found, and steps for tomorrow do no harm."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import t as student

from coach.cli.effects import effects
from coach.export import reproduce
from coach.export.reproduce import Night, Row, estimate, registration_hash
from coach.studies.contrast import Nights, step_against_none
from coach.studies.load_report import as_arrays

TRUTH = -0.8
REGISTERED: dict[str, Any] = {
    "programme": "evening",
    "policy": "micro-randomised",
    "analysis": {"controls": ["prior_score", "nights_since_start"]},
    "protocol": "",
    "protocol_sha256": "",
    "registered_at": "2026-01-01T00:00:00Z",
    "observed": {},
}


def world(seed: int, people: int = 60, nights: int = 40) -> dict[str, list[Row]]:
    """Tables of a study: `tonight` is worth TRUTH on its night, `tomorrow` as much on the next one."""
    rng = np.random.default_rng(seed)
    decisions: list[Row] = []
    for person in range(people):
        usual, late, prior = rng.uniform(4, 7), False, ""
        for night in range(nights):
            chances = {"tonight": 0.3, "tomorrow": 0.3, "none": 0.4} if rng.random() < 0.7 else {"tonight": 0.6}
            chances |= {"none": 1 - sum(chance for arm, chance in chances.items() if arm != "none")}
            action = str(rng.choice(list(chances), p=list(chances.values())))
            score = usual + rng.normal(0, 1.4) + TRUTH * ((action == "tonight") + late)
            shown = f"{score:.3f}" if rng.random() < 0.8 else ""
            decisions.append(
                {
                    **{"participant_id": f"p{person}", "decision_id": f"{person}-{night}", "available": "1"},
                    **{"programme": "evening", "policy": "micro-randomised", "policy_since": "x", "delivered": "1"},
                    **{"probabilities": json.dumps(chances), "action": action, "outcome_score": shown},
                    **{"acts_on": {"tonight": "tonight", "tomorrow": "tomorrow"}.get(action, "")},
                    **{"prior_score": prior, "nights_since_start": str(night), "local_date": f"2026-{night:04d}"},
                    "unavailable_reason": "",
                }
            )
            late, prior = action == "tomorrow", shown or prior
    blank = dict.fromkeys(("language", "status", "programme"), "")
    known: list[Row] = [{"participant_id": f"p{person}"} | blank for person in range(people)]
    return {"participants": known, "decisions": decisions, "check_ins": []}


def told(tables: dict[str, list[Row]]) -> tuple[dict[str, Any], dict[str, Any]]:
    registered = REGISTERED | {"sha256": registration_hash(REGISTERED)}
    names = registered["analysis"]["controls"]

    def fit(nights: Sequence[Night], controlled: bool) -> dict[str, Any]:
        return asdict(step_against_none(as_arrays(nights, names if controlled else ())))

    return reproduce.report(registered, tables, estimate), reproduce.report(registered, tables, fit)


@pytest.mark.parametrize("seed", range(6))
def test_the_script_and_the_product_come_to_the_same_digits(seed: int) -> None:
    theirs, ours = told(world(seed, people=5 + 7 * seed, nights=14))
    assert theirs == ours
    assert ours["primary"]["estimate"] is not None


def test_the_truth_is_found_although_steps_for_tomorrow_are_drawn_as_well() -> None:
    found = [told(world(seed))[1]["primary"] for seed in range(100, 130)]
    assert np.mean([one["estimate"] for one in found]) == pytest.approx(TRUTH, abs=0.04)
    assert sum(one["ci_low"] <= TRUTH <= one["ci_high"] for one in found) >= 26


def test_with_two_arms_it_is_the_estimate_of_coach_effects() -> None:
    rng = np.random.default_rng(7)
    person, chance = np.repeat(np.arange(20), 30), rng.uniform(0.3, 0.7, 600)
    step, outcome, prior = rng.random(600) < chance, rng.normal(5, 2, 600), rng.normal(5, 2, 600)
    prior[:50] = np.nan
    ours = asdict(step_against_none(Nights(person, chance, step, outcome, {"prior_score": prior})))
    lines = ["participant_id,available,action,outcome_score,prior_score,probabilities"]
    for place in range(600):
        known = "" if np.isnan(prior[place]) else float(prior[place])
        vector = f'"{{""step"": {float(chance[place])}, ""none"": {float(1 - chance[place])}}}"'
        action = "step" if step[place] else "none"
        lines.append(f"{person[place]},1,{action},{float(outcome[place])},{known},{vector}")
    answer = CliRunner().invoke(effects, ["-", "--json"], input="\n".join(lines))
    [theirs] = json.loads(answer.stdout)["strategies"]
    for name in ("estimate", "se", "ci_low", "ci_high", "p"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-9), name


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 30, 41, 500])
def test_the_scripts_t_distribution_is_scipys(df: int) -> None:
    for t in (0.0, 0.3, 2.0, 12.0):
        assert reproduce._within(t, df) == pytest.approx(1 - 2 * student.sf(t, df), abs=1e-12)
    assert reproduce._quantile(df) == pytest.approx(student.isf(0.025, df), rel=1e-10)


def test_too_few_people_or_one_arm_alone_has_no_estimate_in_either() -> None:
    for tables in (world(1, people=2), world(1, people=3, nights=1)):
        theirs, ours = told(tables)
        assert theirs["primary"] == ours["primary"]
        assert ours["primary"]["estimate"] is None
    assert estimate([], True) == asdict(step_against_none(as_arrays([], ())))

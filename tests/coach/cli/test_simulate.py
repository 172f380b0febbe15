"""`coach simulate`: simulated people, real decisions, and the file that `coach effects` reads."""

import csv
import io
import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coach.cli.simulate import simulate
from coach.export.decisions_csv import COLUMNS
from coach.simulation import Setup, csv_chunks
from coach.simulation.living import begin_life, simulate_person
from content.catalogue import Catalogue
from schedules.decisions.policies import CURRENT_VERSION


def file_of(setup: Setup, processes: int = 1) -> str:
    return "".join(lines for _, lines in csv_chunks(setup, processes))


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_columns_and_formats_are_those_of_the_contract() -> None:
    text = file_of(Setup(30, 20, policy="micro-randomised", seed=4))
    assert text.splitlines()[0] == (
        "participant_id,decision_id,slot,local_date,decided_at,available,unavailable_reason,eligible,probabilities,"
        "policy,draw,action,delivered,outcome_score,outcome_at,habit,prior_score,nights_since_start,"
        "programme,policy_since,acts_on,outcome_on,tags"
    )
    assert len({row["decision_id"] for row in read(text)}) == len(read(text))
    for row in read(text):
        assert tuple(row) == COLUMNS
        assert row["decided_at"].endswith("Z")
        assert row["policy"] == "micro-randomised"
        assert {row["available"], row["delivered"], row["habit"]} <= {"0", "1", ""}
        assert not row["outcome_score"] or (0 <= int(row["outcome_score"]) <= 10 and row["outcome_at"])
        if row["available"] == "1":
            vector = json.loads(row["probabilities"])
            assert set(vector) == {*row["eligible"].split(";"), "none"}
            assert sum(vector.values()) == pytest.approx(1)
            assert vector[row["action"]] > 0
        else:
            assert row["unavailable_reason"]
            assert row["probabilities"] == row["action"] == row["draw"] == ""


def test_an_outcome_is_known_only_after_its_decision_and_the_prior_score_before() -> None:
    for row in read(file_of(Setup(10, 15))):
        if row["outcome_at"]:
            assert datetime.fromisoformat(row["outcome_at"]) > datetime.fromisoformat(row["decided_at"])
        if row["nights_since_start"] == "0":
            assert row["prior_score"] == "", "nothing was asked before"


def test_the_seed_alone_decides_and_not_the_number_of_processes() -> None:
    setup = Setup(220, 3, seed=7)
    assert file_of(setup) == file_of(setup, processes=2)
    assert file_of(setup) != file_of(Setup(220, 3, seed=8))
    assert file_of(Setup(20, 3, seed=7)) == "".join(
        file_of(setup).splitlines(keepends=True)[: 1 + len(read(file_of(Setup(20, 3, seed=7))))]
    )


@pytest.mark.parametrize("policy", sorted(CURRENT_VERSION))
def test_simulated_evenings_keep_the_promises_of_real_ones(catalogue: Catalogue, policy: str) -> None:
    for number in range(1, 13):
        life = begin_life(Setup(20, 60, policy=policy, seed=3), catalogue, number)
        life.live()
        texts: dict[str, Any] = {}
        for before, step in zip([None, *life.steps], life.steps, strict=False):
            if step.text_id:
                assert before is None or before.strategy != step.strategy
                assert step.text_id not in texts or (step.local_on - texts[step.text_id]).days > 30
                texts[step.text_id] = step.local_on


def test_the_known_effects_are_in_the_outcomes() -> None:
    effects = {"stretching": -2.0, "mindfulness": -1.0, "caffeine": 1.0}
    scores: dict[str, list[int]] = defaultdict(list)
    for row in read(file_of(Setup(150, 40, policy="micro-randomised", effects=effects, seed=5))):
        if row["outcome_score"] and row["delivered"] == "1":
            scores[row["action"]].append(int(row["outcome_score"]))
    without = mean(scores["none"])
    for strategy, effect in effects.items():
        error = stdev(scores[strategy]) / len(scores[strategy]) ** 0.5
        assert mean(scores[strategy]) - without == pytest.approx(effect, abs=4 * error)


def test_answers_are_missing_about_as_often_as_in_life_and_nights_lean_on_each_other(catalogue: Catalogue) -> None:
    rows = [row for number in range(1, 151) for row in simulate_person(Setup(150, 30), catalogue, number)]
    asked = [row for row in rows if row.available]
    assert 0.15 < sum(row.outcome_score is None for row in asked) / len(asked) < 0.35
    assert any(row.unavailable_reason == "paused" for row in rows)
    assert any(row.unavailable_reason == "not_due" for row in rows), "somebody fell silent, and was stepped down"
    assert any(row.delivered is False for row in rows)


def test_the_other_programme_asks_in_the_morning(catalogue: Catalogue) -> None:
    rows = simulate_person(Setup(1, 10, programme="evening-and-morning", seed=2), catalogue, 1)
    assert [row.slot for row in rows] == ["evening"] * 10
    assert any(row.outcome_score is not None for row in rows)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(simulate, arguments)


def test_the_command_writes_the_file_whole(tmp_path: Path) -> None:
    effects, out = tmp_path / "effects.toml", tmp_path / "decisions.csv"
    effects.write_text("stretching = -0.8\nmindfulness = -0.4\n")
    answer = run("--participants", "5", "--days", "4", "--effects", str(effects), "--seed", "3", "--out", str(out))
    assert answer.exit_code == 0, answer.output
    assert len(read(out.read_bytes().decode())) == 20
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["decisions.csv", "effects.toml"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [("ice-bath = 1", "is no strategy"), ('stretching = "much"', "must be a number"), ("= 1", "cannot be read")],
)
def test_effects_that_cannot_be_used_exit_2(tmp_path: Path, words: str, reason: str) -> None:
    file = tmp_path / "effects.toml"
    file.write_text(words)
    answer = run("--participants", "5", "--days", "4", "--effects", str(file))
    assert (answer.exit_code, reason in answer.output) == (2, True)


def test_an_unknown_programme_or_policy_exits_2() -> None:
    assert run("--participants", "5", "--days", "4", "--programme", "noon").exit_code == 2
    assert run("--participants", "5", "--days", "4", "--policy", "best").exit_code == 2

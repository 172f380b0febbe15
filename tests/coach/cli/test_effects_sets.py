"""`coach effects` on files that say which night a step acts on, and of several programmes or policies."""

import csv
import io
import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from coach.cli.effects import effects
from schedules.decisions.policies import NONE
from tests.coach.effects.pooled_world import START, World, live

OLD = ("outcome_on", "acts_on", "programme", "policy", "policy_since", "local_date")


def run(*arguments: str, given: str) -> Result:
    return CliRunner().invoke(effects, ["-", *arguments], input=given)


def told(given: str, *arguments: str) -> dict[str, Any]:
    answer = run("--json", *arguments, given=given)
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def file_of(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def rows_of(world: World, seed: int, **columns: str) -> list[dict[str, str]]:
    """A decisions file of a made-up study, whose people have the seed in their names."""
    names, found = (*world.arms, NONE), []
    for person, life in enumerate(live(world, np.random.default_rng(seed))):
        for number, one in enumerate(life[: world.evenings]):
            on = START + timedelta(days=number)
            later = one.action is not None and names[one.action].startswith("b")
            score = life[number + later].score
            vector = {name: float(p) for name, p in zip(names, one.vector, strict=True)}
            action = "" if one.action is None else names[one.action]
            found.append(
                {
                    "participant_id": f"{seed}-{person}",
                    "local_date": str(on),
                    "available": str(int(bool(action))),
                    "probabilities": json.dumps(vector) if action else "",
                    "action": action,
                    "outcome_score": "" if score is None else str(score),
                    "prior_score": "" if one.prior is None else str(one.prior),
                    "acts_on": "" if action in ("", NONE) else "tomorrow" if later else "tonight",
                    "outcome_on": str(on + timedelta(days=later)),
                }
                | columns
            )
    return found


def test_a_step_for_tomorrow_is_found_in_a_file_and_not_without_its_columns() -> None:
    rows = rows_of(World(400, 42, (-0.4,), (-0.8,), unavailable=0.1, spread=0.5), 1)
    found = {one["strategy"]: one for one in told(file_of(rows))["strategies"]}
    assert found["b00"]["estimate"] == pytest.approx(-0.8, abs=0.05)
    assert found["a00"]["estimate"] == pytest.approx(-0.4, abs=0.05)
    older = told(file_of([{name: row[name] for name in row if name not in OLD} for row in rows]))
    assert {one["strategy"]: one["n"] for one in older["strategies"]}["b00"] > found["b00"]["n"]


def test_the_dates_are_enough_to_find_the_evening() -> None:
    rows = rows_of(World(30, 42, (-0.4,), (-0.8,), unavailable=0.1), 1)
    assert told(file_of(rows)) == told(file_of([{**row, "local_date": ""} for row in rows]))


def test_columns_that_are_empty_are_as_if_they_were_not_there() -> None:
    rows = rows_of(World(20, 30, (-0.4, 0.0), (-0.8,)), 1)
    bare = [{name: row[name] for name in row if name not in OLD} for row in rows]
    empty = [row | dict.fromkeys(OLD, "") for row in rows]
    assert told(file_of(bare), "--people") == told(file_of(empty), "--people")


def test_programmes_and_policies_give_sets_of_their_own() -> None:
    world = World(20, 42, (-0.8, 0.0))
    evening = rows_of(world, 1, programme="evening", policy="micro-randomised")
    rotated = rows_of(World(30, 42, (0.0,) * 6, policy="rotation"), 2, programme="evening", policy="rotation")
    morning = rows_of(World(10, 42, (0.0, 0.0)), 3, programme="morning", policy="micro-randomised")
    found = told(file_of(evening + morning + rotated))
    named = [(one["programme"], one["policy"]) for one in found["sets"]]
    assert named == [("evening", "rotation"), ("evening", "micro-randomised"), ("morning", "micro-randomised")]
    alone = told(file_of(evening))
    assert "sets" not in alone
    mine = found["sets"][1]
    assert [one["estimate"] for one in mine["strategies"]] == [one["estimate"] for one in alone["strategies"]]
    assert {name: found[name] for name in ("nights", "clusters", "strategies")} == {
        name: found["sets"][0][name] for name in ("nights", "clusters", "strategies")
    }
    text = run(given=file_of(evening + morning + rotated)).stdout
    assert text.startswith("3 sets of nights that must not be pooled.\n\nProgram evening, policy rotation\n")
    assert "\nProgram morning, policy micro-randomised\n" in text


def test_a_person_who_changed_is_in_both_sets_and_a_night_is_found_across_the_change() -> None:
    rows = rows_of(World(12, 40, (0.0,), (0.0,)), 1, programme="evening", policy="micro-randomised")
    for row in rows:
        if date.fromisoformat(row["local_date"]) >= START + timedelta(days=20):
            row["policy"] = "another"
    found = told(file_of(rows))
    assert sorted(one["clusters"] for one in found["sets"]) == [12, 12]
    whole = told(file_of([{**row, "programme": ""} for row in rows]))
    assert sum(one["nights"] for one in found["sets"]) == whole["nights"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"acts_on": "soon"}, "row 3, acts_on: 'soon' must be tonight or tomorrow, or empty\n"),
        ({"acts_on": "tomorrow"}, "row 3, acts_on: a00 is for tonight in an earlier row\n"),
        ({"outcome_on": "2 March"}, "row 3, outcome_on: '2 March' is not a date such as 2026-03-02\n"),
    ],
)
def test_a_wrong_cell_is_one_sentence(changes: dict[str, str], sentence: str) -> None:
    row = {"participant_id": "p", "available": "1", "probabilities": '{"a00": 0.5, "none": 0.5}', "action": "a00"}
    row |= {"outcome_score": "4", "prior_score": "", "acts_on": "tonight", "outcome_on": "2026-03-02"}
    answer = run(given=file_of([row, row | changes]))
    assert (answer.exit_code, answer.stderr) == (2, sentence)


def test_each_step_has_a_pooled_estimate_from_six_people_up() -> None:
    rows = rows_of(World(6, 42, (-0.8,) + (0.0,) * 9), 4)
    six = told(file_of(rows))["strategies"]
    assert {one["estimate"] for one in six} == {None}, "more steps than people: nothing from each alone"
    for one in six:
        assert one["pooled"]["ci_low"] <= one["pooled"]["estimate"] <= one["pooled"]["ci_high"]
        assert 0 <= one["pooled"]["probability_helps"] <= 1
        assert isinstance(one["clear"], bool)
        assert one["tipping_point"] > 0
    five = told(file_of([row for row in rows if row["participant_id"] != "4-0"]))["strategies"]
    assert {(one["pooled"], one["clear"], one["tipping_point"]) for one in five} == {(None, False, None)}


def test_where_every_night_has_a_score_there_is_no_tipping_point() -> None:
    rows = [row | {"outcome_score": row["outcome_score"] or "5"} for row in rows_of(World(12, 30, (0.0, 0.0)), 1)]
    assert {one["tipping_point"] for one in told(file_of(rows))["strategies"]} == {None}
    assert "without a score" not in run(given=file_of(rows)).stdout


def test_the_text_says_what_a_nurse_can_repeat() -> None:
    text = run(given=file_of(rows_of(World(60, 84, (-1.5, 0.0)), 1))).stdout
    assert "  a00                  Very probably helps: about 1." in text
    assert "points lower than with no step, 95% interval 1." in text
    assert "(more than 99% likely to help; " in text
    assert "a00                  would no longer seem to help if its unanswered nights were " in text
    assert "points worse than its answered ones." in text
    assert "For researchers, each step alone" in text
    assert "proven" not in text

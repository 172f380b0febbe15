"""`coach effects`: any study's file, one sentence for each thing wrong with it, and the shape that scripts rely on."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coach.cli.effects import effects
from coach.export.decisions_csv import COLUMNS
from coach.simulation import Setup, csv_chunks

ROW = {
    "participant_id": "p1",
    "decision_id": "",
    "available": "1",
    "probabilities": '{"nudge": 0.5, "none": 0.5}',
    "action": "nudge",
    "outcome_score": "4",
    "prior_score": "5",
}


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(effects, ["-", *arguments], input=given)


def file_of(*rows: dict[str, str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def told(*arguments: str, given: str) -> dict[str, Any]:
    answer = run("--json", *arguments, given=given)
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


@pytest.fixture(scope="module")
def simulated() -> str:
    setup = Setup(120, 42, policy="micro-randomised", effects={"stretching": -2.0, "mindfulness": -1.0}, seed=11)
    return "".join(lines for _, lines in csv_chunks(setup, 1))


def test_it_finds_in_simulated_evenings_what_the_simulation_put_in(simulated: str) -> None:
    found = told(given=simulated)
    by_strategy = {one["strategy"]: one for one in found["strategies"]}
    for strategy, effect in (("stretching", -2.0), ("mindfulness", -1.0), ("massage", 0.0), ("caffeine", 0.0)):
        one = by_strategy[strategy]
        assert one["reference"] == "none"
        assert one["estimate"] == pytest.approx(effect, abs=4 * one["se"])
        assert one["se"] < 0.25


def test_the_json_has_the_names_of_the_contract(simulated: str) -> None:
    found = told(given=simulated)
    assert found["outcome"] == "outcome_score"
    assert found["df"] == found["clusters"] - 2 - len([one for one in found["strategies"] if one["se"]])
    assert list(found["strategies"][0]) == [
        *("strategy", "reference", "n", "n_reference", "estimate", "se", "ci_low", "ci_high", "p", "note"),
        *("pooled", "clear", "tipping_point"),
    ]
    assert list(found["strategies"][0]["pooled"]) == ["estimate", "ci_low", "ci_high", "probability_helps"]
    assert [one["strategy"] for one in found["strategies"]] == sorted(one["strategy"] for one in found["strategies"])
    assert found["controls"] == ["prior_score"]
    assert found["without_controls"]["controls"] == []
    assert found["reply_rate"]["outcome"] == "replied"
    assert found["reply_rate"]["nights"] > found["nights"]
    assert "people" not in found


def test_without_a_withheld_step_each_is_compared_with_the_average_of_the_others() -> None:
    setup = Setup(80, 30, policy="rotation", effects={"stretching": -3.0}, seed=2)
    found = told(given="".join(lines for _, lines in csv_chunks(setup, 1)))
    one = next(one for one in found["strategies"] if one["strategy"] == "stretching")
    assert one["reference"] == "others"
    assert one["estimate"] == pytest.approx(-3.0, abs=4 * one["se"])


def test_what_did_not_arrive_keeps_its_assigned_action(simulated: str) -> None:
    rows = list(csv.DictReader(io.StringIO(simulated, newline="")))
    assert any(row["delivered"] == "0" for row in rows)
    assert told(given=file_of(*(row | {"delivered": "0"} for row in rows))) == told(given=simulated)


def test_a_study_of_two_actions_with_no_more_than_the_needed_columns(simulated: str) -> None:
    rows = []
    for row in csv.DictReader(io.StringIO(simulated, newline="")):
        if row["available"] == "1":
            nudged = "none" if row["action"] == "none" else "nudge"
            vector = '{"nudge": 0.6, "none": 0.4}'
            rows.append(
                {**{name: row[name] for name in ROW}, "action": nudged, "probabilities": vector, "decision_id": ""}
            )
    [one] = told(given=file_of(*rows))["strategies"]
    assert (one["strategy"], one["reference"]) == ("nudge", "none")
    assert one["ci_high"] < 0


def test_it_controls_for_the_columns_that_are_named_instead(simulated: str) -> None:
    assert told("--control", "nights_since_start", given=simulated)["controls"] == ["nights_since_start"]
    both = told("--control", "nights_since_start", "--control", "prior_score", given=simulated)
    assert both["controls"] == ["nights_since_start", "prior_score"]
    missing = run("--control", "age", given=simulated)
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert missing.stderr == "row 1, age: there is no such column to control for\n"


def test_the_text_says_how_to_read_it_and_each_person_only_when_asked(simulated: str) -> None:
    text = run(given=simulated).stdout
    assert re.search(r"^ *stretching +[12]\.\d points lower than with no step, 95% interval", text, re.M)
    assert "Nights count by what was offered at random" in text
    assert "Each person alone" not in text
    assert "nights with a step" in run("--people", given=simulated).stdout
    assert told("--people", given=simulated)["people"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"available": "yes"}, "row 2, available: 'yes' must be 1 or 0"),
        ({"participant_id": " "}, "row 2, participant_id: it is empty: every row needs its person"),
        ({"outcome_score": "four"}, "row 2, outcome_score: 'four' is not a number"),
        ({"outcome_score": "nan"}, "row 2, outcome_score: 'nan' is not a number"),
        ({"prior_score": "5,5"}, "row 2, prior_score: '5,5' is not a number"),
        ({"action": ""}, "row 2, action: it is empty although available is 1"),
        ({"action": "walk"}, "row 2, action: 'walk' had no probability in this row"),
        ({"probabilities": ""}, "row 2, probabilities: '' is not a JSON object of arm to probability"),
        ({"probabilities": "[1]"}, "row 2, probabilities: '[1]' is not a JSON object of arm to probability"),
        ({"probabilities": '{"nudge": 1.5}'}, "row 2, probabilities: the probability of nudge must be a number from 0"),
        ({"probabilities": '{"nudge": true}'}, "row 2, probabilities: the probability of nudge must be a number from"),
        ({"probabilities": '{"nudge": 0.5, "none": 0.4}'}, "row 2, probabilities: they sum to 0.900, not 1"),
        ({"probabilities": '{"nudge": NaN}'}, "row 2, probabilities: the probability of nudge must be a number from"),
    ],
)
def test_each_wrong_cell_is_one_sentence_and_exit_2(changes: dict[str, str], sentence: str) -> None:
    answer = run(given=file_of(ROW | changes, ROW))
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.startswith(sentence)
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "row 1: the file is empty: its first row must name the columns"),
        ("a,b\n1,2\n", "row 1, participant_id: this column is missing"),
        (file_of(ROW).splitlines()[0], "row 1: the file has no decision at which someone was available"),
        (file_of(ROW | {"available": "0"}), "row 2: the file has no decision at which someone was available"),
        (file_of(ROW) + "p1,,1\n", "row 3: it has 3 cells, not 7"),
        (file_of(ROW | {"decision_id": "7"}, ROW | {"decision_id": "7"}), "row 3, decision_id: 7 is there twice"),
        (file_of(ROW) + '"p1\n', "row 3: this is not well-formed CSV"),
        ("participant_id,participant_id\n", "row 1, available: this column is missing"),
        ("\xff".encode("latin-1").decode("utf-8", "surrogateescape"), "row 1: this is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_decisions_file_says_what_is_missing(tmp_path: Path, words: str, sentence: str) -> None:
    file = tmp_path / "decisions.csv"
    file.write_bytes(words.encode("utf-8", "surrogateescape"))
    answer = CliRunner().invoke(effects, [str(file)])
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.startswith(sentence)


def test_many_errors_are_told_up_to_a_number() -> None:
    answer = run(given=file_of(*[ROW | {"available": "2"}] * 30))
    assert answer.stderr.count("must be 1 or 0") == 20
    assert answer.stderr.endswith("And 10 more errors.\n")


def test_a_file_that_is_not_there_exits_2() -> None:
    assert CliRunner().invoke(effects, ["nowhere.csv"]).exit_code == 2


def test_the_columns_it_needs_are_columns_of_our_own_file() -> None:
    assert set(ROW) <= set(COLUMNS)


def test_a_byte_order_mark_and_windows_line_ends_are_normal(simulated: str) -> None:
    assert told(given="\ufeff" + simulated) == told(given=simulated)

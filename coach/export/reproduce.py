"""Recompute the report of a registered study from its export alone: `python reproduce.py [PROGRAM]`, in its folder.

Needs Python and NumPy, nothing else. Reads study.json, participants.csv, decisions.csv and check_ins.csv, and prints
the same JSON as `coach study report --json` (with `--deidentified`, if the export is). The estimates are computed here
in another way than there.
"""

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import atan2, isfinite, nan, pi, sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

Row = Mapping[str, str]
NONE, TOMORROW = "none", "tomorrow"
TABLES = ("participants", "decisions", "check_ins")
HASHED = ("programme", "policy", "analysis", "protocol_sha256", "registered_at")
WORSE = 1.0  # points, in the sensitivity analysis of missing scores


@dataclass(frozen=True)
class Night:
    """A night of the primary analysis: whose, the probability of a step, whether one was drawn, what came."""

    person: str
    chance: float
    step: bool
    score: float
    delivered: str
    controls: tuple[float, ...]


@dataclass(frozen=True)
class Study:
    """A registered study and its rows: those decided in its program under its policy, and of them those drawn."""

    registered: Mapping[str, Any]
    tables: Mapping[str, Sequence[Row]]
    rows: list[Row]
    drawn: list[Row]
    people: list[str]


Fit = Callable[[Sequence[Night], bool], dict[str, object]]


def registration_hash(registered: Mapping[str, object]) -> str:
    """Return the SHA-256 of a registration: of its fields as JSON with sorted keys."""
    content = {name: registered[name] for name in HASHED}
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _told_of(registered: Mapping[str, Any]) -> dict[str, object]:
    """Return whether the hashes hold (None: not known without the time of registration), and what was cut."""
    holds: bool | None = sha256(registered["protocol"].encode()).hexdigest() == registered["protocol_sha256"]
    if holds:
        holds = registration_hash(registered) == registered["sha256"] if registered["registered_at"] else None
    return {"hashes_hold": holds, "cut": registered.get("cut", "")}


def report(registered: Mapping[str, Any], tables: Mapping[str, Sequence[Row]], fit: Fit) -> dict[str, object]:
    """Return the whole report."""
    study = _study(registered, tables)
    nights = _nights(study)
    scored = [one for one in nights if isfinite(one.score)]
    found = {
        "study": {name: registered[name] for name in (*HASHED, "sha256")} | _told_of(registered),
        "flow": _flow(study, {one.person for one in scored}),
        "baseline": _baseline(study),
        "arms": _arms(study),
        "primary": fit(scored, True),
        "sensitivity": {
            "without_controls": fit(scored, False),
            "delivered_only": fit([one for one in scored if one.delivered != "0"], True),
            "missing_with_step_1_point_worse": fit(_filled(nights), True),
            "answered": fit([replace(one, score=float(isfinite(one.score))) for one in nights], True),
        },
        "deviations": _deviations(study),
    }
    rounded: dict[str, object] = _rounded(found)
    return rounded


def _study(registered: Mapping[str, object], tables: Mapping[str, Sequence[Row]]) -> Study:
    programmes = {one["participant_id"]: one["programme"] for one in tables["participants"]}
    wanted = registered["programme"], registered["policy"]
    rows = [
        row
        for row in tables["decisions"]
        if (row["programme"] or programmes.get(row["participant_id"], ""), row["policy"]) == wanted
    ]
    drawn = [row for row in rows if row["available"] == "1" and _chances(row).get(NONE, 0.0) < 1]
    return Study(registered, tables, rows, drawn, sorted({row["participant_id"] for row in drawn}))


def _chances(row: Row) -> dict[str, float]:
    return dict(json.loads(row["probabilities"] or '{"none": 1}'))


def _nights(study: Study) -> list[Night]:
    """Return nights after `none` or a step for the same night; a step for tomorrow is set aside.

    The probability of a step is the one given that no step for tomorrow was drawn.
    """
    later = {row["action"] for row in study.drawn if row.get("acts_on") == TOMORROW}
    found = []
    for row in study.drawn:
        if row["action"] in later:
            continue
        chances = _chances(row)
        steps = sum(chance for arm, chance in chances.items() if arm != NONE and arm not in later)
        withheld = chances.get(NONE, 0.0)
        if steps > 0 and withheld > 0:
            controls = tuple(float(row[name] or nan) for name in study.registered["analysis"]["controls"])
            chance, score = steps / (steps + withheld), float(row["outcome_score"] or nan)
            found.append(Night(row["participant_id"], chance, row["action"] != NONE, score, row["delivered"], controls))
    return found


def _filled(nights: Sequence[Night]) -> list[Night]:
    """Return all nights; a missing score is the mean of its arm, and with a step `WORSE` points more."""
    known = {step: [one.score for one in nights if one.step is step and isfinite(one.score)] for step in (True, False)}
    usual = {step: mean(scores or [nan]) for step, scores in known.items()}
    filled = [one if isfinite(one.score) else replace(one, score=usual[one.step] + WORSE * one.step) for one in nights]
    return [one for one in filled if isfinite(one.score)]


def _flow(study: Study, analysed: set[str]) -> dict[str, int]:
    people = {one["participant_id"]: one for one in study.tables["participants"]}
    invited = {id for id, one in people.items() if one["programme"] == study.registered["programme"]}
    invited |= set(study.people)
    # Whoever stopped without a decision may never have said yes.
    decided = {row["participant_id"] for row in study.tables["decisions"]}
    confirmed = {id for id in invited if id in decided or people[id]["status"] in ("active", "ended")}
    status = Counter(people[id]["status"] for id in study.people)
    return {
        "invited": len(invited),
        "confirmed": len(confirmed),
        "randomized": len(study.people),
        "stopped": status["stopped"],
        "ended": status["ended"],
        "analysed": len(analysed),
    }


def _baseline(study: Study) -> dict[str, object]:
    """Return who was randomized; the baseline score is the last asked for by the first draw, about a night before."""
    people = {one["participant_id"]: one for one in study.tables["participants"]}
    first = {row["participant_id"]: row["local_date"] for row in reversed(study.drawn)}  # rows are in order of time
    before: dict[str, tuple[str, int]] = {}
    for row in study.tables["check_ins"]:
        person = row["participant_id"]
        if row["score"] and row["asked_on"] <= first.get(person, ""):
            before[person] = max(before.get(person, ("", 0)), (row["asked_on"], int(row["score"])))
    scores = [score for _, score in before.values()]
    return {
        "people": len(study.people),
        "language": dict(sorted(Counter(people[id]["language"] for id in study.people).items())),
        "score_n": len(scores),
        "score_mean": mean(scores) if scores else None,
        "score_sd": stdev(scores) if len(scores) > 1 else None,
        "score_missing": len(study.people) - len(scores),
    }


def _arms(study: Study) -> dict[str, dict[str, object]]:
    """Return delivery and missing scores: of all steps together, of none, and of each step."""
    steps = [row for row in study.drawn if row["action"] != NONE]
    arms = {"step": steps, NONE: [row for row in study.drawn if row["action"] == NONE]}
    arms |= {arm: [row for row in steps if row["action"] == arm] for arm in sorted({row["action"] for row in steps})}
    return {arm: _arm(rows) for arm, rows in arms.items()}


def _arm(rows: Sequence[Row]) -> dict[str, object]:
    delivered = Counter(row["delivered"] for row in rows)
    missing = sum(not row["outcome_score"] for row in rows)
    return {
        "drawn": len(rows),
        "delivered": delivered["1"],
        "not_delivered": delivered["0"],
        "delivery_unknown": delivered[""],
        "scored": len(rows) - missing,
        "missing": missing,
        "missing_share": missing / len(rows) if rows else None,
    }


def _deviations(study: Study) -> dict[str, object]:
    """Return evenings without a draw by reason, changes of policy, and what the installation itself observed."""
    reasons = Counter(row["unavailable_reason"] for row in study.rows if row["available"] == "0")
    counted = {"not_drawn": dict(sorted(reasons.items())), "people_whose_policy_changed": len(_changed(study))}
    return {**counted, **study.registered["observed"]}


def _changed(study: Study) -> set[str]:
    """Return whose program or policy changed after their first draw in the study, which their rows follow in time."""
    drawn, begun, changed = set(map(id, study.drawn)), dict[str, tuple[str, ...]](), set[str]()
    for row in study.tables["decisions"]:
        person, now = row["participant_id"], (row["programme"], row["policy"], row["policy_since"])
        if id(row) in drawn:
            begun.setdefault(person, now)
        if begun.get(person, now) != now:
            changed.add(person)
    return changed


def _rounded(value: object) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return round(value, 6) + 0.0 if isinstance(value, float) else value  # + 0.0: no minus zero


def estimate(nights: Sequence[Night], controlled: bool) -> dict[str, object]:
    """Estimate a step against none: weighted and centered least squares, people as clusters (Mancl & DeRouen 2001)."""
    people, of = np.unique([one.person for one in nights], return_inverse=True)
    steps = sum(one.step for one in nights)
    found = dict.fromkeys(("df", "estimate", "se", "ci_low", "ci_high", "p")) | {"note": ""}
    found = {"step_nights": steps, "none_nights": len(nights) - steps, "people": len(people)} | found
    if steps in (0, len(nights)):
        return found | {"note": "only one of the two arms was drawn"}
    usual = sum(one.chance for one in nights) / len(nights)
    x = np.column_stack([_columns(nights, controlled), [one.step - usual for one in nights]])
    df = len(people) - x.shape[1]
    if df <= 0:
        return found | {"note": "as many parameters as clusters"}
    y = np.array([one.score for one in nights])
    w = np.array([usual / one.chance if one.step else (1 - usual) / (1 - one.chance) for one in nights])
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    beta = bread @ x.T @ (w * y)
    middle = np.zeros_like(bread)
    for person in range(len(people)):
        mine = of == person
        weighted = x[mine].T * w[mine]
        adjusted = np.linalg.solve(np.eye(mine.sum()) - x[mine] @ bread @ weighted, y[mine] - x[mine] @ beta)
        score = weighted @ adjusted
        middle += np.outer(score, score)
    value, se = float(beta[-1]), sqrt(float((bread @ middle @ bread)[-1, -1]))
    reach = _quantile(df) * se
    p = 1 - _within(abs(value) / se, df) if se else None
    return found | {"df": df, "estimate": value, "se": se, "ci_low": value - reach, "ci_high": value + reach, "p": p}


def _columns(nights: Sequence[Night], controlled: bool) -> Any:
    columns = np.ones((len(nights), 1))
    for place in range(len(nights[0].controls) if controlled else 0):
        values = np.array([one.controls[place] for one in nights])
        known = np.isfinite(values)
        if known.any():
            centered = np.where(known, values - values[known].mean(), 0.0)
            more = np.column_stack([columns, centered])
            columns = more if np.linalg.matrix_rank(more) == more.shape[1] else columns
    return columns


def _within(t: float, df: int) -> float:
    """Return the probability that |T| is at most t (Abramowitz & Stegun 26.7.3 and 26.7.4)."""
    angle = atan2(t, sqrt(df))
    sine, cosine = t / sqrt(df + t * t), sqrt(df / (df + t * t))
    odd = df % 2
    term = total = 0.0 if df == 1 else cosine if odd else 1.0
    for k in range(3 if odd else 2, df - 1, 2):
        term *= (k - 1) / k * cosine * cosine
        total += term
    return 2 / pi * (angle + sine * total) if odd else sine * total


def _quantile(df: int) -> float:
    low, high = 0.0, 1e4
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, df) < 0.95 else (low, middle)
    return high


def main() -> None:
    """Print the report of the study in this folder."""
    folder = Path(__file__).parent
    studies = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    chosen = [one for one in studies if one["programme"] in sys.argv[1:] or not sys.argv[1:]]
    if len(chosen) != 1:
        sys.exit(f"Name one program: {', '.join(one['programme'] for one in studies)}.")
    texts = {name: (folder / f"{name}.csv").read_text(encoding="utf-8") for name in TABLES}
    tables = {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}
    print(json.dumps(report(chosen[0], tables, estimate), indent=2))


if __name__ == "__main__":
    main()

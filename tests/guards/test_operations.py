"""Alert rules and dashboard use metrics that exist, Prometheus can read them, and the alerts fire."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from coach.runtime import Runtime
from coach.web.app import create_app
from tests.support import BEARER, enrol, person, tick

ROOT = Path(__file__).parents[2]
ALERTS, DASHBOARD = ROOT / "docs/operations/alerts.yml", ROOT / "docs/operations/dashboard.json"
SUFFIX = re.compile(r"_(bucket|count|sum)$")


@pytest.fixture
def answer(runtime: Runtime) -> str:
    """What /metrics answers, with every family in it."""
    enrol(runtime, person(1))
    tick(runtime)
    client = create_app(runtime).test_client()
    client.post("/sms/inbound")
    return client.get("/metrics", headers=BEARER).get_data(as_text=True)


def names(answer: str) -> set[str]:
    return {"coach_info" if one.name == "coach" else one.name for one in text_string_to_metric_families(answer)}


def named_in(expression: str) -> set[str]:
    return {SUFFIX.sub("", name) for name in re.findall(r"\bcoach_[a-z_]+", expression)}


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_documented_metrics_are_the_real_ones(answer: str) -> None:
    table = (ROOT / "docs/reference/metrics.md").read_text()
    assert set(re.findall(r"^\| `(coach_[a-z_]+)`", table, re.M)) == names(answer)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_alerts_and_dashboard_use_metrics_that_exist(answer: str) -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    shown = {name for panel in dashboard["panels"] for target in panel["targets"] for name in named_in(target["expr"])}
    rung = {name for rule in rules() for name in named_in(rule["expr"])}
    assert shown <= names(answer)
    assert rung <= names(answer)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "todo"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")


def promtool(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Prometheus' own checker; in CI a missing one fails, elsewhere it is one loud line."""
    program = shutil.which("promtool")
    if program is None:
        reason = "no promtool on this machine: 'apt install prometheus' to let Prometheus itself read the rules"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    command = [program, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_prometheus_reads_the_rules() -> None:
    told = promtool("check", "rules", str(ALERTS))
    assert told.returncode == 0, told.stderr
    assert f"{len(rules())} rules found" in told.stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_prometheus_reads_the_metrics_and_finds_nothing_odd(answer: str) -> None:
    told = promtool("check", "metrics", stdin=answer)
    assert (told.returncode, told.stderr, told.stdout) == (0, "", "")


def test_the_alerts_ring_when_they_should_and_are_silent_otherwise(tmp_path: Path) -> None:
    shutil.copy(ALERTS, tmp_path)
    shutil.copy(Path(__file__).with_name("alerts_ring.yml"), tmp_path)
    told = promtool("test", "rules", str(tmp_path / "alerts_ring.yml"))
    assert told.returncode == 0, told.stdout + told.stderr

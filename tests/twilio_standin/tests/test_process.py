"""The stand-in as a process of its own, driven and inspected over HTTP."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID, StandIn

from .conftest import App

PERSON = "+15551230001"


@dataclass
class Process:
    url: str
    record: Path
    running: subprocess.Popen[str]

    def create(self, to: str = PERSON, **form: str) -> requests.Response:
        return requests.post(
            f"{self.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
            {"To": to, "Body": "Good evening", "MessagingServiceSid": MESSAGING_SERVICE_SID} | form,
            auth=(ACCOUNT_SID, AUTH_TOKEN),
            timeout=60,
        )

    def get(self, name: str) -> Any:
        return requests.get(f"{self.url}/_standin/{name}", timeout=60).json()

    def post(self, name: str, **wishes: Any) -> Any:
        answer = requests.post(f"{self.url}/_standin/{name}", json=wishes, timeout=60)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    record = tmp_path_factory.mktemp("standin") / "accepted.jsonl"
    command = [sys.executable, "-m", "tests.twilio_standin", "--port", "0", "--record", str(record)]
    with subprocess.Popen([*command, "--callbacks", "on_demand"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        found = re.search(r"http://[\d.:]+", running.stdout.readline())
        assert found
        yield Process(found[0], record, running)
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0


@pytest.fixture
def process(started: Process) -> Process:
    started.post("reset")
    return started


def test_what_it_accepts_is_recorded_and_shown(process: Process) -> None:
    sids = [process.create(to=to).json()["sid"] for to in (PERSON, "+15551230002", PERSON)]
    assert [one["sid"] for one in process.get("accepted")] == sids
    assert [one["sid"] for one in process.get("accepted?to=%2B15551230001&since=1")] == sids[2:]
    assert [json.loads(line)["sid"] for line in process.record.read_text().splitlines()][-3:] == sids
    assert process.get("status")["accepted"] == 3


def test_faults_are_driven_over_http(process: Process) -> None:
    process.post("faults", next={"kind": "500", "count": 1})
    assert [process.create().status_code, process.create().status_code] == [500, 201]
    process.post("faults", rate={"error429": 1, "seed": 3})
    assert process.create().status_code == 429
    process.post("faults", clear=True, down=True)
    with pytest.raises(requests.ConnectionError):
        process.create()
    assert process.post("faults", down=False) == {"error500": 1, "error429": 1, "drop_before": 1}
    assert process.create().status_code == 201


def test_refusals_and_receipts_are_driven_over_http(process: Process, app: App) -> None:
    process.post("refuse", number=PERSON, code=21614)
    assert process.create().json()["code"] == 21614
    process.post("allow", number=PERSON)
    process.post("fail_delivery", number=PERSON, code=30005)
    process.create(StatusCallback=app.url)
    assert [one["status"] for one in process.post("deliver")] == ["queued", "sent", "undelivered"]
    assert app.received[-1].form["ErrorCode"] == "30005"
    assert len(process.get("posted")) == 3


def test_texts_and_settings_are_driven_over_http(process: Process, app: App) -> None:
    process.post("settings", opt_out="default")
    answer = process.post("text", from_number=PERSON, body="STOP", url=app.url)
    assert answer["status"] == 200
    assert process.create().json()["code"] == 21610
    assert process.post("settings", opt_out="off")["opt_out"] == "off"
    process.post("callbacks", words="on_demand+doubled")
    process.post("callbacks", words="on_demand")


def test_violations_are_shown(process: Process) -> None:
    process.create(Unheard="of")
    assert process.get("violations") == ["create: form parameter Unheard is unknown to the OpenAPI file: 'of'"]


@pytest.mark.parametrize(
    ("name", "wishes"),
    [
        ("faults", '{"next": {"kind": "500s"}}'),
        ("refuse", '{"numbers": 1}'),
        ("settings", '{"auth_token": "x"}'),
        ("settings", '{"opt_out": "sometimes"}'),
        ("callbacks", "[]"),
        ("callbacks", "{"),
        ("text", '{"from_number": "+15551230001", "body": "no address"}'),
    ],
)
def test_wrong_wishes_are_refused_with_the_reason(process: Process, name: str, wishes: str) -> None:
    answer = requests.post(f"{process.url}/_standin/{name}", data=wishes, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_unknown_control_is_not_found(process: Process) -> None:
    assert requests.get(f"{process.url}/_standin/nothing", timeout=60).status_code == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", ""])
def test_it_listens_on_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        StandIn(host=host)


@pytest.mark.parametrize("arguments", [["--host", "0.0.0.0"], ["--callbacks", "sometimes"], ["--port", "TAKEN"]])
def test_a_process_that_cannot_start_says_why_in_one_sentence(standin: StandIn, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "tests.twilio_standin", *arguments]
    taken = [str(standin.port) if word == "TAKEN" else word for word in command]
    ended = subprocess.run(taken, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


def test_it_starts_and_stops_many_times_and_keeps_no_port() -> None:
    with StandIn() as first:
        port = first.port
    for _ in range(3):
        with StandIn(port=port) as again:
            assert requests.get(again.url + "/_standin/status", timeout=60).json()["accepted"] == 0


def test_a_reset_forgets_everything_but_the_settings(standin: StandIn) -> None:
    standin.opt_out = "default"
    standin.refuse(PERSON)
    standin.faults.next("500")
    standin.violations.append("x")
    standin.reset()
    assert (standin.rules, standin.violations, standin.accepted) == ({}, [], [])
    assert standin.faults.draw("create") is None
    assert standin.opt_out == "default"

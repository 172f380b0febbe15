"""The demo as a newcomer uses it: one command, a page, a phone, an answer, and the week that changes."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.served import free_port

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Demo:
    """A running demonstration, and what it printed."""

    url: str
    email: str
    password: str
    process: "subprocess.Popen[str]"


def start(port: int, folder: Path) -> "subprocess.Popen[str]":
    given = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "coach", "demo", "--port", str(port)],
        cwd=folder,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    process = start(port := free_port(), tmp_path_factory.mktemp("demo"))
    assert process.stdout is not None
    said = ""
    deadline = time.monotonic() + 240
    while "Ctrl-C" not in said and process.poll() is None and time.monotonic() < deadline:
        said += process.stdout.readline()
    found = re.search(r"Open\s+(\S+)\s+Sign in (\S+)\s+(\S+)", said)
    assert found, said
    assert found[1] == f"http://127.0.0.1:{port}/"
    yield Demo(found[1], found[2], found[3], process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


def sign_in(page: Page, demo: Demo) -> None:
    page.goto(demo.url)
    page.get_by_label("Email").fill(demo.email)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Who needs you")).to_be_visible()


def test_a_newcomer_sees_a_text_answers_it_and_sees_the_week_change(page: Page, demo: Demo) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    sign_in(page, demo)
    page.get_by_role("link", name="Participants").click()
    maria = page.get_by_role("row", name=re.compile("Maria"))
    before = maria.inner_text()
    page.get_by_role("link", name="Phones").click()
    page.get_by_role("link", name="Maria").click()
    page.get_by_role("button", name="Forward to the next evening text").click()
    newest = page.locator(".texts li").first
    expect(newest).to_contain_text(re.compile(r"0 none to 10 worst"))
    page.get_by_label("Text as Maria").fill("bed at 11, legs 2, did em")
    page.get_by_role("button", name="Send").click()
    expect(newest).to_contain_text("2")
    expect(page.locator(".texts li.sent").first).to_contain_text("bed at 11, legs 2, did em")
    page.get_by_role("link", name="Participants").click()
    expect(page.get_by_role("row", name=re.compile("Maria"))).not_to_have_text(before)
    assert problems == []


def test_a_wrong_password_is_told_in_one_sentence(page: Page, demo: Demo) -> None:
    page.goto(demo.url)
    page.get_by_label("Email").fill(demo.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("is wrong")


def test_the_demo_answers_on_loopback_only(demo: Demo) -> None:
    with urllib.request.urlopen(demo.url + "healthz") as answer:
        assert answer.read() == b"ok"
    hosts = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)} - {"127.0.0.1", "127.0.1.1", "::1"}
    port = int(demo.url.rsplit(":", 1)[1].strip("/"))
    for host in hosts:
        with pytest.raises(ConnectionRefusedError), socket.create_connection((str(host), port), timeout=1):
            pass


def test_a_taken_port_is_told_in_one_sentence(demo: Demo, tmp_path: Path) -> None:
    second = start(int(demo.url.rsplit(":", 1)[1].strip("/")), tmp_path)
    said, _ = second.communicate(timeout=240)
    assert second.returncode == 1
    assert "is in use: choose another with --port" in said
    assert "Traceback" not in said


def test_the_clock_moves_through_days_and_nothing_breaks(page: Page, demo: Demo) -> None:
    sign_in(page, demo)
    page.get_by_role("link", name="Phones").click()
    page.get_by_role("link", name="Ana", exact=True).click()
    for _ in range(3):
        page.get_by_role("button", name="A day").click()
    received = page.locator(".texts li.received")
    expect(received.first).to_be_visible()
    for body in ("pausa 3", "asdf qwer", "🦵🦵", "stop", "hola"):
        page.get_by_label("Text as Ana").fill(body)
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".texts li.sent").first).to_contain_text(body)
    expect(page.locator(".texts li.sent .words").first).to_have_text("hola")


def test_a_new_phone_joins_by_text_and_becomes_a_participant(page: Page, demo: Demo) -> None:
    sign_in(page, demo)
    page.get_by_role("link", name="Phones").click()
    page.get_by_role("link", name="A new phone").click()
    page.get_by_placeholder("JOIN HARBOR").fill("join harbor")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".texts li").first).to_contain_text("Reply YES to start")
    page.locator("form.write input[name=body]").fill("yes")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".texts li.sent").first).to_contain_text("yes")
    page.get_by_role("button", name="Forward to the next evening text").click()
    expect(page.locator(".texts li").first).to_contain_text("0 none to 10 worst")

"""The system's Chromium for browser tests. A missing one fails in CI and prints a warning elsewhere."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.budget import Counted, counted_writes

expect.set_options(timeout=20_000)  # a machine that others use as well can take longer than the usual five seconds
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if CHROMIUM is None:
        reason = "no Chromium on this machine: 'apt install chromium' to run the browser tests"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": QUIET.split()}


@pytest.fixture(autouse=True)
def no_turn_to_write_is_long() -> Iterator[Counted]:
    """No caller does more in one writing transaction than others can wait for."""
    with counted_writes() as counted:
        yield counted
    assert not counted.over(), "statements and rows of one transaction, by caller"

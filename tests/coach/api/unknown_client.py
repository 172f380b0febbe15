"""Schemathesis, as a client that knows nothing but /api/v1/openapi.json."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.runtime import Runtime
from tests.coach.api.calling import key_of
from tests.served import served
from tests.support import enrol, person, say, tick

HERE = Path(__file__).parent
RUN = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"


@dataclass(frozen=True)
class Found:
    """What a run of the client found, and how many requests it made."""

    failed: bool
    requests: int
    report: str


@dataclass(frozen=True)
class Client:
    """A client with a key for an address."""

    address: str
    key: str
    folder: Path

    def explore(self, examples: int, seed: int, *options: str, description: str | None = None) -> Found:
        """Try every operation, with so many examples each. `description` is a file instead of the real one."""
        source = [description, "--url", self.address] if description else [f"{self.address}/api/v1/openapi.json"]
        settings = ["--config-file", str(HERE / "schemathesis.toml"), "run", *source, "--no-color"]
        limits = ["--max-examples", str(examples), "--seed", str(seed), "--generation-database", "none"]
        limits += ["--suppress-health-check", "all"]  # how fast examples are made is no matter of ours
        done = subprocess.run(
            [sys.executable, "-c", RUN, *settings, *limits, "-H", f"Authorization: Bearer {self.key}", *options],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        counted = re.search(r"(\d+) generated", done.stdout)
        return Found(done.returncode != 0, int(counted[1]) if counted else 0, done.stdout[-9000:] + done.stderr)


@contextmanager
def client_of(runtime: Runtime, folder: Path) -> Iterator[Client]:
    """A client of a clinic that is served, with people who have answered."""
    enrol(runtime, *(person(number) for number in range(1, 5)))
    for answers in ("4 yes", "6 no", "2"):
        move_on(runtime)
        tick(runtime)
        say(runtime, person(1)["phone"], answers)
    with served(runtime) as address:
        yield Client(address, key_of(runtime), folder)


def move_on(runtime: Runtime) -> None:
    """To the same time of the next day."""
    clock: Any = runtime.now
    clock.forward(days=1)

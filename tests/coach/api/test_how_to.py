"""The lines of the how-to about other systems work, one after the other, as they are written."""

import re
import subprocess
from pathlib import Path

from coach.runtime import Runtime
from tests.coach.api.calling import key_of
from tests.served import served

PAGE = Path(__file__).parents[3] / "docs/how-to/connect-another-system.md"


def test_every_curl_line_is_answered_with_success(lone: Runtime) -> None:
    blocks = re.findall(r"^```sh outside\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    lines = [line for block in blocks for line in re.findall(r"^curl (?:.*\\\n)*.*(?:\n .*)*$", block, re.M)]
    assert len(lines) == 11
    with served(lone) as address:
        given = {"API": f"{address}/api/v1", "KEY": key_of(lone), "PATH": "/usr/bin:/bin"}
        for line in lines:
            done = subprocess.run(["bash", "-c", line], env=given, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            assert done.stdout.startswith("{"), line

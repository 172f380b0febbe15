"""The lines of the how-to about other systems work, one after the other, as they are written."""

import re
import subprocess
from pathlib import Path

from coach.runtime import Runtime
from tests.coach.api.calling import key_of
from tests.served import served
from tests.support import say

PAGE = Path(__file__).parents[3] / "docs/how-to/connect-another-system.md"


def test_every_call_of_the_page_is_answered_with_success(lone: Runtime) -> None:
    blocks = re.findall(r"^```sh outside\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    calls = [block for block in blocks if block.startswith("curl ")]
    assert "".join(calls).count("curl --fail-with-body") == 11
    with served(lone) as address:
        given = {"API": f"{address}/api/v1", "KEY": key_of(lone), "PATH": "/usr/bin:/bin"}
        for call in calls:
            if "/messages" in call:
                say(lone, "+14155550134", "YES")  # before it nothing may be written to them
            shell = ["bash", "-euo", "pipefail", "-c", call]
            done = subprocess.run(shell, env=given, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{call}\n{done.stdout}\n{done.stderr}"

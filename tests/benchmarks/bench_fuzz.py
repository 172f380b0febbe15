"""Fuzz webhooks and forms with new random input: `dev.py bench fuzz [EXAMPLES]`, 200 per test by default."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Run it and tell how long it took; fails as the tests do."""
    examples = arguments[0] if arguments else "200"
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/fuzz", "-n", "0", "-q", "-W", "ignore", "--show-capture=no"],
        cwd=ROOT,
        env=os.environ | {"FUZZ_EXAMPLES": examples},
        check=False,
    )
    print(f"fuzz: {examples} examples a test in {time.monotonic() - begun:.0f} s")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

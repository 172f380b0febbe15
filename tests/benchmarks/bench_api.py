"""`/api/v1` against an unknown client: `python3 dev.py bench api [REQUESTS]`, 10,000 by default.

Schemathesis knows the description alone. Fails if anything it gets is not described.
"""

import logging
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from coach.database.schema import load_keys, upgrade
from coach.runtime import Runtime
from content.lint import load_checked
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine
from schedules.gateway.protocol import MemoryGateway
from tests.coach.api.unknown_client import client_of
from tests.support import DATA_KEY, TestClock, settings_for

COVERED, OPERATIONS = 400, 11  # requests of the phases that do not grow


def main(arguments: list[str]) -> int:
    """Run it with a new seed, and tell which."""
    wanted = int(arguments[0]) if arguments else 10_000
    seed = random.SystemRandom().randrange(10**6)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    with TemporaryDirectory() as name:
        runtime = installation(Path(name))
        begun = time.monotonic()
        with client_of(runtime, Path(name)) as client:
            examples = max(1, (wanted - COVERED) // OPERATIONS)
            found = client.explore(examples, seed, "--phases", "examples,coverage,fuzzing")
        runtime.engine.dispose()
    print(found.report if found.failed else "Nothing was found that the description does not say.")
    print(f"api: {found.requests} requests in {time.monotonic() - begun:.0f} s, seed {seed}")
    return int(found.failed)


def installation(folder: Path) -> Runtime:
    """A clinic in a file of its own, whose keys may call as often as they like."""
    install_keyring(Keyring([DATA_KEY]))
    url, clock = f"sqlite:///{folder / 'coach.sqlite3'}", TestClock(datetime(2026, 12, 1, 2, tzinfo=UTC))
    engine = open_engine(url)
    upgrade(engine, clock())
    settings = settings_for(url, api_per_minute=1_000_000, public_url="")
    return Runtime(settings, engine, load_checked(), load_keys(engine), MemoryGateway(clock), clock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

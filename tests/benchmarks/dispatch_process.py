"""One worker process of `bench_dispatch`: sends everything due, then prints CPU seconds and peak memory as JSON."""

import json
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import structlog

from coach.runtime import tune_interpreter
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine
from schedules.dispatch.dispatch import Dispatcher, dispatch_due
from tests.gateways import gateway_to
from tests.support import DATA_KEY


def main(database_url: str, twilio_url: str, now: str, at_once: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    install_keyring(Keyring([DATA_KEY]))
    engine = open_engine(database_url)
    gateway = gateway_to(twilio_url)
    at = datetime.fromisoformat(now)
    with ThreadPoolExecutor(int(at_once)) as pool:
        dispatcher = Dispatcher(engine, gateway, lambda: at, f"bench-{at_once}", pool, int(at_once))
        tune_interpreter()
        print("ready", flush=True)
        sys.stdin.readline()
        began, sent = time.process_time(), 0
        while taken := dispatch_due(dispatcher)["sent"]:
            sent += taken
        cpu = time.process_time() - began
        print(json.dumps({"sent": sent, "cpu": cpu, "peak_mb": peak_memory()}), flush=True)
    gateway.close()
    engine.dispose()


def peak_memory() -> float:
    """Megabytes this program has held at most; `getrusage` would count what its parent held when it began."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Run the stand-in on its own: python -m tests.twilio_standin --port 8090 --inbound-url http://127.0.0.1:8000/sms/inbound."""

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from .standin import StandIn
from .state import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID, OPT_OUT_MODES, SERVICE_NUMBER


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.twilio_standin", description="A local stand-in for Twilio.")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=8090, help="0 picks a free one")
    parser.add_argument("--account-sid", default=ACCOUNT_SID)
    parser.add_argument("--auth-token", default=AUTH_TOKEN)
    parser.add_argument("--messaging-service-sid", default=MESSAGING_SERVICE_SID)
    parser.add_argument("--service-number", default=SERVICE_NUMBER, help="the number that texts come from")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="how long every answer takes")
    parser.add_argument(
        "--callbacks", default="immediate", help="e.g. off, on_demand, delayed=2, immediate+doubled=0.1"
    )
    parser.add_argument("--opt-out", choices=OPT_OUT_MODES, default="off")
    parser.add_argument("--public-url", help="what the app believes its address to be")
    parser.add_argument("--target-url", help="where the app really listens")
    parser.add_argument("--inbound-url", help="the app's inbound webhook, by its public address")
    parser.add_argument("--webhook-retries", type=int, default=0)
    parser.add_argument("--record", type=Path, metavar="FILE.jsonl", help="append one line for every accepted text")
    parser.add_argument("--no-validate", dest="validate", action="store_false", help="for load: skip the OpenAPI check")
    parser.add_argument("--problem-bodies", action="store_true", help="errors as RFC 9457 problems")
    parser.add_argument(
        "--seed", type=int, default=None, help="repeats message sids and disorder; without it, every run is another"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    settings = vars(read_arguments(arguments))
    if settings["seed"] is None:
        # A database that outlives the stand-in must not see the same message sids again.
        settings["seed"] = time.time_ns()
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    try:
        standin = StandIn(**settings).start()
    except (ValueError, OSError) as error:
        print(f"The stand-in cannot start: {error}", file=sys.stderr)
        sys.exit(2)
    print(f"Twilio stand-in listening on {standin.url} (seed {standin.seed})", flush=True)
    asked_to_stop.wait()
    standin.stop()


if __name__ == "__main__":
    main()

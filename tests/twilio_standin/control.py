"""The `/_standin/` endpoints, with which another process drives and inspects a stand-in over HTTP.

GET   status, accepted[?to=…&since=N], posted, violations
POST  faults, refuse, allow, fail_delivery, callbacks, deliver, text, settings, reset (JSON in, JSON out)
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from .connection import Answer, Request
from .state import known_opt_out

if TYPE_CHECKING:
    from .standin import StandIn

# Settings that may change while it runs, and how each is read.
CHANGEABLE: dict[str, Callable[[Any], Any]] = {
    "latency": float,
    "validate": bool,
    "opt_out": known_opt_out,
    "problem_bodies": bool,
    "inbound_url": str,
}
Wishes = dict[str, Any]


class Control:
    """Answers the control requests; wrong wishes are a 400 with the reason."""

    def __init__(self, standin: "StandIn") -> None:
        self._standin = standin
        self._reads: dict[str, Callable[[dict[str, str]], Any]] = {
            "status": lambda query: standin.describe(),
            "accepted": self._accepted,
            "posted": lambda query: [asdict(one) for one in standin.posted],
            "violations": lambda query: standin.violations,
        }
        self._writes: dict[str, Callable[[Wishes], Any]] = {
            "faults": self._faults,
            "refuse": lambda wishes: standin.refuse(**wishes),
            "allow": lambda wishes: standin.allow(**wishes),
            "fail_delivery": lambda wishes: standin.fail_delivery(**wishes),
            "callbacks": lambda wishes: standin.plan_callbacks(**wishes),
            "settings": self._settings,
            "reset": lambda wishes: standin.reset(),
        }
        # These wait for the app, so they run in a thread.
        self._slow_writes: dict[str, Callable[[Wishes], Any]] = {
            "deliver": lambda wishes: [asdict(one) for one in standin.deliver_callbacks(**wishes)],
            "text": self._text,
        }

    def answer(self, request: Request) -> Answer:
        name = request.path.removeprefix("/_standin/")
        query = {key: values[-1] for key, values in parse_qs(request.query).items()}
        if request.method == "GET" and name in self._reads:
            return self._attempt(lambda: self._reads[name](query))
        if request.method == "POST" and name in self._writes:
            return self._attempt(lambda: self._writes[name](read_wishes(request)))
        if request.method == "POST" and name in self._slow_writes:
            return self._in_thread(lambda: self._slow_writes[name](read_wishes(request)))
        known = sorted([*self._reads, *self._writes, *self._slow_writes])
        return _as_json(404, {"error": f"There is no {request.method} {request.path}; there are {known}."})

    def _in_thread(self, work: Callable[[], Any]) -> Answer:
        answer = Answer(500)

        def blocking() -> None:
            done = self._attempt(work)
            answer.status, answer.body = done.status, done.body

        answer.blocking = blocking
        return answer

    def _attempt(self, work: Callable[[], Any]) -> Answer:
        try:
            return _as_json(200, work())
        except (TypeError, ValueError, KeyError) as error:
            return _as_json(400, {"error": str(error)})

    def _accepted(self, query: dict[str, str]) -> list[dict[str, object]]:
        return self._standin.record_of(query.get("to"))[int(query.get("since", "0")) :]

    def _faults(self, wishes: Wishes) -> dict[str, int]:
        faults = self._standin.faults
        if wishes.get("clear"):
            faults.clear()
        if "next" in wishes:
            faults.next(**wishes["next"])
        if "rate" in wishes:
            faults.rate(**wishes["rate"])
        faults.down = bool(wishes.get("down", faults.down))
        return dict(faults.happened)

    def _settings(self, wishes: Wishes) -> dict[str, Any]:
        for name, value in wishes.items():
            if name not in CHANGEABLE:
                raise ValueError(f"{name} cannot change; {', '.join(CHANGEABLE)} can.")
            setattr(self._standin, name, CHANGEABLE[name](value))
        return {name: getattr(self._standin, name) for name in CHANGEABLE}

    def _text(self, wishes: Wishes) -> dict[str, Any]:
        answer = self._standin.text(**wishes)
        return {"status": answer.status, "messages": answer.messages, "sid": answer.sid, "error": answer.error}


def read_wishes(request: Request) -> Wishes:
    wishes = json.loads(request.body or b"{}")
    if not isinstance(wishes, dict):
        raise ValueError("The body must be a JSON object.")
    return wishes


def _as_json(status: int, value: Any) -> Answer:
    return Answer(status, json.dumps(value).encode())

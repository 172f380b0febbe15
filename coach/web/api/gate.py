"""Who may call: the key of a request, its scopes, how often it may call, and what the audit log keeps of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from flask import current_app, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from coach.api.keys import Caller, find_caller, note_use
from coach.api.problems import Problem
from coach.audit import record_view
from coach.web.api.routes import Route
from coach.web.sign_in.limits import count_wrong_key, machine_now
from coach.web.site import site
from schedules.database.engine import read_transaction

REPEATED_AFTER = timedelta(minutes=10)  # the same view of the same key is recorded once in this time
MOST_REMEMBERED = 10_000
ASK = {"WWW-Authenticate": 'Bearer realm="api"'}


@dataclass
class Gate:
    """What one process remembers of its callers. Calls are counted by each process for itself."""

    limiter: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))
    used: set[tuple[int, date]] = field(default_factory=set)
    recorded: dict[tuple[int, str, str], datetime] = field(default_factory=dict)

    def admit(self, route: Route, path: Mapping[str, str]) -> Caller:
        """Return who calls. Raises Problem: 401 without a key that holds, 403 without the scope, 429 too often."""
        caller = self._find(request.authorization)
        self._count(caller)
        self._note_use(caller)
        if route.scope not in caller.scopes:
            self.record(caller, route, path, 403)
            raise Problem(403, f"This key has no scope '{route.scope}': make one with 'coach api-keys add'.")
        return caller

    def _find(self, given: Any) -> Caller:
        if given is None or given.type != "bearer" or not given.token:
            raise Problem(401, "Send a key: 'Authorization: Bearer …'.", headers=ASK)
        runtime = site().runtime
        with read_transaction(runtime.engine) as connection:
            caller = find_caller(connection, runtime.keys, given.token)
        if caller is None:
            if not count_wrong_key():
                raise Problem(429, "Too many wrong keys: try again in 15 minutes.", headers={"Retry-After": "900"})
            raise Problem(401, "This key is unknown or was revoked.", headers=ASK)
        return caller

    def _count(self, caller: Caller) -> None:
        limit = parse(f"{site().runtime.settings.api_per_minute} per minute")
        if not self.limiter.hit(limit, str(caller.key_id)):
            over = self.limiter.get_window_stats(limit, str(caller.key_id)).reset_time
            seconds = max(1, int(over - machine_now().timestamp()) + 1)
            headers = {"Retry-After": str(seconds)}
            raise Problem(429, f"Too many calls with this key: try again in {seconds} seconds.", headers=headers)

    def _note_use(self, caller: Caller) -> None:
        """Note once a day that a key is used; a busy database waits for the next call."""
        runtime = site().runtime
        today = (caller.key_id, runtime.now().date())
        if today not in self.used and note_use(runtime.engine, caller, today[1]):
            self.used.add(today)

    def record(self, caller: Caller, route: Route, path: Mapping[str, object], status: int) -> None:
        """Write to the audit log who looked at whom, and who was refused."""
        viewed = route.method == "GET" and route.scope == "read" and status < 300
        refused = status == 403 or (status == 404 and "id" in path)
        if not viewed and not refused:
            return
        action = "viewed" if viewed else "was refused"
        person = route.path.startswith(("/participants/", "/fhir/Patient/")) and str(path.get("id", "")).isdecimal()
        subject = f"participant {path['id']}"[:60] if person else route.resource
        runtime, now = site().runtime, machine_now()
        last = self.recorded.get((caller.key_id, action, subject))
        if last is not None and last <= now < last + REPEATED_AFTER:
            return
        if len(self.recorded) >= MOST_REMEMBERED:
            self.recorded.clear()
        self.recorded[caller.key_id, action, subject] = now
        record_view(runtime.engine, caller.name, subject, runtime.now(), caller.clinic_id, action=action)


def gate() -> Gate:
    """The gate of the current application."""
    return cast(Gate, current_app.extensions["gate"])

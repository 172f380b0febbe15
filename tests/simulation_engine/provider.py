"""The simulated provider and carrier, on true time: accepts, rejects, delays, drops, lists late, redacts, calls back.

It promises what Twilio promises and no more: what it takes it lists within a minute of the request's end. Everything
it does with a text is drawn from the text's token, so that leaving out an event elsewhere changes nothing here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from schedules.gateway.protocol import (
    Accepted,
    GatewayDownError,
    HeldBackError,
    NotProcessed,
    Outcome,
    OutgoingText,
    ProviderMessage,
    Refused,
    Unknown,
)
from tests.simulation_engine.stage import EPOCH, Stage


@dataclass
class Taken:
    """A text that the provider has."""

    sid: str
    to: str
    body: str
    token: str
    at: float
    listed_at: float
    status: str = "queued"
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of the provider, whatever came of it."""

    to: str
    body: str
    at: float


@dataclass
class Provider:
    """`told` hears of every request and of every text that is taken; `post` hands a callback to a web process."""

    stage: Stage
    seed: int
    features: frozenset[str]
    told: Any
    post: Callable[[str, dict[str, str], Callable[[int | None, str], None]], None]
    deliver: Callable[[Taken], None]
    taken: list[Taken] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    bad: list[tuple[str, float]] = field(default_factory=list)
    asks: dict[str, int] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    trouble: Callable[[float], None] = lambda seconds: None

    def __post_init__(self) -> None:
        """The share of texts whose receipts are lost on their way."""
        self.receipts_lost = self._drawn("receipts_lost", "").choice((0.05, 0.3, 1.0))

    def weather(self, kind: str) -> bool:
        return any(one == kind and self.stage.now < until for one, until in self.bad)

    def is_bad(self) -> bool:
        """Whether requests may fail now."""
        return any(self.stage.now < until for _, until in self.bad)

    def _drawn(self, what: str, key: str) -> Random:
        return Random(f"{self.seed}:{what}:{key}")

    # What the engine asks, in a process of its own: see schedules.gateway.protocol.Gateway.

    def send(self, text: OutgoingText) -> Outcome:
        nth = self.asks[text.token] = self.asks.get(text.token, 0) + 1
        drawn = self._drawn("send", f"{text.token}:{nth}")
        self.stage.step("asked")
        if not text.may_leave():
            raise HeldBackError
        self.requests.append(Request(text.to, text.body, self.stage.now))
        self.told.asked(text, self.stage.now, self.stage.wrong_by())
        outcome = self._outcome(text, drawn)
        self.stage.step("answered")
        self.told.answered(text, outcome, self.stage.now)
        return outcome

    def _outcome(self, text: OutgoingText, drawn: Random) -> Outcome:
        wait, fate = drawn.choice((0.05, 0.1, 0.3, 1.0, 4.0)), drawn.random()
        if self.weather("down"):
            self.stage.wait(0.1)
            return NotProcessed("ConnectionRefusedError")
        if self.weather("429"):
            self.stage.wait(wait)
            return NotProcessed("code 20429", drawn.choice((None, 2.0, 30.0)), slow_down=True)
        if self.weather("key"):
            self.stage.wait(wait)
            return Refused(20003, "code 20003")
        chance = 0.6 if self.weather("drops") else 0.02
        if "drops" in self.features and fate < chance:
            self.trouble(90)
            self.stage.at(self.stage.now + 85, lambda: None, stirs=True)
            return self._dropped(text, drawn)
        if "refuses" in self.features and fate > 0.995:
            self.stage.wait(wait)
            return Refused(21211, "code 21211")
        self.stage.wait(wait / 2)
        if text.to in self.blocked:
            return Refused(21610, "code 21610")
        taken = self._take(text, drawn)
        self.stage.wait(wait / 2)
        return Accepted(taken.sid, "queued")

    def _dropped(self, text: OutgoingText, drawn: Random) -> Outcome:
        kind = drawn.choice(("before", "after", "5xx after", "late"))
        if kind == "late" and "late_takes" in self.features:
            self.stage.at(self.stage.now + drawn.uniform(1, 25), lambda: self._take_unless_blocked(text, drawn))
        elif kind != "before":
            self._take_unless_blocked(text, drawn)
        self.stage.wait(drawn.choice((0.2, 5.0, 20.0)))
        return Unknown("HTTP 500" if kind == "5xx after" else "ReadTimeout")

    def _take_unless_blocked(self, text: OutgoingText, drawn: Random) -> None:
        if text.to not in self.blocked:
            self._take(text, drawn)

    def _take(self, text: OutgoingText, drawn: Random) -> Taken:
        now = self.stage.now
        late = drawn.uniform(0, 25) if "listing_late" in self.features else 0.0
        sid = f"SM{Random(f'{text.token}:{len(self.taken)}').getrandbits(128):032x}"
        if "odd_sids" in self.features and drawn.random() < 0.02 and self.taken and self.taken[-1].to != text.to:
            sid = self.taken[-1].sid  # never of the same phone: see schedules.dispatch.receipts
        taken = Taken(sid, text.to, text.body, text.token, now, now + late)
        self.taken.append(taken)
        self.told.taken(taken)
        self._carry(taken, drawn)
        return taken

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        self.stage.wait(0.2)
        if self.weather("down") or self.weather("key"):
            raise GatewayDownError("ConnectionRefusedError")
        known = [one for one in reversed(self.taken) if one.to == phone and one.listed_at <= self.stage.now]
        for place, one in enumerate(known):
            if place % 3 == 2:
                self.stage.wait(0.2)  # the next page
                if (
                    "listing_breaks" in self.features
                    and self._drawn("page", f"{one.sid}:{self.stage.now}").random() < 0.1
                ):
                    self.trouble(60)
                    raise GatewayDownError("RemoteDisconnected")
            created_at = EPOCH + timedelta(seconds=one.at)
            if created_at < since:
                return
            self.told.heard(one, one.status)
            yield ProviderMessage(one.sid, one.to, one.body, one.status, one.code, created_at)

    def date(self) -> datetime | None:
        """The `Date` of an answer, whatever else it says; None if nobody answers."""
        self.stage.wait(0.1)
        return None if self.weather("down") else EPOCH + timedelta(seconds=self.stage.now)

    def ids_with(self, phone: str) -> Iterable[str]:
        self.stage.wait(0.2)
        return [one.sid for one in self.taken if one.to == phone]

    def forget(self, sid: str, what: str) -> str | None:
        self.stage.wait(0.1)
        if what == "message":
            self.taken[:] = [one for one in self.taken if one.sid != sid]
        else:
            self.taken[:] = [replace(one, body="") if one.sid == sid else one for one in self.taken]
        return None

    def close(self) -> None:
        pass

    # What becomes of a text.

    def _carry(self, taken: Taken, drawn: Random) -> None:
        """To the phone or not, with callbacks that come late, twice, in any order, or contradict each other."""
        fate, now = drawn.random(), self.stage.now
        dead = (
            "dead_numbers" in self.features and taken.to.endswith("3") and self._drawn("dead", taken.to).random() < 0.2
        )
        last, code = ("undelivered", 30003) if fate < 0.05 else ("delivered", None)
        if dead:
            last, code = "undelivered", 30005
        arrives = now + drawn.choice((1.0, 2.0, 5.0, 20.0))
        self.stage.at(arrives, lambda: self._arrives(taken, last, code))
        steps: list[tuple[str, int | None, float]] = [
            ("sent", None, now + drawn.uniform(0.1, arrives - now)),
            (last, code, arrives + drawn.uniform(0.1, 5)),
        ]
        if "receipts_disordered" in self.features:
            steps = [one for one in steps for _ in range(drawn.choice((1, 1, 1, 2, 0)))]
            steps = [(status, code, at + drawn.choice((0.0, 0.0, 3.0, 60.0, 4000.0))) for status, code, at in steps]
        if "receipts_contradict" in self.features and drawn.random() < 0.05:
            steps.append(("undelivered" if last == "delivered" else "delivered", None, arrives + drawn.uniform(6, 60)))
        if "receipts_lost" in self.features and self._drawn("lost", taken.token).random() < self.receipts_lost:
            steps = []
        for status, error, at in steps:
            self.stage.at(at, partial(self._call_back, taken, status, error))
        if "redacts" in self.features and drawn.random() < 0.1:
            self.stage.at(arrives + 0.01, lambda: setattr(taken, "body", ""))

    def _arrives(self, taken: Taken, last: str, code: int | None) -> None:
        taken.status, taken.code = last, code
        if last == "delivered":
            self.deliver(taken)

    def _call_back(self, taken: Taken, status: str, code: int | None) -> None:
        form = {"MessageSid": taken.sid, "MessageStatus": status}
        if code:
            form["ErrorCode"] = str(code)

        def answered(answer: int | None, _body: str) -> None:
            if answer == 200:
                self.told.heard(taken, status)
            else:  # it may have been recorded all the same; the provider does not say it again
                self.told.perhaps_heard(taken)

        self.post(f"/sms/status?token={taken.token}", form, answered)

"""Moves accepted texts on to delivered (or not) and posts the status callbacks."""

import random
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from .errors import RECEIPTS
from .messages import API_VERSION, FINAL, RANK, Accepted, Messages
from .posting import Pairs, Poster

TIMINGS = ("off", "on_demand", "immediate", "delayed")
DISORDERS = ("shuffled", "doubled", "early")
_PATHS = {"accepted": ["queued", "sent"], "queued": ["sent"], "sending": ["sent"], "sent": []}


@dataclass(frozen=True)
class Plan:
    """When callbacks are posted, and how likely each disorder is.

    `off` posts nothing; `on_demand` waits for `deliver_callbacks()`; `immediate` posts right after the create
    answer; `delayed` posts `delay` seconds after it.
    """

    timing: str = "on_demand"
    shuffled: float = 0.0
    doubled: float = 0.0
    early: float = 0.0
    delay: float = 0.5

    @classmethod
    def read(cls, words: str) -> "Plan":
        """From e.g. `immediate+shuffled+doubled=0.2+early=0.1` or `delayed=2`; a bare disorder happens always."""
        plan = cls()
        for word in words.replace(",", "+").split("+"):
            name, _, number = word.strip().partition("=")
            if name in TIMINGS:
                plan = replace(plan, timing=name, delay=float(number or plan.delay))
            elif name in DISORDERS:
                changes: dict[str, Any] = {name: float(number or 1)}
                plan = replace(plan, **changes)
            else:
                raise ValueError(f"There is no callback mode {name!r}; there are {', '.join(TIMINGS + DISORDERS)}.")
        return plan


@dataclass(frozen=True, slots=True)
class Step:
    """One change of status that will be told to the app."""

    sid: str
    status: str


@dataclass(frozen=True, slots=True)
class Posted:
    """One callback as it went out; `answer` is the app's HTTP status, None when it was not reached."""

    sid: str
    status: str
    url: str
    answer: int | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """How texts to one number end."""

    code: int
    status: str


class Callbacks:
    """The texts whose story is not over, and what was posted about them."""

    def __init__(
        self, messages: Messages, poster: Poster, account_sid: str, sender: str, now: Callable[[], datetime], seed: int
    ) -> None:
        self.plan = Plan()
        self.posted: list[Posted] = []
        self.failures: dict[str, Failure] = {}
        self._messages, self._poster, self._now = messages, poster, now
        self._account_sid, self._sender = account_sid, sender
        self._random = random.Random(f"callbacks {seed}")
        self._pending: dict[str, None] = {}
        self._in_background: dict[str, Plan] = {}
        self._condition = threading.Condition()
        self._under_way = 0
        # More threads than cores: they wait for the app's answers.
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="twilio-callbacks")

    def fail(self, number: str, code: int, status: str | None) -> None:
        self.failures[number] = Failure(code, status or RECEIPTS.get(code, ("undelivered", ""))[0])

    def begin(self, sid: str) -> Callable[[], None] | None:
        """Take on a new text; returns what must be posted before its create is answered, if anything."""
        plan = self.plan
        if plan.timing != "off" and plan.early and self._random.random() < plan.early:
            steps = self._steps([sid], None)
            return lambda: self._perform_all(steps)
        if plan.timing in ("immediate", "delayed"):
            # Counted before the answer, so that who reads the answer and then waits really waits for this text.
            with self._condition:
                self._under_way += 1
            self._in_background[sid] = plan
        else:
            self._pending[sid] = None
        return None

    def answered(self, sid: str, later: Callable[[float, Callable[[], None]], object]) -> None:
        """The create was answered (or its answer dropped): post now, later, or wait to be asked."""
        plan = self._in_background.pop(sid, None)
        if plan is None:
            return
        steps = self._steps([sid], None)
        if plan.timing == "immediate":
            self._submit(steps)
        else:
            # Drawing each delay is what shuffles the callbacks of different texts.
            delay = plan.delay * (self._random.random() if plan.shuffled else 1)
            later(delay, lambda: self._submit(steps))

    def deliver(self, sids: Iterable[str] | None, until: str | None) -> list[Posted]:
        """Post what is pending, in this thread, and return it."""
        wanted = list(self._pending) if sids is None else [sid for sid in sids if sid in self._pending]
        before = len(self.posted)
        self._perform_all(self._steps(wanted, until))
        for sid in wanted:
            message = self._messages.get(sid)
            if message is None or message.status in FINAL:
                self._pending.pop(sid, None)
        return self.posted[before:]

    def wait(self, timeout: float) -> bool:
        """Whether everything under way in the background was posted in time."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._under_way, timeout)

    def clear(self) -> None:
        self._pending = {}
        self.posted = []
        self.failures = {}

    def stop(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _steps(self, sids: Iterable[str], until: str | None) -> list[Step]:
        highest = RANK[until or "delivered"]
        texts = [message for message in map(self._messages.get, sids) if message]
        steps = [Step(text.sid, status) for text in texts for status in self._ahead_of(text) if RANK[status] <= highest]
        steps = [copy for step in steps for copy in [step] * self._copies()]
        if self.plan.shuffled and self._random.random() < self.plan.shuffled:
            self._random.shuffle(steps)
        return steps

    def _copies(self) -> int:
        return 2 if self.plan.doubled and self._random.random() < self.plan.doubled else 1

    def _ahead_of(self, text: Accepted) -> list[str]:
        if text.status in FINAL:
            return []
        failure = self._failure_of(text)
        path = _PATHS[text.status] + [failure.status if failure else "delivered"]
        # A text that `failed` never left Twilio.
        return [status for status in path if not (status == "sent" and path[-1] == "failed")]

    def _failure_of(self, text: Accepted) -> Failure | None:
        return self.failures.get(text.to) or self.failures.get("*")

    def _submit(self, steps: list[Step]) -> None:
        self._threads.submit(self._perform_in_background, steps)

    def _perform_in_background(self, steps: list[Step]) -> None:
        try:
            self._perform_all(steps)
        finally:
            with self._condition:
                self._under_way -= 1
                self._condition.notify_all()

    def _perform_all(self, steps: list[Step]) -> None:
        for step in steps:
            self._perform(step)

    def _perform(self, step: Step) -> None:
        now = self._now()
        failed = self._messages.get(step.sid)
        failure = self._failure_of(failed) if failed else None
        code = failure.code if failure and step.status == failure.status else None
        text = self._messages.advance(step.sid, step.status, now, self._sender, code)
        if text is None or not text.status_callback or self.plan.timing == "off":
            return
        answer = self._poster.post(text.status_callback, self._form(text, step.status, code, now))
        self.posted.append(Posted(step.sid, step.status, text.status_callback, answer.status, answer.error))

    def _form(self, text: Accepted, status: str, code: int | None, now: datetime) -> Pairs:
        form = [("MessageSid", text.sid), ("SmsSid", text.sid), ("MessageStatus", status), ("SmsStatus", status)]
        form += [("AccountSid", self._account_sid), ("From", text.from_ or self._sender), ("To", text.to)]
        form += [("ApiVersion", API_VERSION)]
        if text.messaging_service_sid:
            form.append(("MessagingServiceSid", text.messaging_service_sid))
        if code is not None:
            form.append(("ErrorCode", str(code)))
        if status in FINAL:
            form.append(("RawDlrDoneDate", f"{now.astimezone(UTC):%y%m%d%H%M}"))
        return form

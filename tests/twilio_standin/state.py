"""The settings of a stand-in and everything it knows; the API, the inbound side and the control side share it."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

from .callbacks import Callbacks, Plan
from .faults import Faults
from .messages import Accepted, Messages
from .posting import Poster

# Made up, and shaped as Twilio's are.
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
MESSAGING_SERVICE_SID = "MG" + "0123456789abcdef" * 2
AUTH_TOKEN = "stand-in-auth-token"
# Twilio's own always-valid test sender.
SERVICE_NUMBER = "+15005550006"
OPT_OUT_MODES = ("off", "default", "advanced")
STOP_WORDS = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})


def known_opt_out(mode: str) -> str:
    if mode not in OPT_OUT_MODES:
        raise ValueError(f"There is no opt-out mode {mode!r}; there are {', '.join(OPT_OUT_MODES)}.")
    return mode


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Rule:
    """How creates to one number are refused, and how many times yet (None: always)."""

    code: int
    status: int | None
    retry_after: float | None
    times: int | None


@dataclass(kw_only=True, eq=False, repr=False)
class State:
    """Settings first; what happens is kept in the fields that are not settings."""

    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN
    messaging_service_sid: str = MESSAGING_SERVICE_SID
    service_number: str = SERVICE_NUMBER
    now: Callable[[], datetime] = utc_now
    # Message sids come from it too: two stand-ins that write to one database need two seeds.
    seed: int = 0
    # Seconds that every answer takes; a text is accepted when its create arrives, not when it is answered.
    latency: float = 0.0
    validate: bool = True
    # A callback plan, see callbacks.Plan.read.
    callbacks: str = "on_demand"
    opt_out: str = "off"
    problem_bodies: bool = False
    magic_numbers: bool = True
    public_url: str | None = None
    target_url: str | None = None
    inbound_url: str | None = None
    account_status: str = "active"
    # Whether the messaging service leaves inbound texts to its numbers' own webhooks.
    webhook_on_number: bool = False
    webhook_retries: int = 0
    record: Path | None = None

    violations: list[str] = field(default_factory=list, init=False)
    faults: Faults = field(default_factory=Faults, init=False)
    messages: Messages = field(default_factory=Messages, init=False)
    rules: dict[str, Rule] = field(default_factory=dict, init=False)
    opted_out: set[str] = field(default_factory=set, init=False)
    later: Callable[[float, Callable[[], None]], object] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known_opt_out(self.opt_out)
        self.poster = Poster(self.auth_token, self.public_url, self.target_url, self.webhook_retries)
        self.story = Callbacks(
            self.messages, self.poster, self.account_sid, self.service_number, self.instant, self.seed
        )
        self.story.plan = Plan.read(self.callbacks)
        self._random = random.Random(f"sids {self.seed}")
        self._record_file: TextIOWrapper | None = None

    def instant(self) -> datetime:
        """Now, which must know its zone, in UTC."""
        now = self.now()
        if now.tzinfo is None:
            raise ValueError("The stand-in's clock must give an aware datetime.")
        return now.astimezone(UTC)

    def new_sid(self, prefix: str = "SM") -> str:
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def opt(self, number: str, body: str) -> str | None:
        """Act on a message that is exactly one of Twilio's words; returns what it was: STOP, START or HELP."""
        word = body.strip().upper()
        if self.opt_out == "off" or word not in STOP_WORDS | START_WORDS | HELP_WORDS:
            return None
        if word in STOP_WORDS:
            self.opted_out.add(number)
            return "STOP"
        if word in START_WORDS:
            self.opted_out.discard(number)
            return "START"
        return "HELP"

    def write_record(self, message: Accepted) -> None:
        """One line a text, on disk before its create is answered."""
        if self.record is None:
            return
        if self._record_file is None:
            self._record_file = self.record.open("a", encoding="utf-8")
        self._record_file.write(json.dumps(as_json(message)) + "\n")
        self._record_file.flush()

    def close_record(self) -> None:
        if self._record_file:
            self._record_file.close()
            self._record_file = None

    def forget(self) -> None:
        """Back to the beginning, but for the settings and the numbers drawn so far."""
        self.story.clear()
        self.messages.clear()
        self.faults.clear()
        self.faults.happened.clear()
        self.rules.clear()
        self.opted_out.clear()
        self.violations.clear()


def as_json(message: Accepted) -> dict[str, object]:
    """The record of one message with instants in ISO 8601; the names are those of Accepted."""
    fields = {name: getattr(message, name) for name in Accepted.__slots__}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}

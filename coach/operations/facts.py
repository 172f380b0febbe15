"""The facts that `coach doctor` judges by: settings, database, provider, public address, mail. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Level = Literal["ok", "note", "failed"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a request: HTTP status or reason for none, and how far its Date is ahead of our clock."""

    status: int | None = None
    trouble: str = ""
    clock_ahead: float | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The settings that checks look at. Never holds a secret."""

    public_url: str = ""
    sends_for_real: bool = False
    messaging_service: bool = False
    opt_out_mode: str = "default"
    signs_sessions: bool = True
    has_data_keys: bool = True


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Why the latest texts were rejected; `is_shut` while nothing is sent."""

    description: str
    is_shut: bool


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What was found in the database. `revision` is None before the first migration."""

    trouble: str = ""
    revision: str | None = None
    head: str = ""
    is_ahead: bool = False
    keys_trouble: str = ""
    clock_ahead: float | None = None
    heartbeat_at: datetime | None = None
    contradicted: str = ""  # describes an active worker's clock that is in doubt
    hanging: str = ""  # names of jobs that hang
    bad_zones: tuple[str, ...] = ()
    without_contact: tuple[str, ...] = ()  # names of clinics
    stuck: int = 0  # texts set aside in the last day
    set_aside: tuple[tuple[str, int], ...] = ()  # other rows set aside, by the work that failed
    line: LineFacts | None = None
    dead_numbers: int = 0
    dead_pagers: tuple[str, ...] = ()  # email addresses of coaches
    audit_trouble: str = ""
    deletions_given_up: int = 0  # which the provider has never confirmed
    endpoints: int = 0  # other systems that are told of events
    endpoints_failing: tuple[str, ...] = ()  # a description of each

    @property
    def is_ready(self) -> bool:
        """Whether its tables can be read."""
        return not self.trouble and self.revision == self.head


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """What the provider says about the sender: how many numbers can text, and where inbound texts are posted."""

    answer: Answer
    numbers: int = 0
    inbound_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the provider says about the account."""

    answer: Answer
    status: str = ""


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """What PUBLIC_URL answers to a signed receipt, an unsigned one, and an unauthenticated request for metrics."""

    signed: Answer
    unsigned: Answer
    metrics: Answer


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a diagnosis needs. A part is None if the settings leave nothing to look at."""

    now: datetime
    setting_faults: tuple[str, ...] = ()
    given: Given | None = None
    database: DatabaseFacts | None = None
    account: AccountFacts | None = None
    sender: SenderFacts | None = None
    public: PublicFacts | None = None
    mail_trouble: str | None = None
    zone_version: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; `says` is one sentence that, for a failure, includes the fix."""

    check: str
    level: Level
    says: str

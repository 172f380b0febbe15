"""What `coach doctor` goes by: what was seen of settings, database, provider, public address, mail. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Level = Literal["ok", "note", "failed"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to: the HTTP status, or the trouble for which there is none; its Date against our clock."""

    status: int | None = None
    trouble: str = ""
    clock_ahead: float | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The settings that checks look at, never a secret itself."""

    public_url: str = ""
    sends_for_real: bool = False
    messaging_service: bool = False
    opt_out_mode: str = "default"
    signs_sessions: bool = True
    has_data_keys: bool = True


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What became of the latest texts where they were refused: `told` in words; `is_shut` while nothing leaves."""

    told: str
    is_shut: bool


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What was found in the database; `revision` is empty before the first migration."""

    trouble: str = ""
    revision: str | None = None
    head: str = ""
    is_ahead: bool = False
    keys_trouble: str = ""
    clock_ahead: float | None = None
    heartbeat_at: datetime | None = None
    contradicted: str = ""  # what is wrong with the clock of a worker at work
    hanging: str = ""  # jobs of workers that hang
    bad_zones: tuple[str, ...] = ()
    without_contact: tuple[str, ...] = ()  # names of clinics
    stuck: int = 0  # texts set aside within a day
    set_aside: tuple[tuple[str, int], ...] = ()  # what else could not be gone on with, by what was to be done with it
    line: LineFacts | None = None
    dead_numbers: int = 0
    dead_pagers: tuple[str, ...] = ()  # e-mail addresses of coaches

    @property
    def is_ready(self) -> bool:
        """Whether its tables could be looked into."""
        return not self.trouble and self.revision == self.head


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """What the provider says of the sender: its numbers that can text, and the addresses it posts inbound texts to."""

    answer: Answer
    numbers: int = 0
    inbound_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the provider says of the account."""

    answer: Answer
    status: str = ""


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """What PUBLIC_URL answers to a signed receipt, to one without a signature, and to a stranger asking for metrics."""

    signed: Answer
    unsigned: Answer
    metrics: Answer


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a diagnosis needs. A part is None where the settings give nothing to look at."""

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
    """The outcome of one check: what was seen, or for a failure what to do, in one sentence."""

    check: str
    level: Level
    says: str

"""What is registered of a study, and when that is too late. Pure."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from coach.export.decisions_csv import as_cell

POLICY = "micro-randomised"  # the one that withholds steps, so that a step can be compared with none
CONTROLS = ("prior_score", "nights_since_start")
LONGEST_PROTOCOL = 1_000_000  # bytes
TOO_LATE = "The first draw of program '{}' was on {}: a study is registered before its first nudge."


class RegistrationError(ValueError):
    """The study cannot be registered; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A study to be registered, with its hashes."""

    programme: str
    policy: str
    analysis: dict[str, object]
    protocol: str
    protocol_sha256: str
    sha256: str
    registered_at: datetime


def registration(protocol: bytes, programme: str, controls: tuple[str, ...], now: datetime) -> Registration:
    """Return the registration of a protocol. Raises RegistrationError if it is no text."""
    from coach.export.reproduce import registration_hash  # noqa: PLC0415  (numpy is slow to load)

    if len(protocol) > LONGEST_PROTOCOL:
        raise RegistrationError(f"The protocol has more than {LONGEST_PROTOCOL} bytes: register its text only.")
    try:
        words = protocol.decode("utf-8")
    except UnicodeDecodeError:
        raise RegistrationError("The protocol is not UTF-8 text: save it as plain text or Markdown.") from None
    if not words.strip() or "\0" in words:
        raise RegistrationError("The protocol is empty or no text.")
    analysis = {
        "outcome": "outcome_score",
        "contrast": "any step for the same night against none",
        "estimator": "weighted and centered least squares",
        "controls": list(controls),
        "level": 0.05,
    }
    content = {
        "programme": programme,
        "policy": POLICY,
        "analysis": analysis,
        "protocol_sha256": sha256(protocol).hexdigest(),
        "registered_at": as_cell(now),
    }
    hash = registration_hash(content)
    return Registration(programme, POLICY, analysis, words, str(content["protocol_sha256"]), hash, now)


def audit_detail(study: Registration) -> dict[str, str]:
    """Return the hash in words that the audit log takes: no run of digits long enough to be a phone number."""
    halves = study.sha256[:32], study.sha256[32:]
    return {
        f"sha256_{number}": " ".join(half[place : place + 4] for place in range(0, 32, 4))
        for number, half in enumerate(halves, start=1)
    }

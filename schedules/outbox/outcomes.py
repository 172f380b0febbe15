"""A claimed text, and what the outcome of sending it means for it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schedules.gateway.error_codes import Then, failure_of
from schedules.gateway.protocol import Accepted, NotProcessed, Outcome, Refused, Unknown
from schedules.outbox.states import STATE_OF_STATUS, SendFacts, wait_for_daytime

FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=5), timedelta(minutes=5)
# The last retry before the end of a text's window, if the next one would be later.
LAST_TRY = timedelta(minutes=1)
# Reason of a claimed text that this worker did not start: any worker may claim it again at once.
NOT_STARTED = "left"
# Why a text is `stuck`: its outcome could not be recorded; or it could not be checked whether it may be sent.
NOT_RECORDED, NOT_CHECKED = "not_recorded", "not_checked"


@dataclass(frozen=True, slots=True)
class ClinicSender:
    """The clinic on whose behalf a participant is texted."""

    clinic_id: int
    time_zone: str
    daily_texts: int | None


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message this worker may send until its lease ends, with everything needed to check and send it.

    The body and the number are still encrypted.
    """

    id: int
    sealed_to: str | None
    number_hash: str
    sealed_body: str
    token: str
    attempts: int
    facts: SendFacts
    sender: ClinicSender | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of the `attempt`-th claim of a message: its new state and details."""

    id: int
    attempt: int
    state: str
    provider_sid: str | None = None
    error_code: int | None = None
    reason: str | None = None


def queued_again(message: ClaimedMessage, outcome: Outcome | Settlement, now: datetime) -> tuple[str, datetime] | None:
    """Return what to count a text as and when to retry it, if it stays in the queue; None if it is settled."""
    if isinstance(outcome, Settlement) and outcome.state == "queued":
        return "postponed", now if outcome.reason == NOT_STARTED else wait_for_daytime(message.facts, now)
    if isinstance(outcome, NotProcessed):
        delay = retry_delay(message.attempts, outcome.retry_after, message.token)
        return "retried", _in_window(now + delay, message.facts, now)
    if isinstance(outcome, Refused) and consequence_of(outcome) not in SETTLING:
        delay = FIRST_RETRY if consequence_of(outcome) == "shut" else LONGEST_RETRY
        return "retried", _in_window(now + delay, message.facts, now)
    return None


def _in_window(due_at: datetime, facts: SendFacts, now: datetime) -> datetime:
    """Return when to retry: once more before the window's end, however long the delay."""
    last_try = facts.expires_at - LAST_TRY
    return min(due_at, last_try) if now < last_try else due_at


# Only faults of the recipient or of this text settle a text. With a sender's fault it waits: if nobody can be texted,
# the rate limiter decides when to retry (see `schedules.dispatch.rate_limit`); otherwise it is retried behind others.
SETTLING: tuple[Then, ...] = ("hold", "opt_out", "settle")


def consequence_of(outcome: Outcome | Settlement) -> Then | None:
    """Return what follows from a refusal; None for any other outcome."""
    return failure_of(outcome.code).then if isinstance(outcome, Refused) else None


def refused_with(outcome: Outcome | Settlement) -> int | None:
    """Return the provider's code for a text that it did not accept."""
    return outcome.code if isinstance(outcome, Refused | NotProcessed) else None


def retry_delay(attempts: int, retry_after: float | None, token: str) -> timedelta:
    """Exponential backoff from 5 seconds to 5 minutes, never before the provider asked for (five minutes at most).

    A jitter of up to a fifth, derived from the message's token, keeps texts that failed together apart.
    """
    backoff = min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts - 1, 10)))
    jitter = int(token[-8:], 16) / 0xFFFFFFFF / 5
    asked_for = timedelta(seconds=min(retry_after or 0, LONGEST_RETRY.total_seconds()))
    return max(backoff, asked_for) * (1 + jitter)


def settled_from(message: ClaimedMessage, outcome: Outcome | Settlement) -> Settlement:
    """Return the settlement an outcome means."""
    if isinstance(outcome, Settlement):
        return outcome
    if isinstance(outcome, Accepted):
        state = STATE_OF_STATUS.get(outcome.status, "accepted")
        return Settlement(message.id, message.attempts, state, outcome.sid)
    if isinstance(outcome, Refused):
        state = "suppressed" if consequence_of(outcome) == "opt_out" else "failed"
        return Settlement(message.id, message.attempts, state, error_code=outcome.code, reason=outcome.reason[:40])
    return Settlement(message.id, message.attempts, "unknown", reason=outcome.reason[:40])


def stuck_from(message: ClaimedMessage, outcome: Outcome | Settlement) -> Settlement:
    """Return the settlement of an outcome that cannot be recorded, with the provider's id if it accepted the text."""
    sid = outcome.sid if isinstance(outcome, Accepted) else None
    return Settlement(message.id, message.attempts, "stuck", sid, reason=NOT_RECORDED)


def may_have_left(outcome: Outcome | Settlement) -> bool:
    """Return whether the text counts as sent today."""
    return isinstance(outcome, Accepted | Unknown)

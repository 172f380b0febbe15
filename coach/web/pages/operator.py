"""The operator's page: what waits, what is in doubt, what failed and why, and whether workers are at work."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template

from coach.adherence.reasons import REASONS, words_for_text
from coach.operations.clock_doubts import words_of
from coach.operations.measures import WORKING, measure
from coach.operations.undelivered import FailureCount, count_failures, last_receipt_at
from coach.operations.workers import WorkerBeat, list_heartbeats, list_job_runs
from coach.web.sign_in.access import for_roles, own_zone
from coach.web.site import site
from schedules.database.engine import read_transaction
from schedules.dispatch.provider_deletion import count_given_up
from schedules.dispatch.rate_limit import describe_shut
from schedules.dispatch.senders import load_senders
from schedules.gateway.error_codes import failure_of
from schedules.worker.evening_load import coming_backlog

operator = Blueprint("operator", __name__, url_prefix="/operator")
STATE_WORDS = {
    "queued": "waiting",
    "sending": "being sent",
    "unknown": "status unknown: may or may not have been accepted",
    "accepted": "accepted by the provider",
    "sent": "sent to the carrier",
    "delivered": "delivered",
    "undelivered": "not delivered",
    "failed": "rejected",
    "expired": "expired before sending",
    "suppressed": "no longer to be sent",
    "stuck": "set aside: may or may not have been accepted",
}
# What was set aside, by the work that failed.
SET_ASIDE_WORDS = {
    "planning": "Participants whose evening could not be planned",
    "reflection": "Participants whose weekly reflection could not be written",
    "standing": "Participants whose last seven days could not be counted",
    "summary": "Participants whose weekly summary could not be computed",
    "summaries": "Clinics whose weekly summary could not be computed",
    "effects": "Clinics whose effects could not be computed",
    "digest": "Coaches whose summary email could not be written",
    "flag": "Flags for which no coach could be paged",
    "cap": "Clinics whose daily-limit alert could not be sent",
    "erasing": "Participants due for erasure who could not be erased",
    "clearing": "Clinics whose old texts could not be deleted",
    "receipt": "Delivery receipts that could not be recorded",
    "measure": "Figures of this page that a damaged row keeps from being read",
    "roster": "Rosters that could not be read",
    "audit": "Audit log that does not hold: run coach audit verify",
    "stop": "Carrier-reported opt-outs that could not be recorded",
}


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker, when it last finished a pass, and how it is."""

    name: str
    at: datetime
    state: str


@operator.get("/")
@for_roles("admin")
def index() -> str:
    """Counts and ages only, of the whole installation: no person, no number, no text."""
    runtime = site().runtime
    now = runtime.now()
    with read_transaction(runtime.engine) as connection:
        beats = list_heartbeats(connection, now)
        return render_template(
            "operator.html",
            measured=measure(connection, now),
            deletions=count_given_up(connection),
            failures=_failures(count_failures(connection, now)),
            crush=coming_backlog(connection, runtime.catalogue, now, runtime.settings.sms_per_second),
            rate=runtime.settings.sms_per_second,
            senders=[(name, line, describe_shut(line)) for name, line in load_senders(connection).items()],
            workers=[WorkerStatus(beat.worker, beat.at, _state(beat, now)) for beat in beats],
            contradicted=_contradicted(beats, now),
            jobs=list_job_runs(connection),
            receipt_at=last_receipt_at(connection),
            zone=own_zone(connection),
            now=now,
            states=STATE_WORDS,
            set_aside=SET_ASIDE_WORDS,
            sends_for_real=runtime.settings.sends_for_real,
        )


def _failures(counted: Iterable[FailureCount]) -> list[tuple[str, str, int]]:
    """Why texts did not arrive or wait for it, in words, and what to do; the most frequent first."""
    told: Counter[tuple[str, str]] = Counter()
    for one in counted:
        if one.error_code:
            failure = failure_of(one.error_code)
            told[f"{failure.words} ({one.error_code})", failure.to_do] += one.texts
        else:
            told[_in_words(one.state, one.reason), ""] += one.texts
    return [(words, to_do, count) for (words, to_do), count in told.most_common()]


def _in_words(state: str, reason: str | None) -> str:
    if reason in REASONS:
        return f"{words_for_text(state, reason)}."
    return (reason or "No reason known.").replace("_", " ")


def _state(beat: WorkerBeat, now: datetime) -> str:
    if beat.at < now - WORKING:
        return "silent"
    return f"hangs: {beat.hanging}" if beat.hanging else "halted: its clock is off" if beat.doubted_by else "at work"


def _contradicted(beats: Sequence[WorkerBeat], now: datetime) -> str | None:
    """What is wrong with the clock of a worker at work, if anything is."""
    for beat in sorted(beats, key=lambda beat: beat.worker):
        if beat.at >= now - WORKING and beat.doubted_by is not None:
            return words_of(beat.doubted_by, beat.seconds_ahead or 0, f"The clock of {beat.worker}")
    return None

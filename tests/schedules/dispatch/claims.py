"""A claimed text as deciders take it."""

from datetime import UTC, datetime

from schedules.outbox.outcomes import ClaimedMessage
from schedules.outbox.states import SendFacts
from schedules.timing.quiet_hours import quiet_hours_from

NOW = datetime(2026, 3, 3, 1, tzinfo=UTC)


def claimed(attempts: int = 1) -> ClaimedMessage:
    """To somebody who may be texted now."""
    facts = SendFacts(
        kind="nudge",
        local_on=NOW.date(),
        expires_at=NOW.replace(hour=2),
        status="active",
        suppressed=False,
        held=False,
        paused_until_on=None,
        bedtime_at=None,
        time_zone="America/New_York",
        quiet=quiet_hours_from(None),
    )
    return ClaimedMessage(1, "to", "hash", "body", "0" * 32, attempts, facts)

"""Describe a clock that disagrees with others, for the operator. Pure."""

from datetime import timedelta

WHOSE = {"database": "the database", "provider": "the texting provider"}
HALTED = "Until they agree, no evening texts are planned or sent. Replies are still read and coaches are still paged."


def words_of(whose: str, seconds_ahead: int, ours: str = "This machine's clock") -> str:
    """Say what is wrong, what it stops, and how to fix it."""
    way = "ahead of" if seconds_ahead > 0 else "behind"
    off = _rounded(timedelta(seconds=abs(seconds_ahead)))
    return (
        f"{ours} is {off} {way} that of {WHOSE.get(whose, whose)}: turn on time synchronization (NTP) on both. {HALTED}"
    )


def _rounded(off: timedelta) -> str:
    for unit, length in (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1))):
        if off >= 2 * length:
            return f"{off // length} {unit}"
    return f"{int(off.total_seconds())} seconds"

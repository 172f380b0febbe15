"""A clock that is contradicted, in words for whoever runs the installation. Pure."""

from datetime import timedelta

WHOSE = {"database": "the database", "provider": "the texting provider"}
HALTED = "Until they agree no evening is planned and no evening text leaves; replies are taken and coaches are paged."


def words_of(whose: str, seconds_ahead: int, ours: str = "This machine's clock") -> str:
    """What is wrong and what to do, in one breath."""
    way = "ahead of" if seconds_ahead > 0 else "behind"
    off = _roughly(timedelta(seconds=abs(seconds_ahead)))
    return (
        f"{ours} is {off} {way} that of {WHOSE.get(whose, whose)}: turn on time synchronization (NTP) on both. {HALTED}"
    )


def _roughly(off: timedelta) -> str:
    for unit, length in (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1))):
        if off >= 2 * length:
            return f"{off // length} {unit}"
    return f"{int(off.total_seconds())} seconds"

"""Compare the tables with the model once everything is quiet. Reads the tables independently of the model."""

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from coach.database.tables import InboundReply
from coach.summaries.compute import compute_week
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment
from schedules.database.tables.safety import Flag
from tests.simulation_engine.people import MEANS, Night
from tests.simulation_engine.phones import COACHES
from tests.simulation_engine.stage import EPOCH

UNSETTLED = ("queued", "sending", "unknown")
COUNTED = ("prompted", "answered", "done", "not_done", "no_reply", "undelivered", "score_sum", "score_n")
# From a cry for help until the provider is asked for a page, where nothing failed meanwhile.
PAGED_WITHIN = 60.0
SAME_HOUR = 3700.0


def judge(world: Any) -> None:
    """Every promise that can only be looked at in the end."""
    with world.outside() as connection:
        _settled(world, connection)
        _replies(world, connection)
        _crises(world, connection)
        _people(world, connection)
        _adherence(world, connection)
    for written in world.phones.waiting.values():
        world.model.breaks("never answered", world.stage.now, f"{written.sid} {written.words!r}")


def _settled(world: Any, connection: Connection) -> None:
    for row in connection.execute(
        select(OutboxMessage.id, OutboxMessage.kind, OutboxMessage.state, OutboxMessage.reason)
    ):
        if row.state in UNSETTLED:
            world.model.breaks("not settled", world.stage.now, f"{row.kind} {row.id} is {row.state} ({row.reason})")


def _replies(world: Any, connection: Connection) -> None:
    rows = connection.execute(
        select(
            InboundReply.message_sid, InboundReply.id, InboundReply.intent, InboundReply.retry_at, InboundReply.answer
        )
    ).all()
    count, found = Counter(row.message_sid for row in rows), {row.message_sid: row for row in rows}
    gone = {one.phone for one in world.model.people if one.erased}
    if len(rows) > world.phones.count:
        what = f"{world.phones.count} texts were written, {len(rows)} are there"
        world.model.breaks("applied more or less than once", world.stage.now, what)
    for written in world.phones.acknowledged:
        row = found.get(written.sid)
        if written.phone in gone:
            continue
        if row is None or count[written.sid] != 1:
            world.model.breaks(
                "a text is lost", written.done, f"{written.words!r} of {written.phone}: {count[written.sid]}"
            )
        elif row.retry_at is not None or row.intent is None:
            world.model.breaks("a text is not applied", written.done, f"{written.words!r} of {written.phone}")
        elif written.words != "YES" and row.intent != MEANS.get(written.words, (row.intent,))[0]:
            world.model.breaks("misread", written.done, f"{written.words!r} is {row.intent}")


def _crises(world: Any, connection: Connection) -> None:
    opened = [
        (at - EPOCH).total_seconds()
        for at in connection.execute(select(Flag.opened_at).where(Flag.kind == "crisis")).scalars()
    ]
    gone = {one.phone for one in world.model.people if one.erased}
    for written in world.phones.acknowledged:
        if MEANS.get(written.words, ("",))[0] == "crisis" and written.phone not in gone:
            _answered(world, written)
            _paged(world, written)
            if not any(abs(at - written.begun) < SAME_HOUR for at in opened):
                world.model.breaks("a crisis is not flagged", written.done, written.phone)


def _answered(world: Any, written: Any) -> None:
    sent = [one for one in world.provider.requests if one.to == written.phone and "988" in one.body]
    if "988" not in (written.answer or "") and not any(one.at >= written.begun for one in sent):
        world.model.breaks("a crisis is not answered", written.done, f"{written.phone}: {written.answer!r}")


def _paged(world: Any, written: Any) -> None:
    """Within the hour one page stands for several cries."""
    pages = [one.at for one in world.provider.requests if one.to in COACHES and one.at >= written.begun - SAME_HOUR]
    peace = written.clean and not world.model.troubled(written.begun - 600, written.done + PAGED_WITHIN)
    if not pages:
        world.model.breaks("a crisis is not paged", written.done, written.phone)
    elif peace and min(pages) > written.done + PAGED_WITHIN:
        world.model.breaks(
            "a crisis is paged late", written.done, f"{written.phone}: {min(pages) - written.done:.0f} s"
        )


def _people(world: Any, connection: Connection) -> None:
    query = select(Enrolment.id, Enrolment.status, Enrolment.next_due_at, Enrolment.participant_id)
    rows = {row.id: row for row in connection.execute(query)}
    stops = Counter(
        connection.execute(select(ConsentEvent.participant_id).where(ConsentEvent.kind == "opted_out")).scalars()
    )
    now = EPOCH + timedelta(seconds=world.stage.now)
    for person in world.model.people:
        row = rows.get(person.id)
        if person.erased or row is None or person.uncertain:
            continue
        if row.status != person.status:
            world.model.breaks("wrong status", world.stage.now, f"{person.phone} is {row.status}, not {person.status}")
        if stops[person.id] != person.stops:
            what = f"{person.phone} stopped {person.stops} times, recorded {stops[person.id]}"
            world.model.breaks("applied more or less than once", world.stage.now, what)
        if row.status == "active" and not now - timedelta(minutes=40) < row.next_due_at < now + timedelta(days=2):
            world.model.breaks("due at no time", world.stage.now, f"{person.phone} is due at {row.next_due_at}")


def _adherence(world: Any, connection: Connection) -> None:
    """What the summaries count in each week against what the phones got and said."""
    # By then a text without a receipt counts as delivered.
    now = EPOCH + timedelta(seconds=world.stage.now, days=4)
    weeks = sorted(
        {
            f"{(on := EPOCH.date() + timedelta(days=day)).isocalendar()[0]}-W{on.isocalendar()[1]:02d}"
            for day in range(world.plan.days)
        }
    )
    for week in weeks:
        counted = {one.participant_id: one.counts for batch in compute_week(connection, week, now) for one in batch}
        for person in world.model.people:
            nights = [one for one in person.nights.values() if _week(one) == week]
            if (
                person.erased
                or person.id not in counted
                or any(night.unsure or len(night.sids) > 1 for night in nights)
            ):
                continue
            expected, found = _expected(nights), counted[person.id]._asdict()
            wrong = {name: (found[name], expected[name]) for name in COUNTED if found[name] != expected[name]}
            if wrong:
                world.model.breaks(
                    "adherence differs", world.stage.now, f"{person.phone} {week}: counted, expected {wrong}"
                )


def _week(night: Night) -> str:
    year, week, _ = night.on.isocalendar()
    return f"{year}-W{week:02d}"


def _expected(nights: list[Night]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for night in nights:
        answered = night.score is not None or night.habit is not None
        if not answered and night.status in ("undelivered", "failed"):
            counts["undelivered"] += 1
            continue
        counts["prompted"] += 1
        counts["answered"] += answered
        if night.asks_step:
            counts["done" if night.habit else "not_done" if night.habit is False else "no_reply"] += 1
        if night.score is not None:
            counts["score_sum"] += night.score
            counts["score_n"] += 1
    return counts

"""Nightly retention: clear message bodies and people's own plans, and erase people who have left, once their clinic's
time is up.

Texts that belong to no participant (of unknown numbers and of erased people, and alerts to coaches) go by the shortest
period of any clinic, whether or not somebody has read them. Emails to staff, and events that other systems were told,
go after a month in any case.

Runs once a day, at a time when nobody is texted. Cleared rows are not found again, so a run that died simply restarts.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Text,
    and_,
    delete,
    false,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from coach.accounts.break_glass import forget_reasons
from coach.accounts.drafts import forget_old
from coach.audit import WORKER, record
from coach.database.api_tables import ApiRequest
from coach.database.tables import InboundReply, MailMessage
from coach.events.endpoints import clear_settled
from coach.privacy.erase import erase
from schedules.database.engine import checkpoint, read_transaction, write_transaction
from schedules.database.set_aside import setting_aside
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, OwnPlan, Participant
from schedules.database.tables.safety import Flag
from schedules.dispatch.provider_deletion import end_overdue, enqueue_body_deletions
from schedules.worker.periodic import PeriodicRunner

BATCH = 500
LONGEST_SID = 64  # of a text that the provider can be asked to delete
# 09:00 UTC is night in the Americas and morning in Europe, so it avoids the evening send window.
BEGINS_AT = timedelta(hours=9)
IN_PROGRESS = ("queued", "sending", "unknown")
STAFF_MAIL_KEPT, LINK_KEPT = timedelta(days=30), timedelta(days=1)
REQUESTS_KEPT = timedelta(days=7)  # in which another system may repeat one under its Idempotency-Key
OF_NOBODY, OF_STAFF, OF_EVENTS = 0, -1, -2  # the rows under which these are set aside if they cannot be cleared


def clear_nightly(periods: PeriodicRunner, *, at_provider: bool) -> int:
    """Clear what is due, once a day. Return how many texts and people were cleared."""
    now = periods.now()
    steps = clear(periods.engine, at_provider, now)
    return periods.run("retention", (now - BEGINS_AT).date().isoformat(), steps, in_parts=True)


def clear(engine: Engine, at_provider: bool, now: datetime) -> Iterator[int]:
    """Clear in steps; yield how many texts or people each step cleared."""
    with read_transaction(engine) as connection:
        clinics = connection.execute(select(Clinic.id, Clinic.keep_texts_days, Clinic.keep_people_days)).all()
    for clinic in clinics:
        with setting_aside(engine, "clearing", clinic.id, now):
            if clinic.keep_texts_days is not None:
                before = now - timedelta(days=clinic.keep_texts_days)
                yield from _clear_texts(engine, _OfClinic(clinic.id), before, at_provider, now)
            if clinic.keep_people_days is not None:
                before = now - timedelta(days=clinic.keep_people_days)
                yield from _clear_people(engine, clinic.id, before, at_provider, now)
    periods = [clinic.keep_texts_days for clinic in clinics if clinic.keep_texts_days is not None]
    if periods:
        with setting_aside(engine, "clearing", OF_NOBODY, now):
            yield from _clear_texts(engine, _OfNobody(), now - timedelta(days=min(periods)), at_provider, now)
    with setting_aside(engine, "clearing", OF_STAFF, now):
        yield from _clear_staff_mail(engine, now)
    with setting_aside(engine, "clearing", OF_EVENTS, now):
        yield from _clear_events(engine, now)
    with write_transaction(engine) as connection:
        old = ApiRequest.created_at < now - REQUESTS_KEPT
        connection.execute(delete(ApiRequest).where(old))
        for deletion in end_overdue(connection, now):
            record(connection, WORKER, "gave up", f"deletion {deletion}", now)
    checkpoint(engine)


class _OfClinic:
    """Texts to and from a clinic's participants. One that waits for a coach is kept until it is closed."""

    def __init__(self, clinic_id: int) -> None:
        self.clinic_id: int | None = clinic_id
        people = select(Participant.id).where(Participant.clinic_id == clinic_id)
        enrolments = select(Enrolment.id).where(Enrolment.participant_id.in_(people))
        self.sent = OutboxMessage.enrolment_id.in_(enrolments)
        self.plans: ColumnElement[bool] = OwnPlan.enrolment_id.in_(enrolments)
        done = or_(InboundReply.for_coach.is_(False), InboundReply.closed_at.is_not(None))
        self.received = and_(InboundReply.participant_id.in_(people), done)


class _OfNobody:
    """Texts of numbers that belong to no participant, and alerts to coaches."""

    clinic_id: int | None = None
    sent = OutboxMessage.enrolment_id.is_(None)
    plans: ColumnElement[bool] = false()
    received = InboundReply.participant_id.is_(None)


def _clear_texts(
    engine: Engine, of: _OfClinic | _OfNobody, before: datetime, at_provider: bool, now: datetime
) -> Iterator[int]:
    while True:
        with write_transaction(engine) as connection:
            sids = _clear_sent(connection, of.sent, before) + _clear_received(connection, of.received, before)
            connection.execute(delete(OwnPlan).where(of.plans, OwnPlan.written_at < before))
            if not sids:
                return
            if at_provider:
                enqueue_body_deletions(connection, filter(None, sids), now)
            record(connection, WORKER, "cleared", "texts", now, of.clinic_id, {"texts": len(sids)})
        yield len(sids)


def _clear_staff_mail(engine: Engine, now: datetime) -> Iterator[int]:
    """Clear emails to staff that have left or failed, and forms that were kept for them.

    Those of the sign-in hold links, which last for an hour. The reason of an emergency access is kept for a year.
    """
    is_link = MailMessage.kind == "sign_in"
    old = or_(
        and_(is_link, MailMessage.due_at < now - LINK_KEPT),
        and_(~is_link, MailMessage.due_at < now - STAFF_MAIL_KEPT),
    )
    old = and_(old, MailMessage.state != "queued", _has_body(MailMessage.body))
    with write_transaction(engine) as connection:
        forget_old(connection, now)
        forget_reasons(connection, now)
        cleared = connection.execute(update(MailMessage).where(old).values(body="", html=None)).rowcount
        if cleared:
            record(connection, WORKER, "cleared", "mails", now, None, {"mails": cleared})
    yield cleared


def _clear_events(engine: Engine, now: datetime) -> Iterator[int]:
    """Delete events that other systems were told long ago. They are no texts and no people: nothing is counted."""
    cleared = 1
    while cleared:
        with write_transaction(engine) as connection:
            cleared = clear_settled(connection, now)
            if cleared:
                record(connection, WORKER, "cleared", "events", now, None, {"events": cleared})
        yield 0


def _has_body(column: object) -> ColumnElement[bool]:
    return type_coerce(column, Text) != ""  # compare the stored value: only empty text is not encrypted


def _clear_sent(connection: Connection, which: ColumnElement[bool], before: datetime) -> list[str | None]:
    old = connection.execute(
        select(OutboxMessage.id, func.coalesce(OutboxMessage.provider_sid, OutboxMessage.unrecorded_sid).label("sid"))
        .where(which, OutboxMessage.created_at < before)
        .where(OutboxMessage.state.not_in(IN_PROGRESS), _has_body(OutboxMessage.body))
        .limit(BATCH)
    ).all()
    ids = [row.id for row in old]
    connection.execute(update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(body=""))
    return [row.sid if row.sid and len(row.sid) <= LONGEST_SID else None for row in old]


def _clear_received(connection: Connection, which: ColumnElement[bool], before: datetime) -> list[str | None]:
    old = connection.execute(
        select(InboundReply.id, InboundReply.message_sid)
        .where(which, InboundReply.received_at < before, _has_body(InboundReply.body))
        .limit(BATCH)
    ).all()
    ids = [row.id for row in old]
    # Nothing is applied from a text without its words.
    cleared = {"body": "", "reading": None, "answer": None, "retry_at": None}
    connection.execute(update(InboundReply).where(InboundReply.id.in_(ids)).values(cleared))
    connection.execute(update(Flag).where(Flag.reply_id.in_(ids), Flag.participant_id.is_(None)).values(note=None))
    return [row.message_sid for row in old]


def _clear_people(engine: Engine, clinic_id: int, before: datetime, at_provider: bool, now: datetime) -> Iterator[int]:
    with read_transaction(engine) as connection:
        left = connection.execute(_inactive_participants(clinic_id, before)).scalars().all()
    for participant_id in left:
        with setting_aside(engine, "erasing", participant_id, now), write_transaction(engine) as connection:
            erase(connection, participant_id, now, actor=WORKER, at_provider=at_provider, on_request=False)
        yield 1


def _inactive_participants(clinic_id: int, before: datetime) -> Select[int]:
    """Select participants who get no texts (stopped, ended, never confirmed), with no activity since `before`."""
    last_word = (
        select(func.max(ConsentEvent.recorded_at))
        .where(ConsentEvent.participant_id == Participant.id)
        .scalar_subquery()
    )
    quiet = [or_(at.is_(None), at < before) for at in (Enrolment.heard_at, Enrolment.ended_at)]
    return (
        select(Participant.id)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .where(Participant.clinic_id == clinic_id, Enrolment.status != "active", Participant.created_at < before)
        .where(*quiet, func.coalesce(last_word, Participant.created_at) < before)
        .order_by(Participant.id)
    )

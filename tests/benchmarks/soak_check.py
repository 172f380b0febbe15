"""What the soak test reads from the database: remaining work, the next due time, and the final counts."""

from collections import Counter
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, and_, func, select

from coach.adherence.queries import nights
from schedules.database.engine import read_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.work import Sender
from schedules.outbox.states import REACHED_THE_PROVIDER, SURFACES_WITHIN
from tests.twilio_standin import StandIn


def is_idle(engine: Engine, now: datetime) -> bool:
    """Nobody is due, no text is due or under way, and none that could be found out now is in doubt."""
    resolvable = OutboxMessage.lease_until_at <= now - SURFACES_WITHIN
    with read_transaction(engine) as connection:
        shut = connection.execute(select(func.max(Sender.shut_until_at))).scalar()
        due = and_(OutboxMessage.state == "queued", OutboxMessage.due_at <= now)
        busy = [
            select(Enrolment.id).where(Enrolment.next_due_at <= now),
            select(OutboxMessage.id).where(OutboxMessage.state == "sending"),
            select(OutboxMessage.id).where(OutboxMessage.state == "unknown", resolvable),
        ]
        if not (shut and shut > now):
            busy.append(select(OutboxMessage.id).where(due))
        return not any(connection.execute(one.limit(1)).first() for one in busy)


def next_instant(engine: Engine, now: datetime) -> datetime | None:
    """When something is due next: a person, a text, a doubt that can be resolved, the sender again."""
    later = timedelta(seconds=1)
    waiting = and_(OutboxMessage.state == "queued", OutboxMessage.due_at > now)
    with read_transaction(engine) as connection:
        doubt = connection.execute(
            select(func.min(OutboxMessage.lease_until_at)).where(OutboxMessage.state == "unknown")
        ).scalar()
        found = [
            connection.execute(select(func.min(Enrolment.next_due_at))).scalar(),
            connection.execute(
                select(func.min(OutboxMessage.due_at)).where(waiting, OutboxMessage.due_at > now)
            ).scalar(),
            doubt and doubt + SURFACES_WITHIN + later,
            connection.execute(select(func.max(Sender.shut_until_at)).where(Sender.shut_until_at > now)).scalar(),
        ]
    return min((one for one in found if one and one > now), default=None)


def newly_asked(engine: Engine, after: int) -> tuple[int, list[str]]:
    """The phones that check-ins have reached since the `after`-th, and the number of the newest."""
    with read_transaction(engine) as connection:
        rows = connection.execute(
            select(CheckIn.id, Participant.phone)
            .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
            .join(Enrolment, Enrolment.id == CheckIn.enrolment_id)
            .join(Participant, Participant.id == Enrolment.participant_id)
            .where(CheckIn.id > after, OutboxMessage.state.in_(REACHED_THE_PROVIDER))
            .order_by(CheckIn.id)
        ).all()
    return (rows[-1].id if rows else after), [row.phone for row in rows if row.phone]


def account_for(engine: Engine, standin: StandIn, first_on: date, days: int) -> dict[str, int]:
    """Every person's every date: decided once, and sent once, not twice and not never without a reason."""
    taken = Counter(one.sid for one in standin.accepted)
    last_on = first_on + timedelta(days=days - 1)
    with read_transaction(engine) as connection:
        people = connection.execute(select(func.count()).select_from(Enrolment)).scalar_one()
        dated = Decision.local_on.between(first_on, last_on)
        decided = connection.execute(select(func.count()).select_from(Decision).where(dated)).scalar_one()
        states = dict(
            connection.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)).tuples().all()
        )
        known = set(connection.execute(select(OutboxMessage.provider_sid)).scalars()) - {None}
        now = connection.execute(select(func.max(OutboxMessage.created_at))).scalar_one() + timedelta(days=4)
        came_to = Counter(row.state for row in connection.execute(nights(first_on, last_on, now)))
        enrolled_late = connection.execute(select(func.count()).where(Enrolment.starts_on > first_on)).scalar_one()
    return {
        "people": people,
        "texts the provider took": len(taken),
        "doubled": len(set(taken) - known),
        "lost": people * days - enrolled_late - decided,
        **{f"texts {state}": count for state, count in sorted(states.items())},
        **{f"nights {state}": count for state, count in sorted(came_to.items())},
    }

"""One evening under fire: workers killed, faults, a database that goes away, clocks that jump; then judged."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep, time
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import OperationalError

from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from tests.chaos.fire import Fire, cut_off
from tests.chaos.plan import Plan
from tests.chaos.worker import FastClock, seconds_to_start
from tests.served import served
from tests.support import PUBLIC_URL, settings_for
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID, StandIn

EVENING = datetime(2026, 3, 3, 1, tzinfo=UTC)  # 20:00 on 2 March in New York
CLOSES = EVENING + timedelta(hours=1)
# The chances of each fault of the provider (see tests/twilio_standin/faults.py); half of them after it took the text.
FAULTS: dict[str, Any] = {
    "error429": 0.01,
    "error500": 0.01,
    "error503_after": 0.01,
    "drop_before": 0.01,
    "drop_after": 0.02,
}
DISORDER = "immediate+shuffled=0.3+doubled=0.2+early=0.1"


@dataclass(slots=True)
class Report:
    """What the provider took, against what was decided."""

    due: int
    accepted: Counter[str]
    outside_hours: int
    states: dict[str, int]
    wrong_sid: int
    check_ins: int
    decisions: int
    kills: int
    happened: Counter[str]
    faults: dict[str, int]
    receipts: int
    seconds: float
    speed: float
    lost: list[str] = field(default_factory=list)

    @property
    def doubled(self) -> list[str]:
        """Numbers that got more than one text."""
        return [number for number, count in self.accepted.items() if count > 1]


def run_evening(runtime: Runtime, plan: Plan, cut: Callable[[Engine], None] | None = None) -> Report:
    """Everybody's evening on a migrated, empty database. `cut` takes the database away for a moment."""
    enrol_all(runtime, plan.people)
    speed = speed_here(plan)
    clock, began = FastClock(EVENING, time(), speed), monotonic()
    with StandIn(now=clock, latency=plan.latency, callbacks=DISORDER, public_url=PUBLIC_URL, seed=plan.seed) as standin:
        standin.faults.rate(seed=plan.seed, **FAULTS)
        with served(with_webhooks(replace(runtime, now=clock))) as address:
            standin.poster.target_url = address
            fire = Fire(runtime.engine, runtime.settings.database_url, standin.url, clock, plan, cut or cut_off)
            fire.rage()
            wait_until_settled(runtime.engine, clock)
            fire.stop()
            wait_for_receipts(standin)
        report = judge(runtime, standin, plan)
        report.kills, report.happened = fire.killed, fire.happened
        report.seconds, report.speed = monotonic() - began, speed
    return report


def speed_here(plan: Plan) -> float:
    """The plan's, or slower: the hour is to be twice as long as this machine needs, as busy as it is."""
    start = seconds_to_start()
    needed = plan.kills * (sum(plan.pause) / 2 + start) + plan.people * start / 50
    return min(plan.speed, (CLOSES - EVENING).total_seconds() / (2 * needed))


def with_webhooks(runtime: Runtime) -> Runtime:
    """The installation with the stand-in's account, so that its signatures hold."""
    set_up = settings_for(
        runtime.settings.database_url,
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        twilio_messaging_service_sid=MESSAGING_SERVICE_SID,
    )
    return replace(runtime, settings=set_up)


def wait_until_settled(engine: Engine, clock: FastClock) -> None:
    """Until no text is queued, under way or in doubt, or half an hour after the window has closed."""
    while clock() < CLOSES + timedelta(minutes=30):
        sleep(0.2)
        try:
            with read_transaction(engine) as connection:
                open_states = ("queued", "sending", "unknown")
                left = connection.execute(
                    select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state.in_(open_states))
                ).scalar_one()
                due = connection.execute(
                    select(func.count()).select_from(Enrolment).where(Enrolment.next_due_at <= EVENING)
                ).scalar_one()
        except OperationalError:
            continue
        if not left and not due:
            return


def wait_for_receipts(standin: StandIn) -> None:
    """For as long as any still go out: three for each text, as fast as the machine takes them."""
    before, posted = -1, 0
    while posted > before:
        with suppress(TimeoutError):
            standin.wait_for_callbacks(30)
            return
        before, posted = posted, len(standin.posted)


def judge(runtime: Runtime, standin: StandIn, plan: Plan) -> Report:
    taken = standin.accepted
    with read_transaction(runtime.engine) as connection:
        by_state = select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
        states = dict(connection.execute(by_state).all())
        sids = set(connection.execute(select(OutboxMessage.provider_sid)).scalars())
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (CheckIn, Decision, DeliveryReceipt)
        ]
    accepted = Counter(one.to for one in taken)
    return Report(
        due=plan.people,
        accepted=accepted,
        outside_hours=sum(1 for one in taken if not EVENING <= one.accepted_at < CLOSES),
        states=states,
        wrong_sid=sum(1 for one in taken if one.sid not in sids),
        check_ins=counts[0],
        decisions=counts[1],
        receipts=counts[2],
        kills=0,
        happened=Counter(),
        faults=dict(standin.faults.happened),
        seconds=0,
        speed=0,
        lost=[number for number in map(phone, range(plan.people)) if number not in accepted],
    )


def phone(index: int) -> str:
    return f"+1{4152000000 + index}"


def enrol_all(runtime: Runtime, people: int) -> None:
    """Everybody is due at eight; written at once, since a roster of twenty thousand is not what is tested."""
    with write_transaction(runtime.engine) as connection:
        connection.execute(insert(Clinic).values(id=1, name="Clinic", daily_texts=10 * people, created_at=EVENING))
        connection.execute(insert(Participant), [participant(runtime, index) for index in range(people)])
        connection.execute(insert(Enrolment), [enrolment(index) for index in range(people)])


def participant(runtime: Runtime, index: int) -> dict[str, Any]:
    return {
        "id": index + 1,
        "clinic_id": 1,
        "phone": phone(index),
        "number_hash": runtime.keys.number_hash(phone(index)),
        "language": "en",
        "time_zone": "America/New_York",
        "created_at": EVENING,
    }


def enrolment(index: int) -> dict[str, Any]:
    return {
        "participant_id": index + 1,
        "programme": "evening",
        "cadence": "daily",
        "policy": "rotation",
        "status": "active",
        "starts_on": EVENING.date() - timedelta(days=1),
        "evening_at": datetime(2026, 1, 1, 20).time(),  # noqa: DTZ001  (a wall time)
        "exclude": [],
        "tags": [],
        "next_due_at": EVENING,
        "next_due_on": EVENING.date() - timedelta(days=1),
        "next_slot": "evening",
    }

"""Asks the provider about accepted texts whose final delivery receipt never came.

The provider does not repeat a receipt that we failed to store, because the database or the web process was down.
Without it, a text that did not arrive would count as delivered, and a dead number would be texted again.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Row, func, select

from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.types import readable
from schedules.dispatch.provider_match import CLOCK_SKEW
from schedules.dispatch.receipts import record_receipt
from schedules.dispatch.reconcile import FAILURES_TO_GIVE_UP
from schedules.dispatch.senders import FINAL_STATUSES
from schedules.gateway.error_codes import failure_of
from schedules.gateway.protocol import Gateway, GatewayDownError, ProviderMessage
from schedules.outbox.claimed import RECIPIENT_PHONE
from schedules.outbox.states import SILENT_MEANS_DELIVERED
from schedules.worker.periodic import PeriodicRunner

# Most final receipts come within seconds, and some carriers send none.
RECEIPT_DUE = timedelta(hours=1)
# The passes start at 6:00 and 18:00 UTC, so that there is one between any two evenings.
FIRST_PASS_AT = timedelta(hours=6)
BATCH = 20
WAITING = OutboxMessage.state.in_(("accepted", "sent"))

log = structlog.get_logger(__name__)


def find_missing_receipts(periods: PeriodicRunner, gateway: Gateway) -> int:
    """Twice a day, across all workers, store what the provider says of texts without a final receipt.

    Returns how many receipts had been missing.

    Raises:
        GatewayDownError: the provider seems to be down; the next run starts again.
    """
    passes_since = periods.now() - FIRST_PASS_AT
    period = f"{passes_since:%Y-%m-%d}-{passes_since.hour // 12}"
    return periods.run("receipts", period, _steps(periods, gateway), in_parts=True)


def _steps(periods: PeriodicRunner, gateway: Gateway) -> Iterator[int]:
    with read_transaction(periods.engine) as connection:
        recipients = _load_recipients(connection, periods.now())
    failed_in_a_row = 0
    for first in range(0, len(recipients), BATCH):
        listed: list[ProviderMessage] = []
        for one in recipients[first : first + BATCH]:
            try:
                # `extend` keeps what was listed before an error.
                listed.extend(gateway.messages_to(one.phone, one.since_at - CLOCK_SKEW))
                failed_in_a_row = 0
            except GatewayDownError:
                failed_in_a_row += 1
                if failed_in_a_row >= FAILURES_TO_GIVE_UP:
                    raise
        yield _record(periods, listed)


def _load_recipients(connection: Connection, now: datetime) -> Sequence[Row[object]]:
    """Return the phones that texts without a final receipt went to, each with the first acceptance."""
    silent = (
        select(
            OutboxMessage.enrolment_id, OutboxMessage.coach_id, func.min(OutboxMessage.accepted_at).label("since_at")
        )
        .where(
            WAITING,
            OutboxMessage.provider_sid.is_not(None),
            OutboxMessage.accepted_at <= now - RECEIPT_DUE,
            OutboxMessage.accepted_at > now - SILENT_MEANS_DELIVERED,
        )
        .group_by(OutboxMessage.enrolment_id, OutboxMessage.coach_id)
        .subquery()
    )
    rows = connection.execute(
        select(readable(RECIPIENT_PHONE).label("phone"), silent.c.since_at)
        .select_from(silent)
        .outerjoin(Enrolment, Enrolment.id == silent.c.enrolment_id)
        .outerjoin(Participant, Participant.id == Enrolment.participant_id)
        .outerjoin(CoachAccount, CoachAccount.id == silent.c.coach_id)
        .order_by(silent.c.since_at)
    )
    return [row for row in rows if row.phone is not None]


def _record(periods: PeriodicRunner, listed: Sequence[ProviderMessage]) -> int:
    """Store the final states of texts that still wait for theirs, as if their receipts came now."""
    final = {one.sid: one for one in listed if one.status in FINAL_STATUSES}
    if not final:
        return 0
    wrote_since = Enrolment.heard_at > OutboxMessage.accepted_at
    wanted = (
        select(OutboxMessage.provider_sid, wrote_since.label("wrote_since"))
        .outerjoin(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .where(OutboxMessage.provider_sid.in_(list(final)), WAITING)
    )
    with write_transaction(periods.engine) as connection:
        waiting = connection.execute(wanted).all()
        for row in waiting:
            one = final[row.provider_sid]
            # Someone may have sent START since; if not, the next text is refused.
            outdated = row.wrote_since and failure_of(one.error_code).then == "opt_out"
            code = None if outdated else one.error_code
            record_receipt(connection, token=None, sid=one.sid, status=one.status, code=code, now=periods.now())
    if waiting:
        log.warning("receipts_were_missing", texts=len(waiting))
    return len(waiting)

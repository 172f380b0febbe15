"""Remove a sign-in whose owner has left: all about the person goes, the bare id stays. Callers hold the transaction.

Notes they wrote and flags they acknowledged refer to the id. The audit log keeps the address under which they acted.
"""

import secrets
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from coach.accounts.sessions import end_sessions
from coach.accounts.sign_ins import REMOVED, AccountError
from coach.audit import record
from coach.database.desk_tables import Draft, Leave
from coach.database.sign_in_tables import Passkey
from coach.database.tables import MailMessage, ReplyClaim
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant
from schedules.outbox.dead_numbers import forget_unowned

EMPTY = {
    "name": None,
    "password_hash": "",
    "active": False,
    "phone": None,
    "number_hash": None,
    "phone_confirmed_at": None,
    "phone_code": None,
    "phone_code_until_at": None,
    "time_zone": None,
    "language": None,
    "digest": "off",
    "may_export": False,
    "totp_secret": None,
    "totp_counter": None,
    "recovery_codes": None,
    "tour_closed_at": None,
}


def remove_account(connection: Connection, actor: str, account_id: int, now: datetime) -> None:
    """Remove an account. Its participants are left without a coach; alerts that wait for its phone are not sent.

    Raises AccountError for one's own account.
    """
    columns = (CoachAccount.email, CoachAccount.clinic_id, CoachAccount.number_hash)
    account = connection.execute(select(*columns).where(CoachAccount.id == account_id)).one()
    if account.email == actor:
        raise AccountError("You cannot remove your own account: ask another admin.")
    end_sessions(connection, account_id)
    connection.execute(update(Participant).where(Participant.coach_id == account_id).values(coach_id=None))
    connection.execute(delete(ReplyClaim).where(ReplyClaim.coach_id == account_id))
    connection.execute(delete(Passkey).where(Passkey.account_id == account_id))
    connection.execute(delete(Leave).where(Leave.coach_id == account_id))
    connection.execute(update(Leave).where(Leave.stand_in_id == account_id).values(stand_in_id=None))
    connection.execute(delete(Draft).where(Draft.account_id == account_id))
    connection.execute(delete(MailMessage).where(MailMessage.coach_id == account_id))
    alerts = OutboxMessage.coach_id == account_id
    ended = {"state": "suppressed", "reason": "account_removed", "settled_at": now}
    connection.execute(update(OutboxMessage).where(alerts, OutboxMessage.state == "queued").values(ended))
    values = EMPTY | {"email": f"{REMOVED}{account_id}", "session_key": secrets.token_hex(32)}
    connection.execute(update(CoachAccount).where(CoachAccount.id == account_id).values(values))
    if account.number_hash:
        forget_unowned(connection, account.number_hash)
    record(connection, actor, "removed", f"account {account_id}", now, account.clinic_id)

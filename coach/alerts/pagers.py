"""The phones that coaches are paged on. Each is confirmed by a texted code and belongs to no participant."""

import secrets
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy import Connection, String, cast, exists, select, update

from coach.alerts.escalation import PAGED_KINDS, Level
from content.catalogue import Catalogue, render
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Participant
from schedules.database.tables.safety import Flag
from schedules.database.types import readable
from schedules.outbox.changed_number import queue_pages_again, set_pages_aside
from schedules.outbox.queue import NewMessage, enqueue

CODE_HOLDS = timedelta(minutes=30)


class PagerError(ValueError):
    """Why a phone cannot be used for pages, in one sentence that says what to do."""


def set_pager(
    connection: Connection,
    catalogue: Catalogue,
    keys: InstallationKeys,
    account_id: int,
    phone: str | None,
    now: datetime,
) -> bool:
    """Set or remove the number an account is paged on. Returns whether a confirmation code was texted to it.

    Pages that may have left for the number before, or are still to leave, wait until the new one is confirmed.

    Raises:
        PagerError: the number is a participant's. With two roles, a text from it would be ambiguous.
    """
    query = select(readable(CoachAccount.phone), CoachAccount.phone_confirmed_at).where(CoachAccount.id == account_id)
    before = connection.execute(query).one()
    if phone is not None and before.phone == phone and before.phone_confirmed_at is not None:
        return False
    hashed = keys.number_hash(phone) if phone else None
    if phone and connection.execute(select(exists().where(Participant.number_hash == hashed))).scalar():
        raise PagerError("This number is enrolled as a participant's: give one that is only yours.")
    code = f"{secrets.randbelow(10**6):06d}" if phone else None
    values = {
        "phone": phone,
        "number_hash": hashed,
        "phone_confirmed_at": None,
        "phone_code": code,
        "phone_code_until_at": now + CODE_HOLDS if phone else None,
    }
    connection.execute(update(CoachAccount).where(CoachAccount.id == account_id).values(values))
    [text, *_] = catalogue.texts_for("pager_code", "en")
    if before.phone != phone:
        set_pages_aside(connection, account_id, text.id, now)
    if code is None:
        return False
    message = NewMessage(
        coach_id=account_id,
        kind="page",
        body=render(text, code=code),
        text_id=text.id,
        text_version=text.version,
        token=keys.token("pager code", account_id, code, now),
        expires_at=now + CODE_HOLDS,
        created_at=now,
    )
    enqueue(connection, message)
    return True


def confirm_pager(connection: Connection, keys: InstallationKeys, account_id: int, typed: str, now: datetime) -> None:
    """Confirm the phone for pages, and send it those of open flags that waited for it.

    Raises:
        PagerError: the code is wrong or has expired.
    """
    code, until_at = connection.execute(
        select(CoachAccount.phone_code, CoachAccount.phone_code_until_at).where(CoachAccount.id == account_id)
    ).one()
    if code is None or until_at is None or until_at <= now:
        raise PagerError("That code is no longer good: save your number again, and another one is texted to it.")
    if not secrets.compare_digest(typed.strip().encode(), code.encode()):
        raise PagerError("That is not the code we texted: look at the newest text of ours on that phone.")
    values = {"phone_confirmed_at": now, "phone_code": None, "phone_code_until_at": None}
    connection.execute(update(CoachAccount).where(CoachAccount.id == account_id).values(values))
    flags = select(Flag.id, cast(Flag.opened_at, String)).where(
        Flag.acknowledged_at.is_(None), Flag.kind.in_(PAGED_KINDS)
    )
    tokens = [
        page_token(keys, id, opened, level, account_id)
        for id, opened in connection.execute(flags)
        for level in get_args(Level)
    ]
    queue_pages_again(connection, account_id, tokens, now)


def page_token(keys: InstallationKeys, flag_id: int, opened: str, level: Level, account_id: int) -> str:
    """Return the token of the page of a flag to an account.

    `opened` is when the flag was opened, as the database writes it: a database restored from a backup gives out the
    ids since then once more.
    """
    return keys.token("page", flag_id, opened, level, account_id)

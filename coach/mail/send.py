"""Mail to coaches: queued in the database, handed to the SMTP server, settled by what it said.

A row is claimed just before it is handed over, so that no two workers send the same one. SMTP cannot be asked
afterwards whether a message was taken; what is in doubt (a worker died, or the connection did after DATA) is sent again
if it is urgent, with the same Message-ID, and never if it has a period: a digest comes once. Without MAIL_SERVER
nothing leaves and mails wait.
"""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any, Literal

import structlog
from sqlalchemy import Connection, Engine, and_, or_, select, update

from coach.config import Settings
from coach.database.tables import MailMessage
from coach.mail.unsubscribe import unsubscribe_url
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.types import readable

BATCH = 200
SMTP_SECONDS = 15
GIVE_UP_AFTER = 20  # attempts, backing off to ten minutes: most of three hours
LONGEST_WAIT = timedelta(minutes=10)
# Longer than any hand-over takes: whoever claimed a mail this long ago is gone.
LEASE = timedelta(minutes=3)

# As SMTP wants it; a link in a header stays on its line.
WIRE = SMTP.clone(max_line_length=250)

Outcome = Literal["taken", "refused", "in_doubt"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class MailContext:
    """What sending mail needs. `now` is the process's clock."""

    engine: Engine
    settings: Settings
    keys: InstallationKeys
    now: Callable[[], datetime]


def send_mail(context: MailContext) -> int:
    """Send what is due. Returns how many mails the server took."""
    if not context.settings.mail_server:
        return 0
    _give_up_lost(context.engine, context.now())
    ids = _due(context.engine, context.now())
    sent = 0
    if not ids:
        return sent
    with suppress(OSError, smtplib.SMTPException), _connected(context, ids) as server:
        for id in ids:
            mail = _claim(context.engine, id, context.now())
            if mail is None:
                continue
            outcome = _hand_over(server, context, mail)
            _settle(context.engine, mail, outcome, context.now())
            sent += outcome == "taken"
            if outcome == "in_doubt":
                break  # the connection is gone; the rest goes by the next one
    return sent


def _open(now: datetime) -> Any:
    # Put off or claimed for longer than any is: by a clock that was ahead. What has a period may wait for its morning.
    ahead = now + LONGEST_WAIT * 2
    due = or_(MailMessage.due_at <= now, and_(MailMessage.period.is_(None), MailMessage.due_at > ahead))
    claimed_at = MailMessage.claimed_at
    free = or_(claimed_at.is_(None), claimed_at <= now - LEASE, claimed_at > ahead)
    return and_(MailMessage.state == "queued", due, free)


def _due(engine: Engine, now: datetime) -> list[int]:
    """Urgent mail first: what has no period."""
    with read_transaction(engine) as connection:
        order = (MailMessage.period.is_not(None), MailMessage.due_at, MailMessage.id)
        return list(
            connection.execute(select(MailMessage.id).where(_open(now)).order_by(*order).limit(BATCH)).scalars()
        )


def _give_up_lost(engine: Engine, now: datetime) -> None:
    """A digest whose worker was lost while handing it over may have been sent."""
    with write_transaction(engine) as connection:
        connection.execute(
            update(MailMessage)
            .where(
                MailMessage.state == "queued",
                MailMessage.period.is_not(None),
                MailMessage.claimed_at <= now - LEASE,
            )
            .values(state="failed", reason="in_doubt")
        )


@contextmanager
def _connected(context: MailContext, ids: list[int]) -> Iterator[smtplib.SMTP]:
    """A greeted, signed-in connection. If there is none to be had, the first mail waits longer and nothing is lost."""
    settings = context.settings
    server = smtplib.SMTP(timeout=SMTP_SECONDS)
    try:
        try:
            server.connect(settings.mail_server, settings.mail_port)
            if settings.mail_use_tls:
                server.starttls()
            if settings.mail_username:
                server.login(settings.mail_username, settings.mail_password)
            server.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail_server_not_reached", error=type(error).__name__)
            mail = _claim(context.engine, ids[0], context.now())
            if mail is not None:
                _settle(context.engine, mail, "refused", context.now())
            raise
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _claim(engine: Engine, id: int, now: datetime) -> Any:
    """The mail, if nobody else has it."""
    with write_transaction(engine) as connection:
        taken = connection.execute(
            update(MailMessage)
            .where(MailMessage.id == id, _open(now))
            .values(claimed_at=now, attempts=MailMessage.attempts + 1)
        )
        return _load(connection, id) if taken.rowcount else None


def _load(connection: Connection, id: int) -> Any:
    return connection.execute(
        select(
            MailMessage.id,
            MailMessage.coach_id,
            MailMessage.kind,
            MailMessage.period,
            MailMessage.subject,
            readable(MailMessage.body),
            readable(MailMessage.html),
            MailMessage.attempts,
            CoachAccount.email,
        )
        .join(CoachAccount, CoachAccount.id == MailMessage.coach_id)
        .where(MailMessage.id == id)
    ).one()


def compose(context: MailContext, mail: Any) -> EmailMessage:
    """The message: plain text, and HTML beside it where there is some."""
    sender = context.settings.mail_from
    message = EmailMessage(WIRE)
    message["From"], message["To"], message["Subject"] = sender, mail.email, mail.subject
    message["Date"] = format_datetime(context.now())
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{context.keys.token('mail', mail.id)}@{domain}>"  # the same at every attempt
    message["Auto-Submitted"] = "auto-generated"
    if mail.kind == "digest":
        url = unsubscribe_url(context.settings.public_url, context.keys, mail.coach_id)
        message["List-Unsubscribe"] = f"<{url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.body)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def _hand_over(server: smtplib.SMTP, context: MailContext, mail: Any) -> Outcome:
    """One mail. Until DATA nothing can have been taken; after it, silence may mean anything."""
    if mail.body is None:
        log.error("mail_unreadable", mail=mail.id)
        return "refused"
    try:
        message = compose(context, mail).as_bytes()
        for code, _ in (server.mail(parseaddr(context.settings.mail_from)[1]), server.rcpt(mail.email)):
            if code not in (250, 251):
                return _refused(server, mail, code)
    except Exception as error:  # also an address or a subject that no mail can have: the others are sent all the same
        return _refused(server, mail, type(error).__name__)
    try:
        code, _ = server.data(message)
    except smtplib.SMTPDataError as error:
        return _refused(server, mail, error.smtp_code)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_in_doubt", mail=mail.id, error=type(error).__name__)
        return "in_doubt"
    return "taken" if code == 250 else _refused(server, mail, code)


def _refused(server: smtplib.SMTP, mail: Any, code: int | str) -> Outcome:
    log.warning("mail_refused", mail=mail.id, code=code)
    with suppress(OSError, smtplib.SMTPException):
        server.rset()
    return "refused"


def _settle(engine: Engine, mail: Any, outcome: Outcome, now: datetime) -> None:
    again = now + min(LONGEST_WAIT, timedelta(seconds=15 * 2 ** min(mail.attempts, 8)))
    values: dict[str, object] = {"claimed_at": None, "due_at": again}
    if outcome == "taken":
        values = {"state": "sent", "sent_at": now, "claimed_at": None}
    elif outcome == "in_doubt" and mail.period is not None:
        values = {"state": "failed", "reason": "in_doubt"}
    elif mail.attempts >= GIVE_UP_AFTER:
        values = {"state": "failed", "reason": outcome, "claimed_at": None}
    with write_transaction(engine) as connection:
        connection.execute(
            update(MailMessage)
            .where(MailMessage.id == mail.id, MailMessage.state == "queued", MailMessage.attempts == mail.attempts)
            .values(**values)
        )

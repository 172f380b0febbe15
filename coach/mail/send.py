"""Send queued mail to coaches through the SMTP server, and record the outcome.

A row is claimed just before it is sent, so that no two workers send it. SMTP offers no way to ask afterwards whether a
message was accepted. If that is in doubt (the worker or the connection died after DATA), urgent mail is sent again with
the same Message-ID, and mail with a period is not: a digest comes once. Without MAIL_SERVER mail stays queued.
"""

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Literal

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, and_, or_, select, update

from coach.config import Settings
from coach.database.tables import MailMessage
from coach.mail.unsubscribe import unsubscribe_url
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.types import readable

BATCH = 200
SMTP_SECONDS = 15  # for one line of an answer
MAIL_SECONDS = 45  # for signing in, and for one mail
GIVE_UP_AFTER = 20  # attempts; with delays of up to ten minutes, nearly three hours
LONGEST_WAIT = timedelta(minutes=10)
# Longer than any attempt takes: a worker that claimed a mail this long ago is gone.
LEASE = timedelta(minutes=3)

# SMTP line endings, with lines long enough to keep a link in a header on one line.
WIRE = SMTP.clone(max_line_length=250)

Outcome = Literal["taken", "refused", "in_doubt"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class MailContext:
    """What sending mail needs."""

    engine: Engine
    settings: Settings
    keys: InstallationKeys
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that this worker has claimed. `body` is None if no data key decrypts it."""

    id: int
    coach_id: int
    kind: str
    period: str | None
    subject: str
    body: str | None
    html: str | None
    attempts: int
    email: str


def send_mail(context: MailContext) -> int:
    """Send what is due. Return how many mails the server accepted."""
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
            with _cut_off_after(MAIL_SECONDS, server):
                outcome = _send(server, context, mail)
            _settle(context.engine, mail, outcome, context.now())
            sent += outcome == "taken"
            if outcome == "in_doubt":
                break  # the connection is gone; the rest waits for the next run
    return sent


def _is_sendable(now: datetime) -> ColumnElement[bool]:
    # A due or claim time further ahead than any delay was set by a wrong clock, as was one of urgent mail (without a
    # period) that has not been tried yet: that is due at once. A digest may wait for its morning.
    ahead = now + LONGEST_WAIT * 2
    urgent = and_(MailMessage.period.is_(None), or_(MailMessage.attempts == 0, MailMessage.due_at > ahead))
    due = or_(MailMessage.due_at <= now, urgent)
    claimed_at = MailMessage.claimed_at
    free = or_(claimed_at.is_(None), claimed_at <= now - LEASE, claimed_at > ahead)
    return and_(MailMessage.state == "queued", due, free)


def _due(engine: Engine, now: datetime) -> list[int]:
    """Return the ids of due mail. Urgent mail, which has no period, comes first."""
    with read_transaction(engine) as connection:
        order = (MailMessage.period.is_not(None), MailMessage.due_at, MailMessage.id)
        return list(
            connection.execute(select(MailMessage.id).where(_is_sendable(now)).order_by(*order).limit(BATCH)).scalars()
        )


def _give_up_lost(engine: Engine, now: datetime) -> None:
    """Fail digests whose worker died while sending: they may have been sent."""
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
    """Open a signed-in connection. If that fails, the first mail is retried later and nothing is lost."""
    settings = context.settings
    server = smtplib.SMTP(timeout=SMTP_SECONDS)
    try:
        try:
            with _cut_off_after(MAIL_SECONDS, server):
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
        with suppress(OSError, smtplib.SMTPException), _cut_off_after(SMTP_SECONDS, server):
            server.quit()
        server.close()


@contextmanager
def _cut_off_after(seconds: float, server: smtplib.SMTP) -> Iterator[None]:
    """Close the connection if a step takes longer. The library's timeout starts anew with every line of an answer."""

    def cut_off() -> None:
        with suppress(OSError, AttributeError):  # not connected yet, or no longer
            server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    timer = threading.Timer(seconds, cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _claim(engine: Engine, id: int, now: datetime) -> ClaimedMail | None:
    """Claim a mail; None if another worker has it."""
    with write_transaction(engine) as connection:
        taken = connection.execute(
            update(MailMessage)
            .where(MailMessage.id == id, _is_sendable(now))
            .values(claimed_at=now, attempts=MailMessage.attempts + 1)
        )
        return _load(connection, id) if taken.rowcount else None


def _load(connection: Connection, id: int) -> ClaimedMail:
    row = connection.execute(
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
    return ClaimedMail(**row._asdict())


def compose(context: MailContext, mail: ClaimedMail) -> EmailMessage:
    """Compose the message: plain text, with an HTML alternative if there is one."""
    sender = context.settings.mail_from
    message = EmailMessage(WIRE)
    message["From"], message["To"], message["Subject"] = sender, mail.email, mail.subject
    message["Date"] = format_datetime(context.now())
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    # The same for every attempt, and of no other mail. The id alone would not do: a database restored from a backup
    # gives it out once more, and mail programs show two with the same Message-ID once.
    this = context.keys.token("mail", mail.id, mail.coach_id, mail.period, mail.subject, mail.body)
    message["Message-ID"] = f"<{this}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if mail.kind == "digest":
        url = unsubscribe_url(context.settings.public_url, context.keys, mail.coach_id)
        message["List-Unsubscribe"] = f"<{url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.body or "")
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def _send(server: smtplib.SMTP, context: MailContext, mail: ClaimedMail) -> Outcome:
    """Send one mail. Before DATA it cannot have been accepted; after DATA, a lost answer leaves it in doubt."""
    if mail.body is None:
        log.error("mail_unreadable", mail=mail.id)
        return "refused"
    try:
        message = compose(context, mail).as_bytes()
        for code, _ in (server.mail(parseaddr(context.settings.mail_from)[1]), server.rcpt(mail.email)):
            if code not in (250, 251):
                return _refused(server, mail, code)
    except Exception as error:  # such as an invalid address or subject: the other mails are still sent
        return _refused(server, mail, type(error).__name__)
    try:
        code, _ = server.data(message)
    except smtplib.SMTPDataError as error:
        return _refused(server, mail, error.smtp_code)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_in_doubt", mail=mail.id, error=type(error).__name__)
        return "in_doubt"
    return "taken" if code == 250 else _refused(server, mail, code)


def _refused(server: smtplib.SMTP, mail: ClaimedMail, code: int | str) -> Outcome:
    log.warning("mail_refused", mail=mail.id, code=code)
    with suppress(OSError, smtplib.SMTPException):
        server.rset()
    return "refused"


def _settle(engine: Engine, mail: ClaimedMail, outcome: Outcome, now: datetime) -> None:
    retry_at = now + min(LONGEST_WAIT, timedelta(seconds=15 * 2 ** min(mail.attempts, 8)))
    values: dict[str, object] = {"claimed_at": None, "due_at": retry_at}
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

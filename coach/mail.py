"""Mail to coaches: queued in the database, handed to the SMTP server, marked when it has taken it.

A mail is sent at least once: a second page is better than none. Without MAIL_SERVER nothing leaves and mails wait.
"""

import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog
from sqlalchemy import Engine, select, update

from coach.config import Settings
from coach.models import MailMessage
from schedules.db import reading, writing
from schedules.models import CoachAccount

BATCH = 50
SMTP_SECONDS = 15
GIVE_UP_AFTER = 20  # attempts, backing off to ten minutes: most of three hours
LONGEST_WAIT = timedelta(minutes=10)

log = structlog.get_logger(__name__)


def send_mail(engine: Engine, settings: Settings, now: datetime) -> int:
    """Send what is due. Returns how many mails the server took."""
    if not settings.mail_server:
        return 0
    with reading(engine) as connection:
        due = connection.execute(
            select(MailMessage.id, MailMessage.subject, MailMessage.body, MailMessage.attempts, CoachAccount.email)
            .join(CoachAccount, CoachAccount.id == MailMessage.coach_id)
            .where(MailMessage.state == "queued", MailMessage.due_at <= now)
            .order_by(MailMessage.due_at, MailMessage.id)
            .limit(BATCH)
        ).all()
    sent = 0
    for row in due:
        taken = _hand_over(settings, row.email, row.subject, row.body)
        _settle(engine, row.id, row.attempts + 1, now, taken=taken)
        sent += taken
    return sent


def _hand_over(settings: Settings, to: str, subject: str, body: str) -> bool:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, to, subject
    message.set_content(body)
    try:
        with smtplib.SMTP(settings.mail_server, settings.mail_port, timeout=SMTP_SECONDS) as server:
            if settings.mail_use_tls:
                server.starttls()
            if settings.mail_username:
                server.login(settings.mail_username, settings.mail_password)
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_taken", reason=type(error).__name__)
        return False
    return True


def _settle(engine: Engine, id: int, attempts: int, now: datetime, *, taken: bool) -> None:
    if taken:
        values: dict[str, object] = {"state": "sent", "sent_at": now}
    elif attempts >= GIVE_UP_AFTER:
        values = {"state": "failed"}
    else:
        values = {"due_at": now + min(LONGEST_WAIT, timedelta(seconds=15 * 2 ** min(attempts, 8)))}
    with writing(engine) as connection:
        connection.execute(
            update(MailMessage)
            .where(MailMessage.id == id, MailMessage.state == "queued")
            .values(attempts=attempts, **values)
        )

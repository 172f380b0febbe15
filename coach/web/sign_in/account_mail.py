"""Mail of the sign-in (a forgotten password, a changed one) through the queue that all mail to coaches takes."""

from typing import Any

from flask import Flask
from flask_security import MailUtil
from sqlalchemy import insert

from coach.database.tables import MailMessage
from coach.web.site import site
from schedules.database.engine import write_transaction


class QueuedMail(MailUtil):
    """Queues instead of sending: the page answers as fast whether or not there is such an account."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: object,
        sender: object,
        body: str | None,
        html: str | None,
        **more: Any,
    ) -> None:
        """Queue one mail to an account. Mail to anybody else, which the library could ask for, is not sent."""
        account = more.get("user")
        if account is None or account.email != recipient:
            return
        runtime = site().runtime
        row = {"coach_id": account.id, "kind": "sign_in", "subject": subject, "body": body or "", "state": "queued"}
        with write_transaction(runtime.engine) as connection:
            connection.execute(insert(MailMessage).values(**row, due_at=runtime.now()))

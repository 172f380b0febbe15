"""The phone page: a simulated handset per participant, using the same code path as the webhook."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from sqlalchemy import Connection, select
from werkzeug.wrappers import Response

from coach.conversation.receive import InboundText, with_link
from coach.conversation.unapplied import receive
from coach.database.tables import InboundReply
from coach.demo.engine import DemoEngine
from coach.web.sign_in.access import for_roles
from coach.web.site import site
from schedules.database.engine import read_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import held_for

phone = Blueprint("phone", __name__, url_prefix="/phone", template_folder="templates")
STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text on the handset, received or sent by its owner."""

    at: datetime
    side: str
    body: str


def engine() -> DemoEngine:
    """Return the running demo engine."""
    return cast(DemoEngine, current_app.extensions["demo"])


@phone.get("/")
@for_roles()
def index() -> Response:
    """Redirect to the participant who gets the next text."""
    with read_transaction(site().runtime.engine) as connection:
        first = connection.execute(
            select(Enrolment.participant_id).order_by(Enrolment.next_due_at.is_(None), Enrolment.next_due_at)
        ).scalar()
    return redirect(url_for("phone.handset", participant_id=first))


@phone.get("/<int:participant_id>")
@for_roles()
def handset(participant_id: int) -> str:
    """Show one handset and the clock."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        people = connection.execute(
            select(
                Participant.id,
                Participant.first_name,
                Participant.time_zone,
                Enrolment.status,
                Enrolment.next_due_at,
                held_for(),
            )
            .join(Enrolment, Enrolment.participant_id == Participant.id)
            .order_by(Participant.id)
        ).all()
        person = next((one for one in people if one.id == participant_id), None) or abort(404)
        bubbles = _bubbles(connection, participant_id)
    return render_template(
        "phone.html", people=people, person=person, bubbles=bubbles[-SHOWN:], now=runtime.now(), steps=STEPS
    )


def _bubbles(connection: Connection, participant_id: int) -> list[Bubble]:
    texts = connection.execute(
        select(OutboxMessage.accepted_at, OutboxMessage.body)
        .join(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .where(Enrolment.participant_id == participant_id, OutboxMessage.accepted_at.is_not(None))
        .order_by(OutboxMessage.accepted_at.desc())
        .limit(SHOWN)
    )
    replies = connection.execute(
        select(InboundReply.received_at, InboundReply.body, InboundReply.answer, InboundReply.message_sid)
        .where(InboundReply.participant_id == participant_id)
        .order_by(InboundReply.received_at.desc())
        .limit(SHOWN)
    )
    bubbles = [Bubble(row.accepted_at, "received", row.body) for row in texts if row.accepted_at]
    for row in replies:
        bubbles.append(Bubble(row.received_at, "sent", row.body))
        if row.answer:
            bubbles.append(Bubble(row.received_at + timedelta(microseconds=1), "received", sent_answer(row)))
    return sorted(bubbles, key=lambda bubble: bubble.at)


def sent_answer(row: Any) -> str:
    """Return a reply's answer as the phone got it."""
    return with_link(site().runtime.reception, row.message_sid, row.answer)


@phone.post("/<int:participant_id>/text")
@for_roles()
def text(participant_id: int) -> Response:
    """Send the typed text as this participant's phone would."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        number = connection.execute(
            select(Participant.phone).where(Participant.id == participant_id)
        ).scalar_one_or_none()
    body = request.form.get("body", "").strip()
    if number is None:
        abort(404)
    if body:
        receive(runtime.reception, InboundText(f"SM{uuid4().hex}", number, body), runtime.now())
    return redirect(url_for("phone.handset", participant_id=participant_id), code=303)


@phone.post("/<int:participant_id>/clock")
@for_roles()
def clock(participant_id: int) -> Response:
    """Move the clock forward, processing everything that falls due on the way."""
    by = request.form.get("by", "")
    if by == "next":
        engine().advance_to_next(participant_id)
    elif by in STEPS:
        engine().advance(STEPS[by])
    else:
        abort(400)
    return redirect(url_for("phone.handset", participant_id=participant_id), code=303)

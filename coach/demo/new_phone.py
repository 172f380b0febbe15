"""A phone that nobody has enrolled yet: text "JOIN" and the clinic's keyword from it, and become a participant."""

from uuid import uuid4

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import Connection, select
from werkzeug.wrappers import Response

from coach.conversation.receive import InboundText
from coach.conversation.unapplied import receive
from coach.database.tables import InboundReply
from coach.demo.phone import Bubble, phone, sent_answer
from coach.web.sign_in.access import for_roles
from coach.web.site import site
from schedules.database.engine import read_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant

__all__ = ["phone"]
NUMBERS = range(150, 200)  # 212 555-0150 to 0199 are fictional, and nobody in the cohort has them


def number_of(line: int) -> str:
    """Return the phone number of a line, in E.164."""
    return f"+12125550{line}"


@phone.get("/new")
@for_roles()
def first_free() -> Response:
    """Redirect to a phone that has not been used."""
    keys = site().runtime.keys
    with read_transaction(site().runtime.engine) as connection:
        used = {*connection.execute(select(InboundReply.number_hash).distinct()).scalars()}
        used |= {*connection.execute(select(Participant.number_hash)).scalars()}
    free = (line for line in NUMBERS if keys.number_hash(number_of(line)) not in used)
    return redirect(url_for("phone.unknown", line=next(free, NUMBERS[0])))


@phone.get("/new/<int:line>")
@for_roles()
def unknown(line: int) -> str | Response:
    """Show a phone of nobody; once its number has joined, redirect to the participant's."""
    if line not in NUMBERS:
        abort(404)
    runtime = site().runtime
    number_hash = runtime.keys.number_hash(number_of(line))
    with read_transaction(runtime.engine) as connection:
        joined = select(Participant.id).where(Participant.number_hash == number_hash)
        participant_id = connection.execute(joined).scalar()
        keyword = connection.execute(select(Clinic.keyword).where(Clinic.keyword.is_not(None))).scalar()
        bubbles = _bubbles(connection, number_hash)
    if participant_id is not None:
        return redirect(url_for("phone.handset", participant_id=participant_id))
    return render_template(
        "new-phone.html", line=line, number=number_of(line), keyword=keyword, bubbles=bubbles, now=runtime.now()
    )


def _bubbles(connection: Connection, number_hash: str) -> list[Bubble]:
    rows = connection.execute(
        select(InboundReply.received_at, InboundReply.body, InboundReply.answer, InboundReply.message_sid)
        .where(InboundReply.number_hash == number_hash)
        .order_by(InboundReply.id)
    )
    bubbles = []
    for row in rows:
        bubbles.append(Bubble(row.received_at, "sent", row.body))
        if row.answer:
            bubbles.append(Bubble(row.received_at, "received", sent_answer(row)))
    return bubbles


@phone.post("/new/<int:line>/text")
@for_roles()
def text_from_unknown(line: int) -> Response:
    """Send the typed text as this phone would."""
    body = request.form.get("body", "").strip()
    if line not in NUMBERS:
        abort(404)
    if body:
        runtime = site().runtime
        receive(runtime.reception, InboundText(f"SM{uuid4().hex}", number_of(line), body), runtime.now())
    return redirect(url_for("phone.unknown", line=line), code=303)

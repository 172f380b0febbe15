"""The inbox: what nobody but a human can answer, with how it was read."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Connection, case, select
from werkzeug.wrappers import Response

from coach.answering import LONGEST_ANSWER, AnswerError, Coach, answer, close
from coach.models import Flag, InboundReply
from coach.web.access import CARING, for_roles, viewer
from coach.web.site import site
from schedules.db import reading, writing
from schedules.models import Participant

inbox = Blueprint("inbox", __name__, url_prefix="/inbox")
SHOWN = 100
URGENCY = {"crisis": 0, "urgent": 1, "medical": 2, "read": 3}


def signed_in_coach() -> Coach:
    """The coach of this request and their scope."""
    return Coach(viewer().id, viewer().email, viewer().scope)


@inbox.get("/")
@for_roles(*CARING)
def index() -> str:
    """Every open reply, the most pressing flag first, then the oldest."""
    with reading(site().runtime.engine) as connection:
        replies = connection.execute(
            select(
                InboundReply.id,
                InboundReply.body,
                InboundReply.received_at,
                InboundReply.reading,
                InboundReply.answer,
                Participant.id.label("participant_id"),
                Participant.first_name,
                Participant.time_zone,
                Flag.kind.label("flag"),
            )
            .join(Participant, Participant.id == InboundReply.participant_id)
            .outerjoin(Flag, Flag.reply_id == InboundReply.id)
            .where(InboundReply.for_coach, InboundReply.closed_at.is_(None), signed_in_coach().scope)
            .order_by(case(URGENCY, value=Flag.kind, else_=len(URGENCY)), InboundReply.received_at)
            .limit(SHOWN)
        ).all()
    return render_template("inbox.html", replies=replies, longest=LONGEST_ANSWER)


@inbox.post("/<int:reply_id>/answer")
@for_roles(*CARING)
def send_answer(reply_id: int) -> Response:
    """Queue the coach's words and close the reply."""
    keys, body, now = site().runtime.keys, request.form.get("body", ""), site().runtime.now()
    return _act(
        lambda connection, coach: answer(connection, keys, reply_id, body, coach, now), "Your answer is on its way."
    )


@inbox.post("/<int:reply_id>/close")
@for_roles(*CARING)
def close_reply(reply_id: int) -> Response:
    """Nothing to answer."""
    now = site().runtime.now()
    return _act(lambda connection, coach: close(connection, reply_id, coach, now), "Closed.")


def _act(do: Callable[[Connection, Coach], None], done: str) -> Response:
    try:
        with writing(site().runtime.engine) as connection:
            do(connection, signed_in_coach())
        flash(done)
    except LookupError:
        abort(404)
    except AnswerError as error:
        flash(str(error), "error")
    return redirect(url_for("inbox.index"), code=303)

"""Ready-made answers: what the clinic's coaches send again and again, in every language; leads write them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coach.accounts.signed_in import LEADING
from coach.inbox.answer import LONGEST_ANSWER
from coach.inbox.ready_answers import (
    LONGEST_NAME,
    PLACEHOLDERS,
    ReadyAnswerError,
    load_ready_answers,
    save_ready_answer,
)
from coach.web.sign_in.access import caring, for_roles, own_zone, signed_in
from coach.web.site import site
from schedules.database.engine import read_transaction, write_transaction

ready_answers = Blueprint("ready_answers", __name__, url_prefix="/inbox/ready-made")


@ready_answers.get("/")
@caring
def index() -> str:
    """All of the clinic's, with what each says and its version."""
    return _page({})


def _page(problems: dict[str, str]) -> str:
    coach, runtime = signed_in(), site().runtime
    with read_transaction(runtime.engine) as connection:
        clinic_id = coach.clinic_id or 0
        listed, zone = load_ready_answers(connection, [clinic_id]).get(clinic_id, []), own_zone(connection)
    name = request.values.get("name", "")
    edited = next((one for one in listed if one.name == name), None)
    typed = {f"body_{language}": body for language, body in (edited.bodies if edited else {}).items()}
    return render_template(
        "ready-made.html",
        listed=listed,
        zone=zone,
        values={"name": name} | typed | (request.form.to_dict() if problems else {}),
        problems=problems,
        editing=edited,
        may_change=coach.role in LEADING and coach.clinic_id is not None,
        languages=runtime.catalogue.spoken,
        placeholders=PLACEHOLDERS,
        longest=LONGEST_ANSWER,
        longest_name=LONGEST_NAME,
    )


@ready_answers.post("/")
@for_roles(*LEADING)
def save() -> Response | tuple[str, int]:
    """Write an answer, or a new version of one; without words it is withdrawn."""
    runtime, coach = site().runtime, signed_in()
    if coach.clinic_id is None:
        abort(403)
    bodies = {language: request.form.get(f"body_{language}", "") for language in runtime.catalogue.spoken}
    try:
        with write_transaction(runtime.engine) as connection:
            made = save_ready_answer(connection, request.form.get("name", ""), bodies, coach, runtime.now())
    except ReadyAnswerError as error:
        return _page({error.field: str(error)}), 400
    flash("Saved. Coaches can use it now." if made else "Nothing was changed.")
    return redirect(url_for("ready_answers.index"), code=303)

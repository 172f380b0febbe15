"""Actions on people: stop, hand over, swap a step, take a text back, print the visit sheet, undo a change."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coach.accounts.signed_in import SignedIn
from coach.inbox.answer import AnswerError
from coach.inbox.unsent import put_back_text, reword_text, take_back_text
from coach.participants.actions.choose_step import choose_step
from coach.participants.actions.hand_over import hand_over
from coach.participants.actions.lift_wishes import lift_wishes, restore_wishes
from coach.participants.actions.stop import stop_participant
from coach.participants.actions.undo import UndoError, snapshot, take_back, undo_token
from coach.participants.changes import ChangeError
from coach.participants.record import find_person
from coach.participants.visit import load_visit
from coach.web.charts.step_chart import pictured
from coach.web.language.locale import of_kind, page_language
from coach.web.pages.participants import page_of
from coach.web.sign_in.access import caring, signed_in
from coach.web.site import Connection, site
from coach.web.staff_names import named
from coach.web.template_filters import dates_in_words
from coach.web.undoing import say_done, say_done_at
from schedules.database.engine import read_transaction, write_transaction

person_actions = Blueprint("person_actions", __name__, url_prefix="/participants")
MOST_STEPS = 10  # in the table of a visit sheet, which fits on one page
Answer = Response | tuple[str, int]


def _to_person(participant_id: int) -> Response:
    return redirect(url_for("participants.show", participant_id=participant_id), code=303)


@person_actions.post("/<int:participant_id>/stop")
@caring
def stop(participant_id: int) -> Answer:
    """Stop all texts at the participant's word."""
    runtime, reason = site().runtime, request.form.get("reason", "")
    try:
        with write_transaction(runtime.engine) as connection:
            new = stop_participant(connection, participant_id, reason, signed_in(), runtime.now())
    except LookupError:
        abort(404)
    except ChangeError as error:
        return page_of(participant_id, error), 400
    name = _name_of(participant_id)
    told = f"{name} gets no more texts. Only they can start again, by texting START."
    flash(told if new else f"{name} had stopped already.")
    return _to_person(participant_id)


@person_actions.post("/<int:participant_id>/may-be-called")
@caring
def may_be_called(participant_id: int) -> Response:
    """A coach has spoken with them: their phone is safe to call, and to answer, again."""
    runtime, now = site().runtime, site().runtime.now()
    try:
        with write_transaction(runtime.engine) as connection:
            done = lift_wishes(connection, participant_id, signed_in(), now)
    except LookupError:
        abort(404)
    if any(done):
        address = url_for("person_actions.not_to_be_called", participant_id=participant_id)
        words = "They may be called and texted again." if done.muted else "They may be called again."
        say_done_at(words, address, {"at": now.isoformat(), "muted": "yes" if done.muted else ""})
    return _to_person(participant_id)


@person_actions.post("/<int:participant_id>/not-to-be-called")
@caring
def not_to_be_called(participant_id: int) -> Response:
    """It was not safe after all."""
    runtime, ended_at, muted = site().runtime, request.form.get("at", ""), bool(request.form.get("muted"))
    try:
        with write_transaction(runtime.engine) as connection:
            done = restore_wishes(connection, participant_id, ended_at, signed_in(), runtime.now(), muted=muted)
    except LookupError:
        abort(404)
    if done:
        flash("Undone.")
    return _to_person(participant_id)


@person_actions.post("/hand-over")
@caring
def give() -> Response:
    """Hand over everyone who is ticked."""
    runtime, coach, email = site().runtime, signed_in(), request.form.get("coach", "")
    ids = [int(id) for id in request.form.getlist("id") if id.isdecimal() and len(id) < 10]
    back = redirect(url_for("participants.index"), code=303)
    try:
        with write_transaction(runtime.engine) as connection:
            before = snapshot(connection, ids)
            moved = hand_over(connection, ids, email, coach, runtime.now())
            token = undo_token(connection, before, "coach", coach, runtime.now())
    except LookupError:
        abort(404)
    except ChangeError as error:
        flash(str(error), "error")
        return back
    people = "1 person" if moved == 1 else f"{moved} people"
    told = f"{people} handed over to {named(email)}. The replies assigned to their coach went along."
    say_done(told if moved else f"They are with {named(email)} already.", token)
    return _to_person(ids[0]) if request.form.get("back") == "person" and _may_see(ids[0]) else back


def _name_of(participant_id: int) -> str:
    with read_transaction(site().runtime.engine) as connection:
        person = find_person(connection, participant_id, signed_in().scope)
    return (person.first_name if person else None) or f"Participant {participant_id}"


def _may_see(participant_id: int) -> bool:
    with read_transaction(site().runtime.engine) as connection:
        return find_person(connection, participant_id, signed_in().scope) is not None


@person_actions.post("/<int:participant_id>/step")
@caring
def swap(participant_id: int) -> Answer:
    """Choose the step of their next evening, or let it be drawn again."""
    runtime, coach, step = site().runtime, signed_in(), request.form.get("step", "")
    try:
        with write_transaction(runtime.engine) as connection:
            before = snapshot(connection, [participant_id])
            where = (runtime.catalogue, runtime.keys, runtime.now())
            there = choose_step(connection, participant_id, step, coach, *where)
            token = undo_token(connection, before, "step", coach, runtime.now())
    except LookupError:
        abort(404)
    except ChangeError as error:
        return page_of(participant_id, error), 400
    day = f"{there.on:%a %b} {there.on.day}"
    chosen = (
        f"{of_kind(runtime.catalogue.strategies[there.chosen].title)} is the step of {day}." if there.chosen else ""
    )
    say_done(chosen or f"The program picks the step of {day} in the evening.", token)
    return _to_person(participant_id)


@person_actions.post("/<int:participant_id>/texts/<int:text_id>/take-back")
@caring
def take_text_back(participant_id: int, text_id: int) -> Response:
    """Keep a text from leaving."""
    address = url_for("person_actions.put_text_back", participant_id=participant_id, text_id=text_id)
    done = _changed_text(participant_id, lambda *where: take_back_text(where[0], text_id, *where[1:]))
    if done:
        say_done_at("Taken back. It will not be sent.", address, {})
    return _to_person(participant_id)


@person_actions.post("/<int:participant_id>/texts/<int:text_id>/put-back")
@caring
def put_text_back(participant_id: int, text_id: int) -> Response:
    """Let a text leave after all that was taken back."""
    if _changed_text(participant_id, lambda *where: put_back_text(where[0], text_id, *where[1:])):
        flash("Undone. It will be sent after all.")
    return _to_person(participant_id)


@person_actions.post("/<int:participant_id>/texts/<int:text_id>/reword")
@caring
def reword(participant_id: int, text_id: int) -> Response:
    """Other words for a text that has not left."""
    body = request.form.get("body", "")
    if _changed_text(participant_id, lambda *where: reword_text(where[0], text_id, body, *where[1:])):
        flash("Saved. It has not left yet.")
    return _to_person(participant_id)


def _changed_text(participant_id: int, change: Callable[[Connection, SignedIn, datetime], int]) -> bool:
    """Change a text of a participant, and return whether it was possible; if not, the page says why."""
    runtime = site().runtime
    try:
        with write_transaction(runtime.engine) as connection:
            if change(connection, signed_in(), runtime.now()) != participant_id:
                abort(404)
    except LookupError:
        abort(404)
    except AnswerError as error:
        flash(str(error), "error")
        return False
    return True


@person_actions.get("/<int:participant_id>/visit")
@caring
def visit(participant_id: int) -> str:
    """The week for the doctor, on one page to print."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        sheet = load_visit(connection, participant_id, signed_in().scope, runtime.now()) or abort(404)
    nights = [day.night_on for day in sheet.nights]
    return render_template(
        "visit.html",
        sheet=sheet,
        week=dates_in_words(nights[0], nights[-1]) if nights else "",
        now=runtime.now(),
        most_steps=MOST_STEPS,
        **pictured(sheet.steps, runtime.catalogue, page_language()),
    )


@person_actions.post("/undo")
@caring
def undo() -> Response:
    """Take a change back, within a minute."""
    runtime, coach = site().runtime, signed_in()
    try:
        with write_transaction(runtime.engine) as connection:
            undone = take_back(connection, request.form.get("token", ""), coach, runtime.now())
    except UndoError as error:
        flash(str(error), "error")
        return redirect(url_for("participants.index"), code=303)
    flash("Undone.")
    one = len(undone.ids) == 1 and _may_see(undone.ids[0])
    return _to_person(undone.ids[0]) if one else redirect(url_for("participants.index"), code=303)

"""Flags: by urgency, one block a person, with the words beside them; acknowledged, and taken back for a minute."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coach.inbox.attention import load_reach
from coach.inbox.cards import load_last_texts
from coach.inbox.flags import (
    LONGEST_NOTE,
    NOTE_NEEDED,
    FlagError,
    acknowledge_flag,
    find_flag,
    load_blocks,
    load_latest,
    reopen_flag,
)
from coach.participants.apply_change import NoteError, write_note
from coach.web.kept_words import keep
from coach.web.sign_in.access import caring, own_zone, signed_in
from coach.web.site import Connection, site
from coach.web.undo import flash_undo
from schedules.database.engine import read_transaction, write_transaction

flags = Blueprint("flags", __name__, url_prefix="/flags")


@flags.get("/")
@caring
def index() -> str:
    """Every open flag, and the last that were acknowledged."""
    with read_transaction(site().runtime.engine) as connection:
        blocks, latest = load_blocks(connection, signed_in()), load_latest(connection, signed_in())
        zone = own_zone(connection)
        ids = [block.first.participant_id for block in blocks if block.first.participant_id]
        reach = load_reach(connection, ids, site().runtime.now())
    return render_template("flags.html", blocks=blocks, latest=latest, zone=zone, reach=reach)


@flags.get("/<int:flag_id>")
@caring
def show(flag_id: int) -> str:
    """One flag opened: the words, the conversation around them, what to do, and a note of what was done."""
    with read_transaction(site().runtime.engine) as connection:
        flag = _found(connection, flag_id)
        bubbles = load_last_texts(connection, flag.participant_id) if flag.participant_id else []
        ids = [flag.participant_id] if flag.participant_id else []
        reach = load_reach(connection, ids, site().runtime.now()).get(flag.participant_id)
    return render_template(
        "flag.html", flag=flag, reach=reach, bubbles=bubbles, longest=LONGEST_NOTE, needs_note=flag.kind in NOTE_NEEDED
    )


def _found(connection: Connection, flag_id: int):  # type: ignore[no-untyped-def]
    try:
        return find_flag(connection, flag_id, signed_in())
    except LookupError:
        abort(404)


@flags.post("/<int:flag_id>/acknowledge")
@caring
def seen(flag_id: int) -> Response:
    """A coach has seen it: the flag closes, and the texts it held go on."""
    runtime = site().runtime
    try:
        with write_transaction(runtime.engine) as connection:
            done = acknowledge_flag(connection, flag_id, signed_in(), runtime.now(), request.form.get("note"))
            if done.participant_id and (again := request.form.get("again", "")):
                flag = find_flag(connection, flag_id, signed_in())
                words = f"After the {flag.kind} flag: {flag.note or 'no note'}"[:LONGEST_NOTE]
                write_note(connection, done.participant_id, words, signed_in(), runtime.now(), again=again)
    except LookupError:
        abort(404)
    except (FlagError, NoteError) as error:
        keep(str(error))
        flash(str(error), "error")
        return redirect(url_for("flags.show", flag_id=flag_id), code=303)
    flash_undo("Marked as handled.", url_for("flags.undo", flag_id=flag_id), back=request.form.get("back", ""))
    return _back(done.participant_id)


@flags.post("/<int:flag_id>/undo")
@caring
def undo(flag_id: int) -> Response:
    """It was not dealt with after all."""
    runtime = site().runtime
    try:
        with write_transaction(runtime.engine) as connection:
            shown = reopen_flag(connection, flag_id, signed_in(), runtime.now())
    except LookupError:
        abort(404)
    except FlagError as error:
        flash(str(error), "error")
        return redirect(url_for("flags.show", flag_id=flag_id), code=303)
    flash("It is open again.")
    return _back(shown.participant_id)


def _back(participant_id: int | None) -> Response:
    back = request.form.get("back")
    if back == "person" and participant_id:
        return redirect(url_for("participants.show", participant_id=participant_id), code=303)
    if back in ("inbox", "flags"):
        return redirect(url_for(f"{back}.index"), code=303)
    return redirect(url_for("home.index"), code=303)

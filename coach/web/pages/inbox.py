"""The inbox: what only a human can answer, one card a person; answered, closed, assigned, searched."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coach.accounts.clinics import clinics_of_participants
from coach.accounts.signed_in import SignedIn
from coach.inbox.answer import LONGEST_ANSWER, AnswerError, answer
from coach.inbox.attention import load_reach
from coach.inbox.cards import KINDS, OWNERS, CardQuery, load_cards
from coach.inbox.claims import assign_reply, claim_reply, release_reply
from coach.inbox.closing import close, reopen, undo_close
from coach.inbox.folders import FOLDERS, count_open, count_waiting, load_folder
from coach.inbox.ready_answers import fill_ready_answer, load_ready_answers
from coach.inbox.searching import LONGEST_WORDS, search_texts
from coach.web.kept_words import drafts, keep
from coach.web.sign_in.access import caring, own_zone, signed_in
from coach.web.site import Connection, site
from coach.web.staff_names import named
from coach.web.template_filters import local_moment
from coach.web.undo import flash_undo
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction

inbox = Blueprint("inbox", __name__, url_prefix="/inbox")
Deed = Callable[[Connection, SignedIn], str]  # returns what to say of it
# What the address of a form repeats, so that the page stays where it was.
PLACE = ("folder", "page", "kind", "owner")


@inbox.get("/")
@caring
def index() -> str:
    """A folder: what waits as cards, the most pressing first; what is closed, sent or did not arrive."""
    folder, coach = request.args.get("folder", "open"), signed_in()
    if folder not in FOLDERS or (folder == "unknown" and not coach.sees_unknown):
        abort(404)
    page = request.args.get("page", 1, number)
    with read_transaction(site().runtime.engine) as connection:
        waiting = count_waiting(connection, coach)
        if folder not in ("open", "unknown"):
            shown = load_folder(connection, folder, coach, page)
            template = "inbox-texts.html" if folder in ("sent", "failed") else "inbox-closed.html"
            return render_template(template, folder=folder, shown=shown, waiting=waiting)
        return _cards(connection, coach, CardQuery(folder, _one_of("kind", KINDS), _one_of("owner", OWNERS), page))


def _one_of(name: str, known: object) -> str:
    given = request.args.get(name, "")
    return given if given in known else ""  # type: ignore[operator]  # a mapping's keys


def _cards(connection: Connection, coach: SignedIn, wanted: CardQuery) -> str:
    shown = load_cards(connection, coach, wanted)
    clinics = clinics_of_participants(connection, [card.participant_id for card in shown.items if card.participant_id])
    ready = load_ready_answers(connection, list(set(clinics.values())))
    here = {url_for("inbox.send_answer", reply_id=card.last.id) for card in shown.items}
    return render_template(
        "inbox.html",
        folder=wanted.folder,
        wanted=wanted,
        shown=shown,
        reach=load_reach(connection, list(clinics), site().runtime.now()),
        waiting=count_waiting(connection, coach),
        kinds=KINDS,
        owners=OWNERS,
        ready={id: ready.get(clinic_id, []) for id, clinic_id in clinics.items()},
        place=_place(),
        longest=LONGEST_ANSWER,
        left=[draft for draft in drafts() if draft.address not in here],
    )


def _place() -> dict[str, Any]:
    return {name: request.args[name] for name in PLACE if request.args.get(name)}


@inbox.get("/search")
@caring
def search() -> str:
    """Who wrote these words: the latest texts are decrypted and compared."""
    runtime, coach = site().runtime, signed_in()
    words = " ".join(request.args.get("q", "").split())[:LONGEST_WORDS]
    with read_transaction(runtime.engine) as connection:
        found = search_texts(connection, coach, words, runtime.now()) if words else None
        waiting, zone = count_waiting(connection, coach), own_zone(connection)
    return render_template("inbox-search.html", folder="search", words=words, found=found, waiting=waiting, zone=zone)


@inbox.get("/waiting")
@caring
def waiting() -> str:
    """How many wait: what an open page asks for every few seconds. `shown` is how many the page shows."""
    with read_transaction(site().runtime.engine) as connection:
        count = count_open(connection, signed_in())
    return render_template("inbox-waiting.html", count=count, shown=request.args.get("shown", 0, number))


@inbox.post("/<int:reply_id>/answer")
@caring
def send_answer(reply_id: int) -> Response:
    """Queue the coach's words and close the reply, or put a ready-made answer into the form."""
    if request.form.get("insert"):
        return _insert(reply_id)
    keys, body, now, seen = site().runtime.keys, request.form.get("body", ""), site().runtime.now(), _seen()

    def do(connection: Connection, coach: SignedIn) -> str:
        sent = answer(connection, keys, reply_id, body, coach, now, seen=seen)
        return _leaves(sent.due_at, now, sent.time_zone)

    return _act(do)


def _leaves(due_at: datetime, now: datetime, zone: str) -> str:
    if due_at <= now:
        return "Your answer is on its way."
    return f"Your answer will leave {local_moment(due_at, zone)}, when texts may be sent again."


def _insert(reply_id: int) -> Response:
    """The form comes back with the ready-made answer below what was typed."""
    name = request.form.get("ready", "")
    with read_transaction(site().runtime.engine) as connection:
        try:
            words = fill_ready_answer(connection, reply_id, name, signed_in(), site().runtime.catalogue.spoken)
        except LookupError:
            flash("Choose a ready-made answer from the list first.", "error")
            words = ""
    body = request.form.get("body", "").strip()
    keep("", {"body": [f"{body} {words}".strip()]})
    return _back(stay=True)


def _seen() -> int | None:
    return request.form.get("seen", None, number)


@inbox.post("/<int:reply_id>/close")
@caring
def close_reply(reply_id: int) -> Response:
    """Nothing to answer; with `seen`, nothing of all that this person wrote up to there."""
    now, seen = site().runtime.now(), _seen()

    def do(connection: Connection, coach: SignedIn) -> str:
        closed = close(connection, reply_id, coach, now, seen=seen)
        words = f"Closed all {closed} texts of this person." if closed > 1 else "Closed."
        flash_undo(words, url_for("inbox.undo", reply_id=reply_id, **_place()), **_carried())
        return ""

    return _act(do)


def _carried() -> dict[str, str]:
    return {name: request.form[name] for name in ("back", "person", "card") if request.form.get(name)}


@inbox.post("/<int:reply_id>/undo")
@caring
def undo(reply_id: int) -> Response:
    """What was closed together waits again."""
    now = site().runtime.now()

    def do(connection: Connection, coach: SignedIn) -> str:
        undo_close(connection, reply_id, coach, now)
        return "It is back in the inbox."

    return _act(do, stay=True)


@inbox.post("/<int:reply_id>/reopen")
@caring
def reopen_reply(reply_id: int) -> Response:
    """It waits again after all."""
    now = site().runtime.now()

    def do(connection: Connection, coach: SignedIn) -> str:
        reopen(connection, reply_id, coach, now)
        return "It is back in the inbox."

    return _act(do, stay=True)


@inbox.post("/<int:reply_id>/claim")
@caring
def claim(reply_id: int) -> Response:
    """Take it on, or over, so that no two answer it."""
    now = site().runtime.now()

    def do(connection: Connection, coach: SignedIn) -> str:
        claim_reply(connection, reply_id, coach, now)
        return "Assigned to you."

    return _act(do, stay=True)


@inbox.post("/<int:reply_id>/assign")
@caring
def assign(reply_id: int) -> Response:
    """Hand it to a colleague."""
    now, email = site().runtime.now(), request.form.get("coach", "")

    def do(connection: Connection, coach: SignedIn) -> str:
        return f"Assigned to {named(assign_reply(connection, reply_id, email, coach, now).email)}."

    return _act(do, stay=True)


@inbox.post("/<int:reply_id>/release")
@caring
def release(reply_id: int) -> Response:
    """Let it go again."""

    def do(connection: Connection, coach: SignedIn) -> str:
        release_reply(connection, reply_id, coach)
        return "Anyone can take it now."

    return _act(do, stay=True)


def _act(do: Deed, *, stay: bool = False) -> Response:
    """Do it and say what it returned; a refusal keeps what was typed."""
    try:
        with write_transaction(site().runtime.engine) as connection:
            done = do(connection, signed_in())
    except LookupError:
        abort(404)
    except AnswerError as error:
        if request.form.get("body", "").strip():
            keep(str(error))
        flash(str(error), "error")
        return _back(stay=True)
    if done:
        flash(done)
    return _back(stay=stay)


def _back(*, stay: bool = False) -> Response:
    """The page that the form was on: at its own card if that stays, else at the next one."""
    if request.form.get("back") == "person" and (person := request.form.get("person", type=number)):
        return redirect(url_for("participants.show", participant_id=person), code=303)
    card = request.form.get("card" if stay else "next", "")
    anchor = f"card-{card}" if card.isalnum() else None
    return redirect(url_for("inbox.index", **_place(), _anchor=anchor), code=303)

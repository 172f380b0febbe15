"""The participants: found, filtered and sorted, a page at a time; and one of them, with all a coach may change."""

import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from coach.accounts.clinics import country_of
from coach.accounts.sign_ins import coaches_of
from coach.accounts.signed_in import LEADING
from coach.adherence.days import Day, of_one_mode, rolling_means, trimmed
from coach.inbox.answer import LONGEST_ANSWER, AnswerError, write
from coach.inbox.thread import fingerprint
from coach.participants.apply_change import LONGEST_NOTE, NoteError, change_participant, exclusions_of, write_note
from coach.participants.caseload import SORTS, ListQuery, count_caseload, load_page
from coach.participants.change_number import change_number
from coach.participants.changes import ChangeError
from coach.participants.list_rows import GRID_DAYS, ListContext, standby_of
from coach.participants.record import find_person, load_casefile, load_thread
from coach.web.charts.score_charts import score_chart
from coach.web.kept_words import keep
from coach.web.sign_in.access import caring, own_zone, signed_in, told_to
from coach.web.site import Connection, site
from coach.web.template_filters import local_moment
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction
from schedules.decisions.explain import why_not, why_this
from schedules.decisions.next_text import next_text
from schedules.enrolment.policy_choice import tags_that_allow
from schedules.timing.local_time import local_date_of

participants = Blueprint("participants", __name__, url_prefix="/participants")


def reader(connection: Connection) -> ListContext:
    """What reading lists needs, in this request."""
    runtime = site().runtime
    country = country_of(connection, current_user.clinic_id)
    return ListContext(runtime.catalogue, runtime.keys, runtime.now(), country)


@participants.get("/")
@caring
def index() -> str:
    """A page of everyone this coach may see."""
    runtime, coach = site().runtime, signed_in()
    wanted = ListQuery(
        " ".join(request.args.get("q", "").split())[:60],
        request.args.get("status", ""),
        request.args.get("sort", "need"),
        request.args.get("page", 1, number),
    )
    with read_transaction(runtime.engine) as connection:
        numbers = count_caseload(connection, coach.scope)
        page = load_page(connection, coach.scope, wanted, reader(connection))
        zone = own_zone(connection)
    today = local_date_of(runtime.now(), zone)
    dates = [today - timedelta(days=back) for back in reversed(range(GRID_DAYS))]
    return render_template("participants.html", wanted=wanted, numbers=numbers, page=page, dates=dates, sorts=SORTS)


@participants.get("/<int:participant_id>")
@caring
def show(participant_id: int) -> str:
    """One participant."""
    return _page_of(participant_id)


def _page_of(participant_id: int, error: ChangeError | None = None) -> str:
    runtime, coach = site().runtime, signed_in()
    with read_transaction(runtime.engine) as connection:
        file = load_casefile(connection, participant_id, coach.scope, runtime.catalogue, runtime.now())
        if file is None:
            abort(404)
        coaches = sorted(coaches_of(connection, file.person.clinic_id)) if coach.role in LEADING else []
    told, left_out = of_one_mode(trimmed(file.days))
    return render_template(
        "participant.html",
        file=file,
        person=file.person,
        bubbles=file.bubbles,
        have=fingerprint(file.bubbles),
        told=told,
        chart=Markup(_chart(told)),  # noqa: S704  (a drawing of ours, whose words are escaped)
        left_out=left_out,
        means={mean.night_on: mean for mean in rolling_means(told)},
        steps=[(step, why_this(step), why_not(step)) for step in file.steps],
        catalogue=runtime.catalogue,
        programme=runtime.catalogue.programmes[file.person.programme],
        exclusions=exclusions_of(runtime.catalogue),
        tags=tags_that_allow(runtime.catalogue),
        coaches=coaches,
        longest=LONGEST_ANSWER,
        longest_note=LONGEST_NOTE,
        once=secrets.token_hex(8),
        error=error,
        now=runtime.now(),
    )


def _chart(days: Sequence[Day]) -> str:
    scored = sum(day.score is not None for day in days)
    if not scored:
        return ""
    first, last = days[0].night_on, days[-1].night_on
    dates = f"from {first:%-d %b} to {last:%-d %b %Y}"
    words = f"{scored} of {len(days)} nights have a score, {dates}; the table lists every night."
    return score_chart(tuple(days), words)


@participants.get("/<int:participant_id>/conversation")
@caring
def conversation(participant_id: int) -> str | tuple[str, int]:
    """The conversation alone, for an open page that asks every few seconds; nothing if it has the same already."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        person = find_person(connection, participant_id, signed_in().scope) or abort(404)
        bubbles = load_thread(connection, person)
    have = fingerprint(bubbles)
    if have == request.args.get("have"):
        return "", 204
    return render_template("conversation.html", person=person, bubbles=bubbles, have=have)


@participants.post("/<int:participant_id>/change/<what>")
@caring
def change(participant_id: int, what: str) -> Response | tuple[str, int]:
    """Change one thing; a refusal shows the page again with the sentence."""
    runtime, coach = site().runtime, signed_in()
    form = request.form.to_dict() | {name: ";".join(request.form.getlist(name)) for name in ("exclude", "tags")}
    if "randomised_consent" in form:  # the box is ticked
        form["randomised_consent"] = told_to(coach)
    try:
        with write_transaction(runtime.engine) as connection:
            done = change_participant(connection, participant_id, what, form, coach, runtime.catalogue, runtime.now())
    except (LookupError, KeyError):
        abort(404)
    except ChangeError as error:
        return _page_of(participant_id, error), 400
    if done.note:
        flash(done.note, "error")
    else:
        flash(f"Saved. {_what_is_next(participant_id)}")
    return redirect(url_for("participants.show", participant_id=participant_id), code=303)


@participants.post("/<int:participant_id>/number")
@caring
def correct_number(participant_id: int) -> Response | tuple[str, int]:
    """Another phone number; a refusal shows the page again with the sentence."""
    runtime, given = site().runtime, request.form.get("phone", "")[:40]
    try:
        with write_transaction(runtime.engine) as connection:
            change_number(
                connection, participant_id, given, signed_in(), runtime.catalogue, runtime.keys, runtime.now()
            )
    except LookupError:
        abort(404)
    except ChangeError as error:
        return _page_of(participant_id, error), 400
    flash(f"Saved. {_what_is_next(participant_id)}")
    return redirect(url_for("participants.show", participant_id=participant_id), code=303)


def _what_is_next(participant_id: int) -> str:
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        person = find_person(connection, participant_id, signed_in().scope) or abort(404)
    coming = next_text(standby_of(person, runtime.catalogue))
    return f"Next text: {local_moment(coming.at, person.time_zone)}." if coming.at else f"{coming.says}."


@participants.post("/<int:participant_id>/write")
@caring
def send(participant_id: int) -> Response:
    """A text of the coach's own."""
    runtime, coach = site().runtime, signed_in()
    body, once = request.form.get("body", ""), request.form.get("once", "")[:40]

    def do(connection: Connection) -> None:
        write(connection, runtime.keys, participant_id, body, once, coach, runtime.now())

    return _done(participant_id, do, "Your text is on its way.")


@participants.post("/<int:participant_id>/note")
@caring
def note(participant_id: int) -> Response:
    """A note for the coaches only."""
    runtime, coach = site().runtime, signed_in()

    def do(connection: Connection) -> None:
        write_note(connection, participant_id, request.form.get("body", ""), coach, runtime.now())

    return _done(participant_id, do, "Note saved.")


def _done(participant_id: int, do: Callable[[Connection], None], words: str) -> Response:
    try:
        with write_transaction(site().runtime.engine) as connection:
            do(connection)
        flash(words)
    except LookupError:
        abort(404)
    except (AnswerError, NoteError) as error:
        keep(str(error))
        flash(str(error), "error")
    return redirect(url_for("participants.show", participant_id=participant_id), code=303)

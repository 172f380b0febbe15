"""The participants: found, filtered and sorted, a page at a time; and one of them, with all a coach may change."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from coach.accounts.clinics import country_of
from coach.accounts.sign_ins import coaches_of
from coach.accounts.signed_in import LEADING
from coach.adherence.days import of_one_mode, rolling_means, trimmed
from coach.adherence.step_scores import step_scores
from coach.inbox.answer import LONGEST_ANSWER, AnswerError, write_draft
from coach.inbox.attention import load_crises, load_reach
from coach.inbox.schedule import Draft, LeaveAt, Reachable, hours_today, waits_until
from coach.inbox.thread import fingerprint
from coach.inbox.unsent import load_unsent
from coach.participants.actions.change_number import change_number
from coach.participants.actions.choose_step import next_step_of
from coach.participants.actions.hand_over import count_handed_over
from coach.participants.actions.undo import snapshot, undo_token
from coach.participants.apply_change import LONGEST_NOTE, NoteError, change_participant, exclusions_of, write_note
from coach.participants.caseload import SORTS, ListQuery, count_caseload, load_coaches, load_page
from coach.participants.changes import ChangeError
from coach.participants.list_rows import GRID_DAYS, ListContext, standby_of
from coach.participants.record import CaseFile, CasePerson, find_person, load_casefile, load_thread
from coach.participants.tonight import tonight_of
from coach.participants.visit import load_offered
from coach.reflections.own_steps import in_words
from coach.web.charts.effect_charts import own_forest
from coach.web.charts.score_charts import nights_chart
from coach.web.charts.step_chart import pictured
from coach.web.kept_words import keep
from coach.web.language.locale import page_language
from coach.web.sign_in.access import caring, own_zone, signed_in, told_to
from coach.web.site import Connection, site
from coach.web.template_filters import local_moment, shown_phone, when_it_leaves
from coach.web.undoing import say_done
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction
from schedules.decisions.explain import why_not, why_this
from schedules.decisions.next_text import next_text
from schedules.enrolment.policy_choice import tags_that_allow
from schedules.timing.local_time import local_date_of, local_time_of, parse_wall_time
from schedules.timing.quiet_hours import quiet_hours_from

participants = Blueprint("participants", __name__, url_prefix="/participants")


def reader(connection: Connection) -> ListContext:
    """What reading lists needs, in this request."""
    runtime = site().runtime
    country = country_of(connection, current_user.clinic_id)
    return ListContext(runtime.catalogue, runtime.keys, runtime.now(), country, current_user.clinic_id)


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
        today = local_date_of(runtime.now(), own_zone(connection))
        leads = coach.role in LEADING
        wanted = replace(wanted, today=today, coach=request.args.get("coach", "")[:254] if leads else "")
        numbers = count_caseload(connection, coach.scope, today)
        page = load_page(connection, coach.scope, wanted, reader(connection), total=numbers.total_of(wanted))
        ids = [line.id for line in page.lines]
        crises, coach_of = load_crises(connection, ids, runtime.now()), load_coaches(connection, ids) if leads else None
        colleagues = _colleagues(connection, coach.clinic_id)
        gone = {} if numbers.people else count_handed_over(connection, coach, runtime.now())
    dates = [today - timedelta(days=back) for back in reversed(range(GRID_DAYS))]
    return render_template(
        "participants.html",
        wanted=wanted,
        numbers=numbers,
        page=page,
        crises=crises,
        coach_of=coach_of,
        gone=gone,
        dates=dates,
        sorts=SORTS,
        colleagues=colleagues,
        ticked=request.args.get("ticked") == "all",
        all_ticked=url_for("participants.index", _anchor="hand-over", ticked="all", **_asked_for()),
    )


def _asked_for() -> dict[str, Any]:
    return {name: value for name, value in request.args.items() if name in ("q", "status", "sort", "coach", "page")}


def _colleagues(connection: Connection, clinic_id: int | None) -> list[str]:
    """Everyone of a clinic who can be given participants; a coach has no use for giving them to themselves."""
    coach = signed_in()
    return sorted({*coaches_of(connection, clinic_id or 0)} - ({coach.email} if coach.role == "coach" else set()))


@participants.get("/<int:participant_id>")
@caring
def show(participant_id: int) -> str:
    """One participant."""
    return page_of(participant_id)


def page_of(participant_id: int, error: ChangeError | None = None) -> str:
    """The page of one participant; with an error, what was typed comes back in its form."""
    runtime, coach = site().runtime, signed_in()
    with read_transaction(runtime.engine) as connection:
        file = load_casefile(connection, participant_id, coach.scope, runtime.catalogue, runtime.now())
        if file is None:
            abort(404)
        coaches = sorted(coaches_of(connection, file.person.clinic_id)) if coach.role in LEADING else []
        colleagues = _colleagues(connection, file.person.clinic_id)
        unsent = load_unsent(connection, participant_id) if any(one.waits for one in file.bubbles) else []
        next_step = next_step_of(connection, file.person, runtime.catalogue, runtime.keys)
        crises = load_crises(connection, [participant_id], runtime.now())
        reach = load_reach(connection, [participant_id], runtime.now())
        scored = any(day.score is not None for day in file.days)
        offered = load_offered(connection, file.person.enrolment_id, file.days) if scored else []
    today = local_date_of(runtime.now(), file.person.time_zone)
    told, left_out = of_one_mode(trimmed(file.days))
    return render_template(
        "participant.html",
        file=file,
        person=file.person,
        waits=_waits(file, runtime.now()),
        hours=hours_today(_reachable(file.person), runtime.now()),
        crises=crises,
        reach=reach,
        bubbles=file.bubbles,
        have=fingerprint(file.bubbles),
        told=told,
        chart=Markup(nights_chart(told)),  # noqa: S704  (a drawing of ours, whose words are escaped)
        left_out=left_out,
        helped=[(step, in_words(step)) for step in file.helps.steps],
        helped_picture=own_forest(file.helps.steps, runtime.catalogue, page_language()),
        means={mean.night_on: mean for mean in rolling_means(told)},
        steps=[(step, why_this(step), why_not(step)) for step in file.steps],
        catalogue=runtime.catalogue,
        programme=runtime.catalogue.programmes[file.person.programme],
        exclusions=exclusions_of(runtime.catalogue),
        tags=tags_that_allow(runtime.catalogue),
        coaches=coaches,
        colleagues=[email for email in colleagues if email != file.person.coach],
        unsent=unsent,
        next_step=next_step,
        tonight=tonight_of(file.bubbles, next_step, file.person.time_zone, today),
        open=error.field if error else request.args.get("do", "") or (file.person.held_for or ""),
        typed=request.form if error else {},
        today=today,
        longest=LONGEST_ANSWER,
        longest_note=LONGEST_NOTE,
        once=secrets.token_hex(8),
        error=error,
        now=runtime.now(),
        **pictured(step_scores(offered, told), runtime.catalogue, page_language()),
    )


def _reachable(person: CasePerson) -> Reachable:
    return Reachable(person.time_zone, person.bedtime_at, quiet_hours_from(person.quiet_hours))


def _waits(file: CaseFile, now: datetime) -> datetime | None:
    """Until when what is written on their page waits for texting hours; None if it leaves at once."""
    theirs = [one for one in file.bubbles if one.side == "theirs"]
    heard_at = next((one.at for one in theirs if one.open), theirs[-1].at if theirs else None)
    return waits_until(_reachable(file.person), heard_at, now)


@participants.get("/<int:participant_id>/conversation")
@caring
def conversation(participant_id: int) -> str | tuple[str, int]:
    """The conversation alone, for an open page that asks every few seconds; nothing if it has the same already."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        person = find_person(connection, participant_id, signed_in().scope) or abort(404)
        bubbles = load_thread(connection, person)
        reach = load_reach(connection, [participant_id], runtime.now())
    have = fingerprint(bubbles)
    if have == request.args.get("have"):
        return "", 204
    return render_template("conversation.html", person=person, bubbles=bubbles, have=have, reach=reach)


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
            before = snapshot(connection, [participant_id])
            done = change_participant(connection, participant_id, what, form, coach, runtime.catalogue, runtime.now())
            token = undo_token(connection, before, what, coach, runtime.now())
    except (LookupError, KeyError):
        abort(404)
    except ChangeError as error:
        return page_of(participant_id, error), 400
    if done.note:
        flash(done.note, "error")
    else:
        say_done(f"Saved. {_what_is_next(participant_id)}", token)
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
        return page_of(participant_id, error), 400
    with read_transaction(runtime.engine) as connection:
        person = find_person(connection, participant_id, signed_in().scope) or abort(404)
    whose = f"{person.first_name}'s" if person.first_name else "The"
    told = f"{whose} new number is {shown_phone(person.phone)}. If that is wrong, correct it now."
    flash(f"{told} {_what_is_next(participant_id)}")
    return redirect(url_for("participants.show", participant_id=participant_id), code=303)


def _what_is_next(participant_id: int) -> str:
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        person = find_person(connection, participant_id, signed_in().scope) or abort(404)
        coming = next_text(standby_of(connection, person, runtime.catalogue))
    return f"Next text: {local_moment(coming.at, person.time_zone)}." if coming.at else f"{coming.says}."


@participants.post("/<int:participant_id>/write")
@caring
def send(participant_id: int) -> Response | tuple[str, int]:
    """A text of the coach's own, for now or for a date and a time; a refusal shows the page with what was typed."""
    runtime, form = site().runtime, request.form
    leave = LeaveAt(form.get("on", ""), form.get("at", "")) if "on" in form else None
    draft = Draft(form.get("body", ""), form.get("once", "")[:40], leave)
    try:
        with write_transaction(runtime.engine) as connection:
            queued = write_draft(connection, runtime.keys, participant_id, draft, signed_in(), runtime.now())
            person = find_person(connection, participant_id, signed_in().scope) or abort(404)
    except LookupError:
        abort(404)
    except AnswerError as error:
        keep(str(error))
        return page_of(participant_id, ChangeError("schedule" if leave else "body", str(error))), 400
    leaves = when_it_leaves(queued.due_at, person.time_zone, runtime.now())
    flash(f"This is in their quiet hours. {leaves}" if leave and _moved(leave, queued.due_at, person) else leaves)
    return redirect(url_for("participants.show", participant_id=participant_id), code=303)


def _moved(leave: LeaveAt, due_at: datetime, person: CasePerson) -> bool:
    """Whether a text leaves at another time than was typed."""
    return local_time_of(due_at, person.time_zone) != parse_wall_time(leave.at)


@participants.post("/<int:participant_id>/note")
@caring
def note(participant_id: int) -> Response | tuple[str, int]:
    """A note for the coaches only."""
    runtime, coach, form = site().runtime, signed_in(), request.form
    try:
        with write_transaction(runtime.engine) as connection:
            write_note(
                connection, participant_id, form.get("body", ""), coach, runtime.now(), again=form.get("again", "")
            )
    except LookupError:
        abort(404)
    except NoteError as error:
        keep(str(error))
        return page_of(participant_id, ChangeError("note", str(error))), 400
    flash("Note saved. Home shows them again that day." if form.get("again") else "Note saved.")
    return redirect(url_for("participants.show", participant_id=participant_id), code=303)

"""The participant's own page. A GET changes nothing, as phones open links for a preview; forms need only the link."""

import json
from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from coach.adherence.counts import STEP_ANSWERED
from coach.audit import PERSON, record, record_view
from coach.participants.apply_change import change_participant
from coach.participants.changes import ChangeError
from coach.participants.own_page import OwnPage, as_actor, find_owner, load_own_page
from coach.participants.record import CasePerson
from coach.privacy.personal_data import export_person
from coach.web.own_page.picture import nights_picture, nights_told
from coach.web.own_page.words import LANGUAGES, WORDS, day_words, words_in
from coach.web.site import Connection, site
from content.wording import clock_time, zone_name
from schedules.database.engine import read_transaction, write_transaction
from schedules.enrolment.lifecycle import load_enrolment, record_opt_out

own_page = Blueprint("own_page", __name__, url_prefix="/me/<token>")
# What each form changes, and the fields it takes.
FORMS = {"pause": ("evenings",), "resume": (), "times": ("evening_time",), "language": ("language",)}


@own_page.after_request
def _keep_private(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@own_page.get("")
def show(token: str) -> str | tuple[str, int]:
    """Their nights, what they tried, and the settings of their texts."""
    return _page(token)


def _page(token: str, problem: str = "", status: int = 200) -> str | tuple[str, int]:
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        person = find_owner(connection, token, runtime.now())
        page = load_own_page(connection, person, runtime.now()) if person else None
    if person is None or page is None:
        return _gone()
    record_view(runtime.engine, PERSON, f"participant {person.id}", runtime.now(), person.clinic_id)
    html = render_template("own-page.html", **_shown(page, token), problem=problem, saved="saved" in request.args)
    return (html, status) if status != 200 else html


def _shown(page: OwnPage, token: str) -> dict[str, object]:
    person, catalogue = page.person, site().runtime.catalogue
    language = person.language if person.language in LANGUAGES else "en"
    titles = {id: strategy.title[language] for id, strategy in catalogue.strategies.items()}
    words = words_in(language)
    paused = page.paused_until_on
    return {
        "words": words,
        "language": language,
        "languages": LANGUAGES,
        "token": token,
        "person": person,
        "picture": Markup(nights_picture(page.days, language)),  # noqa: S704  (drawn by us, words escaped)
        "told": nights_told(page.days, language),
        "days": [day for day in reversed(page.days) if day.score is not None or day.state in STEP_ANSWERED],
        "tried": page.tried,
        "titles": titles,
        "paused": words["paused"].format(day=day_words(paused, language)) if paused else "",
        "next": words["next"].format(time=clock_time(person.evening_at, language), zone=zone_name(person.time_zone)),
        "day_words": lambda on: day_words(on, language),
    }


def _gone() -> tuple[str, int]:
    language = request.accept_languages.best_match([*WORDS]) or "en"
    return render_template("own-page-gone.html", words=words_in(language), language=language), 404


@own_page.post("/<what>")
def change(token: str, what: str) -> Redirect | str | tuple[str, int]:
    """Pause, go on, another time or language: by the rules of a coach's page."""
    fields = FORMS.get(what)
    if fields is None:
        return _gone()
    form, runtime = {name: request.form.get(name, "") for name in fields}, site().runtime

    def apply(connection: Connection, person: CasePerson) -> None:
        change_participant(connection, person.id, what, form, as_actor(person), runtime.catalogue, runtime.now())

    return _changed(token, what, apply) or redirect(url_for("own_page.show", token=token, saved=""), code=303)


@own_page.post("/stop")
def stop(token: str) -> str | tuple[str, int]:
    """Stop the texts for good, after a tick in a box; the page ends with them."""
    runtime, language = site().runtime, "en"
    if request.form.get("sure") != "yes":
        return _page(token, "bad_stop", 422)

    def apply(connection: Connection, person: CasePerson) -> None:
        nonlocal language
        language = person.language
        enrolment = load_enrolment(connection, person.id, runtime.catalogue)
        record_opt_out(connection, enrolment.number_hash, runtime.now(), source="own page")
        record(connection, PERSON, "stopped", f"participant {person.id}", runtime.now(), person.clinic_id)

    refused = _changed(token, "stop", apply)
    return refused or render_template("own-page-stopped.html", words=words_in(language), language=language)


def _changed(token: str, what: str, apply: Callable[[Connection, CasePerson], None]) -> str | tuple[str, int] | None:
    """Apply a change of the link's owner in one transaction; return the page that says why not, if it was refused."""
    runtime = site().runtime
    try:
        with write_transaction(runtime.engine) as connection:
            person = find_owner(connection, token, runtime.now())
            if person is None:
                return _gone()
            apply(connection, person)
    except ChangeError:
        return _page(token, f"bad_{what}", 422)
    return None


@own_page.get("/data")
def data(token: str) -> Response | tuple[str, int]:
    """Everything stored about them, as a file; the same as `coach participants export`."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        person = find_owner(connection, token, runtime.now())
        stored = export_person(connection, person.id) if person else None
    if person is None or stored is None:
        return _gone()
    with write_transaction(runtime.engine) as connection:
        subject = f"participant {person.id}"
        record(connection, PERSON, "exported", subject, runtime.now(), person.clinic_id)
    answer = make_response(json.dumps(stored, indent=2, ensure_ascii=False))
    answer.headers["Content-Type"] = "application/json"
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer

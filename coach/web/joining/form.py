"""The public form of a clinic, by which people ask for its texts. Anybody may use it, so it says the same to all."""

from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from limits import parse
from werkzeug.wrappers import Response

from coach.conversation.joining.public_form import (
    ClinicWithForm,
    FormError,
    count_by_form,
    find_clinic_with_form,
    invite_by_form,
)
from coach.participants.zone_choices import zone_choices
from coach.web.joining.form_words import WORDS
from coach.web.sign_in.limits import count_attempt, place
from coach.web.site import site
from schedules.database.engine import read_transaction, write_transaction

join_form = Blueprint("join_form", __name__, url_prefix="/join/<word>")

PER_PLACE = parse("10 per day")
PER_NUMBER = parse("3 per day")
IN_AN_HOUR = 50  # people whom the form of one clinic invites


@join_form.get("")
def show(word: str) -> str:
    """The form, in the language of the address or the browser."""
    return _page(_clinic(word))


@join_form.post("")
def ask(word: str) -> Response | tuple[str, int]:
    """Invite whoever the form names."""
    clinic, runtime, now = _clinic(word), site().runtime, site().runtime.now()
    if "agree" not in request.form:
        return _page(clinic, "agree"), 422
    number = runtime.keys.token("join form", request.form.get("phone", ""))
    if not count_attempt((PER_PLACE, "join", place()), (PER_NUMBER, "join", number)):
        return _page(clinic, "often"), 429
    agreed = WORDS[_language()]["agree"].format(clinic=clinic.name)
    form = {name: request.form.get(name, "") for name in ("phone", "first_name", "time_zone")}
    try:
        with write_transaction(runtime.engine) as connection:
            if count_by_form(connection, clinic, now - timedelta(hours=1)) >= IN_AN_HOUR:
                return _page(clinic, "often"), 429
            where = (runtime.catalogue, runtime.keys, now)
            invite_by_form(connection, clinic, form | {"language": _language()}, agreed, *where)
    except FormError as error:
        return _page(clinic, str(error)), 422
    return redirect(url_for("join_form.thanks", word=word, language=_language()), code=303)


@join_form.get("/thanks")
def thanks(word: str) -> str:
    """What happens next, whoever asked."""
    return _page(_clinic(word), done=True)


def _clinic(word: str) -> ClinicWithForm:
    with read_transaction(site().runtime.engine) as connection:
        return find_clinic_with_form(connection, word) or abort(404)


def _language() -> str:
    asked = request.values.get("language", "")
    return asked if asked in WORDS else request.accept_languages.best_match([*WORDS]) or "en"


def _page(clinic: ClinicWithForm, problem: str = "", *, done: bool = False) -> str:
    language, given = _language(), request.form
    words = {name: said.format(clinic=clinic.name, contact=clinic.contact) for name, said in WORDS[language].items()}
    return render_template(
        "join-form.html",
        clinic=clinic,
        language=language,
        other=next(one for one in WORDS if one != language),
        words=words,
        given=given,
        zones=zone_choices(site().runtime.now(), clinic.time_zone),
        problem=problem,
        done=done,
    )

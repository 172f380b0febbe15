"""The page on which a lead chooses the clinic's keyword and prints its poster."""

from collections.abc import Mapping

import qrcode
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from qrcode.image.svg import SvgPathImage
from werkzeug.wrappers import Response

from coach.accounts.clinics import country_of
from coach.accounts.joining import ClinicToJoin, count_by_poster, load_clinics_to_join, set_keyword
from coach.accounts.keyword import read_keyword
from coach.accounts.sign_ins import AccountError
from coach.conversation.joining.public_form import open_form
from coach.conversation.joining.words import read_poster
from coach.web.joining.poster_words import JOIN, Poster
from coach.web.sign_in.access import for_roles, signed_in
from coach.web.site import Connection, site
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction
from schedules.enrolment.roster_file import read_phone

poster = Blueprint("poster", __name__, url_prefix="/poster")
leads = for_roles("lead", "admin")


@poster.get("/")
@leads
def index() -> str:
    """The clinic's keyword, its poster, and who joined by it."""
    return _page()


@poster.post("/keyword")
@leads
def choose_keyword() -> Response | tuple[str, int]:
    """Choose another keyword, or none."""
    runtime, typed = site().runtime, request.form.get("keyword", "")
    try:
        keyword = read_keyword(typed) if typed.strip() else None
        with write_transaction(runtime.engine) as connection:
            clinic = _clinic(connection)
            set_keyword(connection, signed_in().email, clinic.id, keyword, runtime.now())
            is_open = keyword is not None and "public_form" in request.form
            open_form(connection, signed_in().email, clinic.id, runtime.now(), is_open=is_open)
    except (ValueError, AccountError) as error:
        return _page({"keyword": str(error)}), 422
    flash(f"People join by texting {JOIN['en']} {keyword}." if keyword else "Nobody can join by text any more.")
    return redirect(url_for("poster.index", clinic=clinic.id), code=303)


def _clinic(connection: Connection) -> ClinicToJoin:
    """Return the clinic that was asked for, or the first in reach."""
    wanted = request.values.get("clinic", None, number)
    clinics = load_clinics_to_join(connection, signed_in().clinics)
    return next((one for one in clinics if wanted in (None, one.id)), None) or abort(404)


def _page(problems: Mapping[str, str] | None = None) -> str:
    runtime, problems = site().runtime, dict(problems or {})
    with read_transaction(runtime.engine) as connection:
        clinic, clinics = _clinic(connection), load_clinics_to_join(connection, signed_in().clinics)
        counts, country = count_by_poster(connection, clinic.id), country_of(connection, clinic.id)
    own = runtime.settings.twilio_from_number
    made = _read(clinic, own, country, problems)
    return render_template(
        "poster.html",
        clinic=clinic,
        clinics=clinics,
        counts=counts,
        own_number=own,
        problems=problems,
        given=request.values,
        poster=made,
        code=_drawn(made.link) if made else None,
        form_address=_form_address(clinic),
    )


def _form_address(clinic: ClinicToJoin) -> str | None:
    """Return the address of the clinic's public form, for its own website."""
    if not (clinic.public_form and clinic.keyword):
        return None
    return site().runtime.settings.public_url + url_for("join_form.show", word=clinic.keyword)


def _read(clinic: ClinicToJoin, own: str, country: str, problems: dict[str, str]) -> Poster | None:
    """Return the poster that was asked for, as far as it can be made; what is wrong goes to the problems."""
    typed, language = request.args.get("number", ""), request.args.get("language", "en")
    try:
        to = own or (read_phone(typed, country) if typed.strip() else "")
    except ValueError as error:
        problems["number"] = f"{str(error).capitalize()}."
        to = ""
    try:
        name = read_poster(request.args.get("poster", ""))
    except ValueError as error:
        problems["poster"], name = str(error), None
    if not (clinic.keyword and to):
        return None
    return Poster(clinic.name, clinic.keyword, clinic.contact, to, language if language in JOIN else "en", name)


def _drawn(link: str) -> Markup:
    """Draw the QR code as an inline picture; its only input is our own link."""
    made = qrcode.make(link, image_factory=SvgPathImage, box_size=10, border=4)
    return Markup(made.to_string(encoding="unicode"))  # noqa: S704

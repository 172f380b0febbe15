"""Which language this request is answered in."""

from collections.abc import Mapping

from flask import current_app, has_request_context, request
from flask_babel import get_locale
from flask_security import current_user

from coach.web.language.catalogs import LANGUAGES

SPANISH = "es_US"  # numbers are written as in English, since the people write them so


def choose() -> str:
    """The language that an account has chosen; before signing in, the one that the browser asks for."""
    if not has_request_context():
        return "en"
    if current_user.is_authenticated:
        found = current_user.language or "en"
    else:
        found = request.accept_languages.best_match(list(LANGUAGES), "en") or "en"
    return SPANISH if found == "es" else "en"


def page_language() -> str:
    """The language of this page, as `<html lang>` says it."""
    found = get_locale() if current_app and "babel" in current_app.extensions else None
    return found.language if found else "en"


def spanish() -> bool:
    """Whether this page is in Spanish."""
    return page_language() == "es"


def of_kind(titles: Mapping[str, str]) -> str:
    """What a step, a program or a frequency is called in the page's language."""
    return titles.get(page_language()) or titles["en"]

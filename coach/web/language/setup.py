"""Flask-Babel over our own catalogs, and the words of the templates in the page's language."""

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain
from markupsafe import Markup, escape

from coach.web.language import dates
from coach.web.language.catalogs import translations
from coach.web.language.locale import choose, of_kind, page_language
from coach.web.language.told import ToldMapping, ToldPairs, telling, told

TOLD_FILTERS = ("duration", "exclusion_words", "as_of_now", "with_leave")
TOLD_GLOBALS = ("percent", "mean_in_words", "trend", "in_short", "why_no_score", "week_in_words")
DRAWN_GLOBALS = ("night_strip", "sparkline", "share_bar")
_SAID_IN_PICTURES = re.compile(r"(<(?:title|desc|text)[^>]*>)([^<]+)(?=</)")


class OurWords(Domain):  # type: ignore[misc]  # the library is not typed
    """The catalog of the page's language."""

    def get_translations(self) -> Translations | NullTranslations:
        """As gettext asks for it."""
        language = page_language()
        return NullTranslations() if language == "en" else translations(language)


class OurBabel(Babel):  # type: ignore[misc]  # the library is not typed
    """Flask-Babel with our catalogs."""

    domain_instance = OurWords()


def told_picture(picture: str) -> Markup:
    """A picture whose words are told."""
    if page_language() == "en":
        return Markup(picture)  # noqa: S704  (drawn by us; its words are escaped where it is drawn)
    told_words = _SAID_IN_PICTURES.sub(lambda found: found[1] + str(escape(told(unescape(found[2])))), picture)
    return Markup(told_words)  # noqa: S704  (as above)


def add_language(app: Flask) -> None:
    """Answer in the reader's language. Comes after whatever gives the templates their words."""
    OurBabel(app, locale_selector=choose)
    env = app.jinja_env
    words: dict[str, Any] = env.globals
    env.filters.update({name: telling(env.filters[name]) for name in TOLD_FILTERS})
    env.filters.update(
        told=told,
        told_picture=told_picture,
        of_kind=of_kind,
        dated=dates.dated,
        clock=dates.clock,
        local_clock=dates.local_clock,
        short_date=dates.short_date,
        local_moment=dates.local_moment,
        zone_name=dates.zone_name,
    )
    words.update({name: telling(words[name]) for name in TOLD_GLOBALS})
    words.update({name: _drawn(words[name]) for name in DRAWN_GLOBALS})
    for name, table in words.items():
        if (name.endswith("_words") and isinstance(table, Mapping)) or name in ("next_actions", "person_menu_items"):
            words[name] = ToldMapping(table)
    words["why_in_words"] = _counted(words["why_in_words"])
    words["letters"] = ToldPairs(words["letters"])
    words["page_language"] = page_language


def _counted(count: Callable[..., str]) -> Callable[..., str]:
    """Reasons with their counts, as in `3 paused, 1 the system was down`: each is told by itself."""

    def counted(*given: Any) -> str:
        parts = (part.split(" ", 1) for part in re.split(r", (?=\d+ )", count(*given)) if part)
        return ", ".join(f"{number} {told(words)}" for number, words in parts)

    return counted


def _drawn(draw: Callable[..., str]) -> Callable[..., Markup]:
    def drawing(*given: Any, **named: Any) -> Markup:
        return told_picture(draw(*given, **named))

    return drawing

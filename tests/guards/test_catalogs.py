"""The Spanish catalogs say all that the pages say, and nothing else."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from jinja2 import Environment, nodes

from coach.web.language.catalogs import PLACEHOLDER, read_catalog

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "coach" / "web" / "templates"
# In English for those who run the installation; or in each participant's own language, by tables of their own.
ASIDE = re.compile(r"^(?:admin|emergency|events|handset|join-form|log|new-phone|operator|own-page|phone)\b")
GETTEXT = ("_", "gettext", "ngettext")
DOMAINS = ("messages", "sentences")


def texts(one: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (one,) if isinstance(one, str) else tuple(one or ())


def messages(domain: str) -> list[Message]:
    return [one for one in read_catalog("es", domain) if one.id]


@cache
def said() -> list[tuple[str, nodes.Call]]:
    """Every call of gettext in a template, `trans` among them, with where it stands."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.install_gettext_callables(str, lambda one, _many, _count: one, newstyle=True)  # type: ignore[attr-defined]
    found = []
    for path in sorted(TEMPLATES.glob("*.html")):
        for call in environment.parse(path.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT:
                found.append((f"{path.name}:{call.lineno}", call))
    return found


def ids_of(call: nodes.Call) -> tuple[str, ...]:
    return tuple(one.value for one in call.args if isinstance(one, nodes.Const) and isinstance(one.value, str))


@cache
def python_strings() -> str:
    """All that Python code and the tables of content hold as strings, one a line."""
    found: list[str] = []
    for room in ("coach", "schedules", "content"):
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.walk(ast.parse(path.read_text("utf-8")))
            found += [one.value for one in tree if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        found += [path.read_text("utf-8") for path in (ROOT / room).rglob("*.toml")]
    return re.sub("[_-]", " ", "\n".join(found))


def test_the_catalog_holds_what_the_templates_say_and_nothing_else() -> None:
    known = {texts(one.id) for one in messages("messages")}
    asked = {ids_of(call) for _, call in said()}
    assert asked - known == set(), "see docs/how-to/translate-pages.md"
    assert known - asked == set(), "see docs/how-to/translate-pages.md"


def bare_words(source: str) -> set[str]:
    """What stands in a template outside of tags, expressions and blocks, `trans` among them."""
    bare, translating, block = "", False, False
    for _, kind, value in Environment().lex(source):
        if kind == "block_begin":
            block = True
        elif kind == "name" and block:
            translating = value == "trans" or (translating and value != "endtrans")
            block = False
        elif kind == "data" and not translating:
            bare += value
    return set(re.findall(r"[^\W\d_]{2,}", re.sub(r"<[^>]*>|&nbsp;", " ", bare))) - {"RLS", "Coach"}


def test_no_words_of_a_template_stand_outside_the_catalog() -> None:
    care = [path for path in TEMPLATES.glob("*.html") if not ASIDE.search(path.name)]
    left = {path.name: words for path in care if (words := bare_words(path.read_text("utf-8")))}
    assert left == {}


def test_each_call_fills_in_exactly_the_placeholders_of_its_message() -> None:
    wrong = []
    for where, call in said():
        counted = {"num"} if len(ids_of(call)) > 1 else set()
        given = {one.key for one in call.kwargs} - counted
        if given != set(PLACEHOLDER.findall("".join(ids_of(call)))) - counted:
            wrong.append(where)
    assert wrong == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_everything_has_a_translation_with_the_same_placeholders(domain: str) -> None:
    wrong = []
    for one in messages(domain):
        english, spanish = texts(one.id), texts(one.string)
        asked, given = (set(PLACEHOLDER.findall(words[-1])) for words in (english, spanish or ("",)))
        if len(spanish) != len(english) or not all(spanish) or asked != given:
            wrong.append(english)
    assert wrong == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_score_is_a_number_and_never_a_grade(domain: str) -> None:
    grade = re.compile(r"\bnotas?\b", re.IGNORECASE)
    assert [one.id for one in messages(domain) if grade.search(" ".join(texts(one.string)))] == []


def test_no_sentence_of_the_catalog_has_died() -> None:
    """Its words still stand in the code, the shortest aside, which stand everywhere."""
    there = set(re.findall(r"\w+", python_strings().lower()))
    dead = {}
    for one in messages("sentences"):
        words = re.findall(r"[^\W_]{5,}", PLACEHOLDER.sub(" ", "".join(texts(one.id))).lower())
        if gone := [word for word in words if word not in there]:
            dead[one.id] = gone
    assert dead == {}

"""Every form and every query of the pages, also of those to come: found by walking the application.

What is sent is hostile, the token is right, the sign-in is real. Never a fault of ours; nothing of another clinic
changes; nowhere does an answer lead away from the site, set a header of the sender's, or carry their markup.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from coach.database import load_keys, upgrade
from coach.personal import rows_of
from coach.runtime import Runtime
from coach.web.app import create_app
from content.catalogue import Catalogue
from schedules.db import open_engine, reading
from schedules.gateway import MemoryGateway
from schedules.models import CoachAccount
from tests.fuzz.hostile import NASTY, forms, texts
from tests.support import TestClock, enrol, person, rows, say, settings_for, tick
from tests.web.signing_in import PASSWORD, Visitor, add_coach

ROOT = Path(__file__).parents[2]
WEB = ROOT / "coach" / "web"
NAMES = sorted(
    {
        name
        for path in WEB.rglob("*.py")
        for name in re.findall(r"""(?:form|args)\.get(?:list)?\(\s*["'](\w+)["']""", path.read_text())
    }
    | {name for path in WEB.rglob("*.html") for name in re.findall(r"""name="([a-zA-Z_]\w*)\"""", path.read_text())}
    | {"email", "password", "code", "next", "remember", "setup", "new_password", "new_password_confirm", "back"}
)
IDS = st.one_of(st.integers(0, 12), st.integers(0, 2**70))
LEFT_OUT = {"security.logout"}  # it works: the run would end


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Iterator[tuple[Runtime, Flask, Visitor]]:
    """Two clinics with an evening behind them; a lead of the first is signed in."""
    url = f"sqlite:///{tmp_path_factory.mktemp('fuzz')}/coach.sqlite3"
    engine = open_engine(url)
    clock = TestClock(datetime(2026, 3, 2, 15, tzinfo=UTC))
    upgrade(engine, clock())
    runtime = Runtime(settings_for(url), engine, catalogue, load_keys(engine), MemoryGateway(clock), clock)
    enrol(runtime, person(1, first_name="Ann"), person(2))
    enrol(runtime, person(3, first_name="Zoraida"), person(4), clinic="Elsewhere")
    clock.forward(hours=10)
    tick(runtime)
    for number in (1, 3):
        say(runtime, person(number)["phone"], "6 and yes")
        say(runtime, person(number)["phone"], "what about my cat?")
        say(runtime, person(number)["phone"], "I want to die")
    add_coach(runtime, "other@example.org", clinic="Elsewhere")
    app = create_app(runtime)
    lead = Visitor.of(app)
    yield runtime, app, lead
    engine.dispose()


ELSEWHERE = re.compile(r"\s*(javascript:|data:text|//|\\\\|https?://evil)")


class Page(HTMLParser):
    """The markup of a page that could run something, and where it leads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction") and value
            if name.startswith("on") or (
                leads and re.match(r"\s*(javascript:|data:text|//|\\\\|https?://evil)", str(value))
            ):
                self.bad.append(f"<{tag} {name}={value}>")
        if tag == "script" and not dict(attrs).get("src"):
            self.bad.append("<script>")


def rules(app: Flask, method: str) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ()) and rule.endpoint not in LEFT_OUT and not rule.rule.startswith("/sms/")
    ]


def signed_in(world: tuple[Runtime, Flask, Visitor]) -> Visitor:
    """The lead, signed in; as another if what was sent has ended the session."""
    runtime, _, lead = world
    if not lead.is_signed_in():
        lead.client.delete_cookie("coach")
        lead.key, lead.skipped = "", 0
        email = f"lead{len(rows(runtime.engine, CoachAccount))}@example.org"
        add_coach(runtime, email, "lead")
        lead.sign_in_first(email)
        assert lead.is_signed_in()
    return lead


def one_of(found: list[Rule], which: int) -> Rule:
    return found[which % len(found)]


def filled(app: Flask, rule: Rule, number: int, word: str) -> str:
    """The rule's path with these arguments, as the application itself would write it."""
    values: dict[str, Any] = {
        name: number if type(converter).__name__ == "IntegerConverter" else (word or "x")
        for name, converter in rule._converters.items()
    }
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values, method=None) if values else rule.rule


def check(answer: Any, sent: str) -> None:
    assert answer.status_code < 500, sent
    location = answer.headers.get("Location", "/")
    assert re.match(r"(https?://localhost)?/(?![/\\])", location), f"{sent} leads to {location}"
    assert "mine" not in str(answer.headers.getlist("Set-Cookie")), sent
    if answer.mimetype == "text/html":
        page = answer.get_data(as_text=True)
        assert not Page(page).bad, f"{sent}: {Page(page).bad}"


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in/again").get_data(as_text=True))
    found = found or re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/").get_data(as_text=True))
    assert found, "the session has ended"
    return found[1]


def of_elsewhere(runtime: Runtime) -> list[Any]:
    """All that is held of the other clinic's people."""
    with reading(runtime.engine) as connection:
        return [
            connection.execute(table.select().where(condition).order_by(*table.primary_key.columns)).all()
            for participant in (3, 4)
            for table, condition in rows_of(participant).items()
        ]


@given(which=st.integers(0, 999), pairs=forms(NAMES), number=st.integers(0, 12), word=texts)
def test_no_form_of_a_signed_in_lead_is_a_fault_of_ours_or_reaches_another_clinic(
    world: tuple[Runtime, Flask, Visitor], which: int, pairs: list[tuple[str, str]], number: int, word: str
) -> None:
    runtime, app, _ = world
    lead = signed_in(world)
    rule = one_of(rules(app, "POST"), which)
    before = of_elsewhere(runtime)
    path = filled(app, rule, number, word[:60])
    form = MultiDict((name, value.encode("utf-8", "ignore").decode()) for name, value in pairs)
    form.setlist("csrf_token", [token_of(lead.client)])
    check(lead.client.post(path, data=form), f"POST {path} {form}")
    assert of_elsewhere(runtime) == before


@given(
    which=st.integers(0, 999),
    pairs=forms(NAMES),
    number=st.one_of(st.integers(0, 12), st.integers(0, 2**70)),
    word=texts,
)
def test_no_address_is_a_fault_of_ours(
    world: tuple[Runtime, Flask, Visitor], which: int, pairs: list[tuple[str, str]], number: int, word: str
) -> None:
    _, app, _ = world
    lead = signed_in(world)
    rule = one_of(rules(app, "GET"), which)
    path = filled(app, rule, number, word[:60])
    query = [(name, value.encode("utf-8", "ignore").decode()) for name, value in pairs]
    check(lead.client.get(path, query_string=query), f"GET {path} {query}")


@given(which=st.integers(0, 999), pairs=forms(NAMES), number=st.integers(0, 12), word=texts)
def test_a_stranger_changes_nothing_and_breaks_nothing(
    world: tuple[Runtime, Flask, Visitor], which: int, pairs: list[tuple[str, str]], number: int, word: str
) -> None:
    runtime, app, _ = world
    client = app.test_client()
    accounts = [row.password_hash for row in rows(runtime.engine, CoachAccount)]
    rule = one_of(rules(app, "POST"), which)
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    form = {name: value.encode("utf-8", "ignore").decode() for name, value in pairs}
    path = filled(app, rule, number, word[:60])
    answer = client.post(path, data=form | {"csrf_token": token[1] if token else ""})
    check(answer, f"POST {path} {form}")
    assert [row.password_hash for row in rows(runtime.engine, CoachAccount)] == accounts
    assert client.get("/").status_code in (302, 303), "not signed in"


def test_without_its_token_no_form_is_taken(world: tuple[Runtime, Flask, Visitor]) -> None:
    runtime, app, _ = world
    lead = signed_in(world)
    before = of_elsewhere(runtime)
    for rule in rules(app, "POST"):
        if rule.rule.startswith("/mail/unsubscribe"):  # signed by the token in its address: a mail program posts it
            continue
        lead = signed_in(world)
        for token in (None, "", "x", "IjAi.aaaa.bbbb"):
            form = {"csrf_token": token} if token is not None else {}
            answer = lead.client.post(filled(app, rule, 1, "x"), data=form)
            assert answer.status_code == 400, rule.rule
    assert of_elsewhere(runtime) == before


def test_nothing_of_another_clinic_is_found(world: tuple[Runtime, Flask, Visitor]) -> None:
    """By any page, under any id, with any search."""
    _, app, _ = world
    lead = signed_in(world)
    for rule in rules(app, "GET"):
        for number in range(1, 13):
            lead = signed_in(world)
            page = lead.client.get(filled(app, rule, number, "zoraida"), query_string={"q": "zoraida", "status": "all"})
            assert "Zoraida" not in page.get_data(as_text=True), rule.rule
    lead = signed_in(world)
    answers = {lead.client.get(f"/participants/{number}").status_code for number in (3, 4, 99)}
    assert answers == {404}, "another clinic's person and nobody are told alike"


@pytest.mark.parametrize("wanted", [one for one in NASTY if "evil" in one or "script" in one])
def test_signing_in_leads_nowhere_else(world: tuple[Runtime, Flask, Visitor], wanted: str) -> None:
    runtime, app, _ = world
    email = f"next{abs(hash(wanted))}@example.org"
    add_coach(runtime, email)
    client = app.test_client()
    page = client.get("/sign-in", query_string={"next": wanted}).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    form = {"email": email, "password": PASSWORD, "csrf_token": token[1], "next": wanted}
    check(client.post("/sign-in", query_string={"next": wanted}, data=form), wanted)

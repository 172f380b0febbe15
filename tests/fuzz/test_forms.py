"""Every form and every query of the pages, also of those to come: found by walking the application.

What is sent is hostile, the token is right, the sign-in is real. Never a fault of ours; nothing of another clinic
changes; nowhere does an answer lead away from the site, set a header of the sender's, or carry their markup.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import IntegerConverter, Rule

from coach.accounts.sign_ins import ROLES
from coach.database.schema import load_keys, upgrade
from coach.privacy.personal_data import rows_of
from coach.runtime import Runtime
from coach.web.app import create_app
from content.catalogue import Catalogue
from schedules.database.engine import open_engine, read_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.gateway.protocol import MemoryGateway
from tests.coach.web.signing_in import PASSWORD, add_coach
from tests.conftest import DATABASES
from tests.fuzz.hostile import NASTY, forms, texts
from tests.fuzz.members import Member
from tests.support import TestClock, enrol, person, rows, say, settings_for, tick

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


@dataclass(frozen=True, repr=False)
class World:
    """Two clinics with an evening behind them, and sign-ins of the first by role."""

    runtime: Runtime
    app: Flask
    members: dict[str, Member]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """For Hypothesis, which would print a megabyte beside each failing example, and fail of that instead."""
        printer.text("World()")


@pytest.fixture(scope="module", params=DATABASES)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue
) -> Iterator[World]:
    """One on each database, which all the tests here go at in turn."""
    copies = request.getfixturevalue("postgres_copies") if request.param == "postgresql" else None
    url = copies.copy() if copies else f"sqlite:///{tmp_path_factory.mktemp('fuzz')}/coach.sqlite3"
    engine = open_engine(url)
    clock = TestClock(datetime(2026, 3, 2, 15, tzinfo=UTC))
    upgrade(engine, clock())
    runtime = Runtime(settings_for(url), engine, catalogue, load_keys(engine), MemoryGateway(clock), clock)
    live_an_evening(runtime, clock)
    app = create_app(runtime)
    yield World(runtime, app, {role: Member.of(app, runtime, role) for role in ROLES})
    engine.dispose()
    if copies:
        copies.drop(url)


def live_an_evening(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Ann"), person(2))
    enrol(runtime, person(3, first_name="Zoraida"), person(4), clinic="Elsewhere")
    clock.forward(hours=10)
    tick(runtime)
    for number in (1, 3):
        for words in ("6 and yes", "what about my cat?", "I want to die"):
            say(runtime, person(number)["phone"], words)
    add_coach(runtime, "other@example.org", clinic="Elsewhere")


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


def one_of(found: list[Rule], which: int) -> Rule:
    return found[which % len(found)]


def filled(app: Flask, rule: Rule, number: int, word: str) -> str:
    """The rule's path with these arguments, as the application itself would write it."""
    values: dict[str, Any] = {
        name: number if isinstance(converter, IntegerConverter) else (word or "x")
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


def of_elsewhere(runtime: Runtime) -> list[Any]:
    """All that is held of the other clinic's people."""
    with read_transaction(runtime.engine) as connection:
        return [
            connection.execute(table.select().where(condition).order_by(*table.primary_key.columns)).all()
            for participant in (3, 4)
            for table, condition in rows_of(participant).items()
        ]


ANYTHING = given(which=st.integers(0, 999), pairs=forms(NAMES), number=IDS, word=texts)
Pairs = list[tuple[str, str]]


def as_sent(pairs: Pairs) -> Pairs:
    """Without the halves of characters that no form can carry."""
    return [(name, value.encode("utf-8", "ignore").decode()) for name, value in pairs]


@pytest.mark.parametrize("role", ROLES)
@ANYTHING
def test_no_form_of_any_role_is_a_fault_of_ours_or_reaches_another_clinic(
    world: World, role: str, which: int, pairs: Pairs, number: int, word: str
) -> None:
    before = of_elsewhere(world.runtime)
    path = filled(world.app, one_of(rules(world.app, "POST"), which), number, word[:60])
    check(world.members[role].post(path, as_sent(pairs)), f"{role}: POST {path} {pairs}")
    assert of_elsewhere(world.runtime) == before


@pytest.mark.parametrize("role", ROLES)
@ANYTHING
def test_no_address_is_a_fault_of_ours(
    world: World, role: str, which: int, pairs: Pairs, number: int, word: str
) -> None:
    path = filled(world.app, one_of(rules(world.app, "GET"), which), number, word[:60])
    check(world.members[role].get(path, as_sent(pairs)), f"{role}: GET {path} {pairs}")


@ANYTHING
def test_a_stranger_changes_nothing_and_breaks_nothing(
    world: World, which: int, pairs: Pairs, number: int, word: str
) -> None:
    client = world.app.test_client()
    accounts = [row.password_hash for row in rows(world.runtime.engine, CoachAccount)]
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    path = filled(world.app, one_of(rules(world.app, "POST"), which), number, word[:60])
    answer = client.post(path, data=dict(as_sent(pairs)) | {"csrf_token": token[1] if token else ""})
    check(answer, f"POST {path} {pairs}")
    assert [row.password_hash for row in rows(world.runtime.engine, CoachAccount)] == accounts
    assert client.get("/").status_code in (302, 303), "not signed in"


@pytest.mark.parametrize("large", [2**31 - 1, 2**31, 2**63, 2**70])
def test_a_number_that_no_column_holds_is_no_fault_of_ours(world: World, large: int) -> None:
    """PostgreSQL refuses it, in an id as in the number of a page."""
    names = ("page", "clinic", "clinic_id", "person", "shown", "evenings")
    query = [(name, str(large)) for name in names]
    for role, method in (("admin", "GET"), ("lead", "GET"), ("lead", "POST")):
        member = world.members[role]
        for rule in rules(world.app, method):
            path = filled(world.app, rule, large, "x")
            answer = member.get(path, query) if method == "GET" else member.post(path, query)
            check(answer, f"{method} {path}")


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_signed_in_and_has_pages_of_its_own(world: World, role: str) -> None:
    """Else none of this would be worth anything."""
    member = world.members[role]
    opened = [
        rule for rule in rules(world.app, "GET") if member.get(filled(world.app, rule, 1, "x")).status_code == 200
    ]
    assert member.get("/account/").status_code == 200
    assert len(opened) > 8
    assert member.post("/account/time-zone", []).status_code != 403


def test_without_its_token_no_form_is_taken(world: World) -> None:
    before = of_elsewhere(world.runtime)
    for rule in rules(world.app, "POST"):
        if rule.rule.startswith(("/mail/unsubscribe", "/me/")):  # the token in the address is what opens them
            continue
        for token in ("", "x", "IjAi.aaaa.bbbb"):
            answer = world.members["lead"].post(filled(world.app, rule, 1, "x"), [], token)
            assert answer.status_code == 400, rule.rule
    assert of_elsewhere(world.runtime) == before


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_another_clinic_is_found(world: World, role: str) -> None:
    """By any page, under any id, with any search."""
    member = world.members[role]
    for rule in rules(world.app, "GET"):
        for number in range(1, 9) if rule.arguments else (1,):
            path = filled(world.app, rule, number, "zoraida")
            page = member.get(path, [("q", "zoraida"), ("status", "all")]).get_data(as_text=True)
            assert "Zoraida" not in page, path
    answers = {member.get(f"/participants/{number}").status_code for number in (3, 4, 99)}
    assert answers == {403 if role in ("researcher", "admin") else 404}, (
        "another clinic's person and nobody are told alike"
    )


@pytest.mark.parametrize("wanted", [one for one in NASTY if "evil" in one or "script" in one])
def test_signing_in_leads_nowhere_else(world: World, wanted: str) -> None:
    email = f"next{abs(hash(wanted))}@example.org"
    add_coach(world.runtime, email)
    client = world.app.test_client()
    page = client.get("/sign-in", query_string={"next": wanted}).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    form = {"email": email, "password": PASSWORD, "csrf_token": token[1], "next": wanted}
    check(client.post("/sign-in", query_string={"next": wanted}, data=form), wanted)

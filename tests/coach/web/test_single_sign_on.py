"""Single sign-on: whom a real identity provider names is signed in, and nobody else, however the answer is made."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from sqlalchemy import update
from werkzeug.test import TestResponse

from coach.accounts.sign_ins import ensure_clinic
from coach.config import SettingError, load_settings
from coach.database.tables import AuditEvent, WebSession
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from tests.coach.web.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, answering
from tests.coach.web.signing_in import Visitor, add_coach
from tests.commands import environment, run
from tests.support import rows, settings_for

ANN = "ann@clinic.example"
NO_ACCOUNT = "this address has no account here"
FAILED = "Single sign-on did not work"


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with answering() as one:
        one.claims = {"email": ANN, "email_verified": True}
        yield one


@pytest.fixture
def runtime(sqlite_runtime: Runtime, provider: IdentityProvider) -> Runtime:
    settings = settings_for(
        sqlite_runtime.settings.database_url,
        public_url="http://localhost",
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_role_claim="rls_role",
    )
    return replace(sqlite_runtime, settings=settings)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


def go(client: FlaskClient, path: str = "/sign-in/single/") -> TestResponse:
    """Follow the links as a browser does: to the provider, and back with its answer."""
    return client.get(answer_of(client, path))


def answer_of(client: FlaskClient, path: str = "/sign-in/single/") -> str:
    asked = client.get(path)
    assert asked.status_code == 302
    back = requests.get(asked.headers["Location"], allow_redirects=False, timeout=10).headers["Location"]
    assert back.startswith("http://localhost/sign-in/single/back?")
    return back


def said(client: FlaskClient) -> str:
    return client.get("/sign-in").get_data(as_text=True)


def refused(app: Flask, runtime: Runtime, words: str) -> bool:
    client = app.test_client()
    answer = go(client)
    assert answer.headers["Location"].startswith("/sign-in"), answer.headers["Location"]
    return words in said(client) and client.get("/account/").status_code == 302 and not rows(runtime.engine, WebSession)


def test_whom_the_provider_names_is_signed_in(app: Flask, runtime: Runtime) -> None:
    id = add_coach(runtime, ANN)
    client = app.test_client()
    answer = go(client, "/sign-in/single/?next=/participants/")
    assert answer.headers["Location"] == "/participants/"
    assert ANN in client.get("/account/").get_data(as_text=True)
    assert [row.account_id for row in rows(runtime.engine, WebSession)] == [id]
    signed_in = rows(runtime.engine, AuditEvent, AuditEvent.action == "signed in")
    assert [row.subject for row in signed_in] == [f"account {id}"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "///evil.example"])
def test_it_leads_nowhere_else(app: Flask, runtime: Runtime, elsewhere: str) -> None:
    add_coach(runtime, ANN)
    assert go(app.test_client(), f"/sign-in/single/?next={elsewhere}").headers["Location"] == "/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another client"},
        {"aud": "another client", "azp": CLIENT_ID},
        {"iss": "https://other.example"},
        {"exp": int(time.time()) - 3600},
        {"nonce": "of another sign-in"},
    ],
    ids=["audience", "audience with our azp", "issuer", "expired", "nonce"],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    app: Flask, runtime: Runtime, provider: IdentityProvider, wrong: dict[str, object]
) -> None:
    add_coach(runtime, ANN)
    provider.claims |= wrong
    assert refused(app, runtime, FAILED)
    assert rows(runtime.engine, AuditEvent, AuditEvent.action == "was refused single sign-on")


def test_a_token_signed_by_another_key_is_refused(app: Flask, runtime: Runtime, provider: IdentityProvider) -> None:
    add_coach(runtime, ANN)
    provider.key = RSAKey.generate_key(2048, {"kid": "first"})
    assert refused(app, runtime, FAILED)


def test_an_address_that_is_not_verified_is_refused(app: Flask, runtime: Runtime, provider: IdentityProvider) -> None:
    add_coach(runtime, ANN)
    for verified in (False, "true", None):
        provider.claims["email_verified"] = verified
        assert refused(app, runtime, "has not verified that email address")


def test_an_answer_works_once_and_in_its_own_browser(app: Flask, runtime: Runtime) -> None:
    add_coach(runtime, ANN)
    client = app.test_client()
    back = answer_of(client)
    assert app.test_client().get(back).headers["Location"].startswith("/sign-in"), "the state of another browser"
    assert client.get(back).headers["Location"] == "/"
    client.post("/sign-out", data={"csrf_token": _token(client)})
    assert client.get(back).headers["Location"].startswith("/sign-in")
    assert not rows(runtime.engine, WebSession)


def _token(client: FlaskClient) -> str:
    return client.get("/account/").get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


def test_a_provider_that_is_away_is_told_in_a_sentence(app: Flask, runtime: Runtime) -> None:
    runtime.settings.oidc_issuer = "http://127.0.0.1:9"
    client = create_app(runtime).test_client()
    assert client.get("/sign-in/single/").headers["Location"].startswith("/sign-in")
    assert FAILED in said(client)


def test_an_account_without_access_stays_without(app: Flask, runtime: Runtime) -> None:
    add_coach(runtime, ANN)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(CoachAccount).values(active=False))
    assert refused(app, runtime, NO_ACCOUNT)


@pytest.mark.parametrize(
    ("clinics", "role", "place"),
    [
        (("North",), None, None),
        (("North",), "janitor", None),
        (("North",), "lead", ("lead", 1)),
        (("North",), ["staff", "coach"], ("coach", 1)),
        (("North", "South"), "lead", None),
        (("North", "South"), "South/lead", ("lead", 2)),
        (("North", "South"), "West/lead", None),
        ((), "admin", None),
    ],
)
def test_an_account_is_made_only_where_the_provider_says_its_role_and_place(
    app: Flask,
    runtime: Runtime,
    provider: IdentityProvider,
    clinics: tuple[str, ...],
    role: object,
    place: tuple[str, int] | None,
) -> None:
    with write_transaction(runtime.engine) as connection:
        for name in clinics:
            ensure_clinic(connection, name, runtime.now())
    provider.claims["rls_role"] = role
    if place is None:
        assert refused(app, runtime, NO_ACCOUNT)
    else:
        assert go(app.test_client()).headers["Location"] == "/"
    made = [(row.role, row.clinic_id) for row in rows(runtime.engine, CoachAccount)]
    assert made == ([place] if place else [])


def test_a_clinic_that_requires_it_takes_no_passwords(app: Flask, runtime: Runtime) -> None:
    add_coach(runtime, ANN)
    add_coach(runtime, "bea@south.example", clinic="South")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).where(Clinic.name == "Clinic").values(single_sign_on=True))
    visitor = Visitor.of(app)
    assert "requires single sign-on" in visitor.give_password(ANN).get_data(as_text=True)
    assert visitor.open("/sign-in/second-step").status_code == 302
    assert "requires" not in Visitor.of(app).give_password(ANN, "a wrong guess").get_data(as_text=True)
    assert Visitor.of(app).sign_in_first("bea@south.example").status_code == 302
    assert go(visitor.client).headers["Location"] == "/"


def test_half_of_its_settings_is_one_sentence() -> None:
    for given, missing in (
        ({"oidc_issuer": "https://login.example"}, "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET and PUBLIC_URL must be set"),
        ({"oidc_role_claim": "role"}, "OIDC_ISSUER and OIDC_CLIENT_ID"),
    ):
        with pytest.raises(SettingError, match=missing):
            load_settings(**given)
    whole = {"oidc_client_id": "a", "oidc_client_secret": "b", "public_url": "https://coach.example"}
    with pytest.raises(SettingError, match="must be an address that begins with https://"):
        load_settings(oidc_issuer="http://login.example", **whole)


def test_a_clinic_cannot_require_what_is_not_set_up(runtime: Runtime) -> None:
    add_coach(runtime, ANN)
    url, require = runtime.settings.database_url, ["clinics", "set", "Clinic", "--single-sign-on"]
    told = run([*require, "required"], environment(url))
    assert (told.returncode, "set OIDC_ISSUER" in told.stderr) == (2, True)
    assert not rows(runtime.engine, Clinic)[0].single_sign_on
    given = environment(url, PUBLIC_URL="https://coach.example", OIDC_ISSUER="https://login.example")
    given |= {"OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": CLIENT_SECRET}
    for word, stored in (("required", True), ("off", False)):
        assert run([*require, word], given).returncode == 0
        assert rows(runtime.engine, Clinic)[0].single_sign_on is stored
        assert f"single sign on: {word}" in run(["clinics", "list"], given).stdout

"""A password link works once, while it is the newest, and only for an account that has access."""

import re

import pytest
from flask import Flask

from coach.runtime import Runtime
from tests.coach.web.coaches import Browser, sign_in
from tests.coach.web.signing_in import Visitor, add_coach

EMAIL = "ann@clinic.example"
NEW = {"password": "four words of mine", "password_confirm": "four words of mine"}
DEAD = "That link does not work or has already been used"


@pytest.fixture
def runtime(sqlite_runtime: Runtime) -> Runtime:
    return sqlite_runtime


def link_by(admin: Browser, account_id: int) -> str:
    page = admin.post(f"/admin/sign-ins/{account_id}/link", status=200)
    found = re.search(r"https://coach\.test(/forgotten-password/\S+)", page)
    assert found
    return found[1]


def is_dead(app: Flask, link: str) -> bool:
    answer = app.test_client().get(link, follow_redirects=True)
    return DEAD in answer.get_data(as_text=True)


def test_a_newer_link_ends_the_older_one(app: Flask, runtime: Runtime) -> None:
    admin, ann = sign_in(app, runtime, "admin"), add_coach(runtime, EMAIL)
    older, newer = link_by(admin, ann), link_by(admin, ann)
    assert is_dead(app, older)
    visitor = Visitor.of(app)
    assert visitor.submit(newer, **NEW).status_code == 302
    assert visitor.give_password(EMAIL, NEW["password"]).status_code == 302
    assert is_dead(app, newer), "it works once"


def test_a_mailed_link_ends_the_one_that_an_admin_made_and_no_session(app: Flask, runtime: Runtime) -> None:
    admin, ann = sign_in(app, runtime, "admin"), sign_in(app, runtime, email=EMAIL)
    handed_over = link_by(admin, ann.id)
    assert Visitor.of(app).submit("/forgotten-password", email=EMAIL).status_code == 303
    app.extensions["forgotten"].submit(int).result()
    assert is_dead(app, handed_over)
    assert ann.client.get("/").status_code == 200, "anybody may ask for a mail"


def test_taking_access_away_ends_links_for_good(app: Flask, runtime: Runtime) -> None:
    admin, ann = sign_in(app, runtime, "admin"), add_coach(runtime, EMAIL)
    link, place = link_by(admin, ann), {"role": "coach", "clinic_id": "1"}
    admin.post(f"/admin/sign-ins/{ann}", place)
    assert is_dead(app, link)
    assert "has no access" in admin.post(f"/admin/sign-ins/{ann}/link", status=422)
    admin.post(f"/admin/sign-ins/{ann}", place | {"active": "1"})
    assert is_dead(app, link), "an old link does not come back with the access"
    assert not is_dead(app, link_by(admin, ann))

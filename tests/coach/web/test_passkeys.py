"""Passkeys in a real browser with a virtual device: added, used to sign in and to confirm, removed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page
from sqlalchemy import Update, update

from coach.database.sign_in_tables import Passkey
from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from tests.coach.web.coaches import sign_in
from tests.coach.web.story import complaints
from tests.served import served
from tests.support import rows, settings_for

EMAIL = "coach@example.org"


@dataclass
class Device:
    """A page of a browser that has a device of its own, which checks its owner."""

    page: Page
    cdp: CDPSession
    id: str
    url: str
    told: list[str]

    def add(self, name: str = "work phone") -> None:
        self.page.goto(self.url + "/account/passkeys")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_role("button", name="Add").click()
        self.page.get_by_text("The passkey was added.").wait_for()

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="Sign out").click()
        self.page.get_by_role("heading", name="Sign in").wait_for()

    def use(self) -> None:
        self.page.goto(self.url + "/sign-in")
        self.page.get_by_role("button", name="Use a passkey").click()

    def checks_owner(self, succeeds: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": succeeds})


@pytest.fixture
def device(browser: Browser, sqlite_runtime: Runtime) -> Iterator[Device]:
    settings = settings_for(sqlite_runtime.settings.database_url, public_url="http://localhost")
    runtime = replace(sqlite_runtime, settings=settings)  # over plain HTTP the cookie has no prefix
    app = create_app(runtime)
    coach = sign_in(app, runtime, "coach", email=EMAIL)
    coach.get("/account/")
    cookie = coach.client.get_cookie("coach")
    assert cookie
    with served(runtime, app) as address:
        url = address.replace("127.0.0.1", "localhost")
        context = browser.new_context()
        context.add_cookies([{"name": "coach", "value": cookie.value, "url": url}])
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        options: dict[str, Any] = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
        options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
        made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield Device(page, cdp, made["authenticatorId"], url, complaints(page))
        context.close()


def actions(runtime: Runtime) -> list[str]:
    return [row.action for row in rows(runtime.engine, AuditEvent, AuditEvent.actor == EMAIL)]


def test_a_passkey_is_added_signs_in_and_is_removed(device: Device, sqlite_runtime: Runtime) -> None:
    device.add()
    [stored] = rows(sqlite_runtime.engine, Passkey)
    assert (stored.label, stored.sign_count) == ("work phone", 1)
    device.sign_out()
    device.use()
    device.page.wait_for_url(device.url + "/")
    assert device.page.get_by_role("link", name=EMAIL).is_visible()
    assert rows(sqlite_runtime.engine, Passkey)[0].sign_count == 2
    device.page.goto(device.url + "/account/passkeys")
    device.page.get_by_role("button", name="Remove work phone").click()
    device.page.get_by_text("The passkey was removed.").wait_for()
    device.sign_out()
    device.use()
    device.page.get_by_text("That passkey is not known here.").wait_for()
    assert [one for one in actions(sqlite_runtime) if "passkey" in one] == ["added a passkey", "removed a passkey"]
    assert device.told == [], "nothing against the strict policy"


def test_a_device_that_does_not_check_its_owner_opens_nothing(device: Device) -> None:
    device.add()
    device.sign_out()
    device.checks_owner(False)
    device.use()
    device.page.get_by_text("The passkey was not used.").wait_for()
    device.page.goto(device.url + "/account/")
    assert "/sign-in" in device.page.url


def test_it_confirms_who_has_signed_in(device: Device) -> None:
    device.add()
    device.page.goto(device.url + "/sign-in/again?next=/account/")
    device.page.get_by_role("link", name="Use a passkey instead").click()
    device.page.get_by_role("button", name="Use a passkey").click()
    device.page.wait_for_url(device.url + "/account/")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (update(CoachAccount).values(active=False), "Account is disabled."),
        (update(Clinic).values(single_sign_on=True), "Your clinic requires single sign-on."),
    ],
    ids=["no access", "single sign-on"],
)
def test_an_account_that_may_not_sign_in_does_not_by_passkey(
    device: Device, sqlite_runtime: Runtime, change: Update, words: str
) -> None:
    device.add()
    device.sign_out()
    with write_transaction(sqlite_runtime.engine) as connection:
        connection.execute(change)
    device.use()
    device.page.get_by_text(words).wait_for()
    device.page.goto(device.url + "/account/")
    assert "/sign-in" in device.page.url
    assert actions(sqlite_runtime).count("signed in") == 0

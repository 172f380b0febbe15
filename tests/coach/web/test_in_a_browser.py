"""What a person does at the pages with their own hands: signing in with a phone, and going everywhere by keyboard."""

import re
import time

from passlib.totp import TOTP
from playwright.sync_api import Browser, Page, expect

from coach.runtime import Runtime
from coach.web.app import create_app
from tests.coach.web.signing_in import PASSWORD, add_coach
from tests.coach.web.story import STORY_PASSWORD, Story, complaints
from tests.served import served


def code_of(key: str, steps: int = 0) -> str:
    """What an authenticator app shows for a key, now or some half-minutes later; each works once."""
    return str(TOTP(key=key.replace("-", "")).generate(time.time() + 30 * steps).token)


def give(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_signing_in_the_first_time_and_again_with_a_phone(browser: Browser, sqlite_runtime: Runtime) -> None:
    add_coach(sqlite_runtime, "ann@clinic.example", "lead")
    app = create_app(sqlite_runtime)
    app.config |= {"SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_NAME": "coach"}  # served on loopback without TLS
    with served(sqlite_runtime, app) as url:
        page = browser.new_context(viewport={"width": 360, "height": 800}).new_page()
        told = complaints(page)
        page.goto(url)
        give(page, "ann@clinic.example")
        page.get_by_role("button", name="Show QR code").click()
        drawn = page.locator(".scan svg").bounding_box()
        assert drawn
        assert drawn["width"] > 150, "large enough for a phone's camera"
        key = page.locator("code").inner_text()
        page.get_by_label("Six-digit code").fill(code_of(key))
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("link", name="Create recovery codes").click()
        page.get_by_role("button", name="Create new codes").click()
        kept = page.locator(".codes code").first.inner_text()
        page.get_by_role("link", name="I have saved them. Go to the home page").click()
        expect(page.get_by_text("You have no recovery codes")).to_have_count(0)
        sign_out(page)
        give(page, "ann@clinic.example")
        page.get_by_label("Six-digit code").fill("000000")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("alert")).to_contain_text("wrong or has already been used")
        page.get_by_label("Six-digit code").fill(code_of(key, 1))
        page.get_by_role("button", name="Continue").click()
        sign_out(page)
        give(page, "ann@clinic.example")
        page.get_by_role("link", name="Use a recovery code").click()
        page.get_by_label("One of your recovery codes").fill(kept)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Menu").click()
        expect(page.get_by_role("link", name="ann@clinic.example")).to_be_visible()
        assert told == []
        page.context.close()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Sign out").click()


def test_everything_is_reached_by_keyboard_alone(browser: Browser, story: Story) -> None:
    page = browser.new_context().new_page()
    page.goto(story.url + "/sign-in")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    tab_to(page, "Email", role="textbox")
    page.keyboard.type("lead@demo.example")
    page.keyboard.press("Tab")
    page.keyboard.type(STORY_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(story.url + "/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    tab_to(page, "Participants", role="link", back=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/participants/")
    tab_to(page, "Name, ID, or full phone number", role="textbox")
    page.keyboard.type("Maria")
    page.keyboard.press("Enter")
    tab_to(page, "Maria", role="link")
    assert page.evaluate("getComputedStyle(document.activeElement).boxShadow") != "none", "the focus is seen"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/participants/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Maria")
    tab_to(page, "Sign out", role="button", back=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.context.close()


def tab_to(page: Page, name: str, *, role: str, back: bool = False) -> None:
    """Press Tab until this has the focus."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]  # one of its words
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab does not lead to {role} '{name}'")

"""A coach's hand in a browser: it counts its clicks. Typing, choosing in a list and ticking are free."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, expect

from coach.runtime import Runtime
from coach.web.app import create_app
from tests.coach.web.signing_in import PASSWORD
from tests.served import served

MOST_CLICKS = 4
WIDTHS = (1280, 360)


@dataclass
class Hand:
    """A page, and how often it was clicked."""

    page: Page
    clicks: int = 0

    def click(self, *names: str, role: str = "button|link|summary") -> None:
        """Click the first of what is visible by one of these words, in that order."""
        for name in names:
            for found in self._by(name, role):
                if found.count() and found.first.is_visible():
                    self.clicks += 1
                    found.first.click()
                    self.page.wait_for_load_state()
                    return
        raise AssertionError(f"nothing to click is named {' or '.join(names)} on {self.page.url}")

    def _by(self, name: str, role: str) -> Iterator[Locator]:
        for one in role.split("|"):
            if one == "summary":
                yield self.page.locator("summary:visible", has_text=name)
            else:
                yield self.page.get_by_role(one, name=name)  # type: ignore[arg-type]  # one of its words

    def menu(self, name: str) -> None:
        """Go to a page of the navigation, which a phone shows behind its menu."""
        if not self.page.get_by_role("link", name=name, exact=True).first.is_visible():
            self.click("Menu")
        self.click(name)

    def sees(self, words: str) -> None:
        """What the page says once it is done, within four clicks."""
        expect(self.page.get_by_text(words).first).to_be_visible()
        assert self.clicks <= MOST_CLICKS, f"{self.clicks} clicks"


@contextmanager
def hand_of(browser: Browser, runtime: Runtime, email: str, width: int) -> Iterator[Hand]:
    """A coach signed in without a second step, on Home."""
    app = create_app(runtime)
    app.config |= {"SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_NAME": "coach", "DEMO": True}
    app.config["SECURITY_TWO_FACTOR_REQUIRED"] = False
    with served(runtime, app) as url:
        page = browser.new_context(viewport={"width": width, "height": 800}, base_url=url).new_page()
        page.goto("/sign-in")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(url + "/")
        yield Hand(page)
        page.context.close()

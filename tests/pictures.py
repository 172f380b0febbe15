"""Make the pictures of README and docs from a running demonstration: `python -m tests.pictures URL PASSWORD`."""

import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.journeys.conftest import CHROMIUM, QUIET

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
EMAIL = "coach@demo.example"
TOP = {"x": 0, "y": 0, "width": 1280, "height": 2080}  # to the end of their nights


def main(url: str, password: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(url)
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Who needs you")).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / "home.png")
        page.get_by_role("link", name="Dolores").first.click()
        page.wait_for_url("**/participants/*")
        page.screenshot(path=FOLDER / "participant.png", full_page=True, clip=TOP)  # type: ignore[arg-type]  # four numbers
        page.get_by_role("link", name="Weekly summary").click()
        page.wait_for_url("**/summary/**")
        page.screenshot(path=FOLDER / "summary.png", full_page=True)
        page.get_by_role("link", name="Phones").click()
        page.get_by_role("link", name="Maria").click()
        page.get_by_role("button", name="Forward to the next evening text").click()
        page.get_by_label("Text as Maria").fill("about a 3, did em")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".texts li.sent").first).to_contain_text("about a 3, did em")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / "phone.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])

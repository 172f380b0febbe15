"""A clinic with eight days of made-up history, served on a real port, and a browser signed in to it by role."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from playwright.sync_api import BrowserContext, Page

from coach.accounts.sign_ins import find_account
from coach.database.schema import open_database, upgrade
from coach.demo.clock import MovableClock
from coach.demo.cohort import COACH_EMAIL
from coach.demo.engine import DemoEngine
from coach.demo.history import History
from coach.demo.phone import phone
from coach.participants.roster import Imported, ImportRequest
from coach.participants.roster_jobs import open_import
from coach.runtime import Runtime, open_runtime, utc_now
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from tests.support import settings_for

STORY_PASSWORD = "four quiet words here"
LASTS = timedelta(days=8)


def tell(folder: Path) -> tuple[Runtime, MovableClock]:
    """Migrate a database and play the demonstration's story, shorter."""
    now = utc_now()
    clock = MovableClock(now - LASTS)
    settings = settings_for(f"sqlite:///{folder}/story.sqlite3", public_url="", twilio_opt_out_mode="self")
    upgrade(open_database(settings), clock())
    runtime = open_runtime(settings, clock)
    History(runtime, clock, clock(), now).play(STORY_PASSWORD)
    with write_transaction(runtime.engine) as connection:
        coach = find_account(connection, COACH_EMAIL)
        importing = ImportRequest(coach.clinic_id, runtime.catalogue, runtime.keys, clock(), actor=coach.email)
        open_import(connection, importing, Imported(), coach_id=coach.id, state="done", ended_at=clock())
    return runtime, clock


def app_of(runtime: Runtime, clock: MovableClock, dispatcher: object) -> Flask:
    """As the demonstration serves it: its phones too, and no second step."""
    app = create_app(runtime)
    app.config.update(DEMO=True, SECURITY_TWO_FACTOR_REQUIRED=False)
    app.register_blueprint(phone)
    app.extensions["demo"] = DemoEngine(runtime, clock, dispatcher)  # type: ignore[arg-type]  # nothing ticks here
    return app


@dataclass(frozen=True)
class Story:
    """Where it is served, and what the browser may not complain about: nothing."""

    url: str
    app: Flask
    runtime: Runtime

    def sign_in(self, context: BrowserContext, role: str) -> Page:
        """A page of this context, signed in; complaints of the browser are collected in `context_problems`."""
        page = context.new_page()
        page.goto(self.url + "/sign-in")
        page.get_by_label("Email").fill(f"{role}@demo.example")
        page.get_by_label("Password").fill(STORY_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(self.url + "/")
        return page


def complaints(page: Page) -> list[str]:
    """What the browser says against the pages from here on: errors of script, of the policy, of missing files."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told

"""Make the pictures of the digest, as mail programs draw it: `python -m tests.pictures_mail`. Made-up people."""

from datetime import date
from pathlib import Path

from playwright.sync_api import sync_playwright

from coach.adherence.counts import Counts
from coach.adherence.triage import Judgement, Summary
from coach.mail.digest import DigestFacts, Due, compose_digest
from coach.mail.digest_jobs import as_html
from tests.journeys.conftest import CHROMIUM, QUIET

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
ON_TRACK = Counts(prompted=7, answered=6, steps_asked=7, done=5, not_done=1, no_reply=1, score_sum=24, score_n=6)
SILENT = Counts(prompted=5, answered=1, steps_asked=5, done=0, not_done=1, no_reply=4, undelivered=2)
BEFORE = [
    ("2026-W46", Counts(prompted=80, answered=66, steps_asked=76, done=49)),
    ("2026-W45", Counts(prompted=78, answered=67, steps_asked=70, done=47)),
]


def main() -> None:
    """One with people who need somebody, one without."""
    needed = {12: "no_replies", 7: "crisis", 31: "worse", 4: "medical", 19: "slipping"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        page = browser.new_page(viewport={"width": 680, "height": 400})
        for name, statuses in (("digest", needed), ("digest-all-good", dict[int, str]())):
            page.set_content(as_html(compose_digest(facts(statuses))))
            page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
        browser.close()


def facts(statuses: dict[int, str]) -> DigestFacts:
    """A week of twelve people."""
    ids = sorted({*range(1, 13), *statuses})[:12] if not statuses else sorted({*statuses, 1, 2, 3, 5, 6, 8, 9})
    summaries = [
        Summary(id, SILENT if id in statuses else ON_TRACK, Judgement(statuses.get(id, "on_track"), ())) for id in ids
    ]
    home = "https://coach.example.org/"
    monday, sunday = date(2026, 11, 16), date(2026, 11, 22)
    week = Due("weekly", "2026-W47")
    return DigestFacts(week, monday, sunday, summaries, BEFORE, date(2026, 11, 30), home, home + "mail/unsubscribe/1/…")


if __name__ == "__main__":
    main()

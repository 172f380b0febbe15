"""The Effects page and its export: stored figures, honest words, and a right apart from the role."""

import csv
import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, update

from coach.accounts.scope import clinics_of
from coach.accounts.sign_ins import set_export_right
from coach.audit import COMMAND_LINE
from coach.database.tables import AuditEvent, EffectsReport
from coach.effects.estimates.estimate import report
from coach.effects.figures import AskedNight, Tally
from coach.effects.read_file import read_nights
from coach.effects.report_jobs import find_figures, list_reports, store_due_reports
from coach.effects.results import Stratum
from coach.effects.wording import as_json, sets_as_json
from coach.export.write_export import export_clinic
from coach.runtime import Runtime
from coach.web.pages import effects as page
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.people import Enrolment
from schedules.worker.periodic import PeriodicRunner
from tests.coach.effects.effects_world import live as made_up
from tests.coach.living import live
from tests.coach.web.coaches import Browser, sign_in, words
from tests.support import TestClock, enrol, person, rows

START = date(2026, 3, 2)


def store(runtime: Runtime) -> int:
    return store_due_reports(PeriodicRunner(runtime.engine, "a worker", runtime.now), runtime.catalogue)


def next_week(runtime: Runtime, clock: TestClock) -> int:
    clock.forward(days=7)
    return store(runtime)


def give_right(runtime: Runtime, browser: Browser) -> None:
    with write_transaction(runtime.engine) as connection:
        set_export_right(connection, browser.email, True, COMMAND_LINE, runtime.now())


def asked(day: int, state: str = "done", score: int | None = 4) -> AskedNight:
    return AskedNight(START + timedelta(days=day), state, score is not None, score)


def test_weeks_retention_and_scores_are_counted_as_they_are_told() -> None:
    tally = Tally(as_of=START + timedelta(days=20))  # the Sunday on which the third week is over
    tally.add_person(START, [asked(0), asked(1, "not_done", 9), asked(8, "no_reply", None), asked(15, "asked", 4)])
    tally.add_person(START + timedelta(days=7), [asked(8, "undelivered", None), asked(20, "done", 0)])
    found = tally.figures()
    assert found["weeks"] == [
        {"week": "2026-W10", "prompted": 2, "answered": 2, "steps_asked": 2, "done": 1},
        {"week": "2026-W11", "prompted": 1, "answered": 0, "steps_asked": 1, "done": 0},
        {"week": "2026-W12", "prompted": 2, "answered": 2, "steps_asked": 1, "done": 1},
    ]
    assert found["retention"] == [
        {"week": 1, "people": 2, "answering": 1},
        {"week": 2, "people": 2, "answering": 1},
        {"week": 3, "people": 1, "answering": 1},
    ]
    assert found["scores"] == [1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0]


def test_a_report_is_stored_once_a_week_and_says_what_the_exported_file_says(
    runtime: Runtime, clock: TestClock, tmp_path: Path
) -> None:
    live(runtime, clock, "micro-randomised", 8)
    assert [one.week for one in rows(runtime.engine, EffectsReport)] == ["2026-W10"], "by the ticks"
    assert (store(runtime), next_week(runtime, clock), store(runtime), next_week(runtime, clock)) == (0, 1, 0, 1)
    with read_transaction(runtime.engine) as connection:
        [latest] = list_reports(connection, clinics_of("lead", 1))
        figures = find_figures(connection, latest)
    export_clinic(runtime, 1, tmp_path, COMMAND_LINE, deidentified=False)
    with (tmp_path / "decisions.csv").open(newline="") as lines:
        assert figures["effects"] == as_json(report(read_nights(lines)))
    assert (latest.week, sum(figures["scores"])) == ("2026-W12", 8 * 3)


def test_programmes_are_never_mixed(runtime: Runtime, clock: TestClock) -> None:
    live(runtime, clock, "rotation", 3)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).where(Enrolment.id == 2).values(programme="evening-and-morning"))
    assert next_week(runtime, clock) == 2
    latest = [one for one in rows(runtime.engine, EffectsReport) if one.week == "2026-W10"]
    assert [one.programme for one in latest] == ["evening", "evening-and-morning"]
    assert [sum(one.figures["scores"]) for one in latest] == [6, 3]


def test_the_first_report_is_of_the_first_week_in_which_somebody_took_part(runtime: Runtime, clock: TestClock) -> None:
    live(runtime, clock, "rotation", 1)
    assert rows(runtime.engine, EffectsReport) == [], "the week that is over was before"
    assert (store(runtime), next_week(runtime, clock)) == (0, 1)
    assert [one.week for one in rows(runtime.engine, EffectsReport)] == ["2026-W10"]


def test_before_the_first_week_it_says_when_there_will_be_figures(app: Flask, runtime: Runtime) -> None:
    assert "No figures yet. They are computed every Monday morning" in sign_in(app, runtime, "lead").get("/effects/")


def test_a_small_clinic_is_told_counts_and_that_there_are_too_few_nights(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    live(runtime, clock, "rotation", 8)
    next_week(runtime, clock)
    told = sign_in(app, runtime, "lead").get("/effects/")
    assert "Clinic, program Evening: " in told
    assert "too few nights to tell" in told
    assert "compared with the average of the other steps" in told
    assert "lower than with" not in told
    assert "one in twenty" not in told, "nothing was compared yet"
    assert re.search(r"Of \d+ nights that a step or its absence could have changed, \d+ have a score\.", told)
    assert re.search(r"Nobody has asked about [1-9]\d* of them\. They do not count: a pause, a stop or a hold", told)
    assert "Week Check-ins answered Steps done, of those asked about" in told
    assert "Week since start Answered 1 100% (3 of 3)" in told


def test_the_page_tells_what_the_present_programme_can_show_and_that_it_is_simulated(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    live(runtime, clock, "micro-randomised", 1)
    next_week(runtime, clock)
    told = sign_in(app, runtime, "lead").get("/effects/")
    assert "What this program can show A simulation, not a result: 200 made-up people" in told
    assert "with steps chosen at random (policy micro-randomised) and the exclusions, languages, and cadences" in told
    assert "and cadences of the 3 people taking part" in told
    assert re.search(r"weeks that (\d\d) people must take part .* Stretching \d\.\d \d+ \d+ ", told)
    assert re.search(r"are too few to compare this many steps\. The figures assume \d\d\.", told)
    assert re.search(r"On \d+\.\d evenings no step is offered, by design\.", told)


def test_a_large_one_sees_what_is_clear_first_with_its_chart(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = sign_in(app, runtime, "researcher")
    figures = Tally(START).figures() | {"effects": as_json(report(made_up(1, people=300).trial(0)))}
    key = {"clinic_id": 1, "programme": "evening", "week": "2026-W09", "computed_at": clock(), "figures": figures}
    with write_transaction(runtime.engine) as connection:
        connection.execute(insert(EffectsReport).values(**key))
    html, told = browser.html("/effects/"), browser.get("/effects/")
    assert re.search(r"Stretching \d+ \d+ Very probably helps about 0\.\d points lower than with no step, 95%", told)
    assert re.search(r"Stretching \d+ \d+ 0\.\d points lower than with no step, 95% interval 0", told), (
        "for researchers"
    )
    assert told.index("Stretching") < told.index("Massage")
    assert "Stretching would no longer seem to help if its unanswered nights were" in told
    assert "With 3 steps compared, about one in twenty would look different by chance alone." in told
    assert "No step clearly changes who answers." in told
    shown = words(re.sub(r"<details.*?</details>", " ", html, flags=re.S))
    assert "Very probably helps" in shown
    assert "Only evenings whose step was chosen at random" not in shown, "it is behind a line of its own"
    assert len(shown.split("Effect of offering a step")[1].split("RLS Coach is not")[0].split()) < 200
    assert "<title>Effect of offering a step on the night&#39;s score</title>" in html.replace("&#x27;", "&#39;")
    assert "style=" not in html


def test_each_policy_is_named_and_stands_alone(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = sign_in(app, runtime, "researcher")
    sets = [
        (Stratum("evening", policy), as_json(report(made_up(1, people=12, seed=seed).trial(0))))
        for seed, policy in enumerate(("micro-randomised", "adaptive"))
    ]
    figures = Tally(START).figures() | {"effects": sets_as_json(sets)}
    key = {"clinic_id": 1, "programme": "evening", "week": "2026-W09", "computed_at": clock(), "figures": figures}
    with write_transaction(runtime.engine) as connection:
        connection.execute(insert(EffectsReport).values(**key))
    html, told = browser.html("/effects/"), browser.get("/effects/")
    assert "Program evening, policy micro-randomised" in told
    assert told.index("policy adaptive") > told.index("For researchers: each step alone")
    ids = re.findall(r'id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_coaches_may_not_see_it_and_nobody_another_clinic(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    live(runtime, clock, "rotation", 1)
    enrol(runtime, person(9), clinic="Other")
    next_week(runtime, clock)
    sign_in(app, runtime, "coach").get("/effects/", status=403)
    lead = sign_in(app, runtime, "lead", clinic="Other")
    assert "Clinic," not in lead.get("/effects/")
    lead.get("/effects/?clinic=1", status=404)


def archive(browser: Browser, **form: str) -> dict[str, str]:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.html("/effects/"))
    assert token
    answer = browser.client.post("/effects/export", data={"csrf_token": token[1], "clinic": "1"} | form)
    assert answer.status_code == 200, answer.status_code
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist() if name.endswith(".csv")}


def test_only_who_has_the_right_can_export(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    live(runtime, clock, "rotation", 2)
    lead = sign_in(app, runtime, "lead")
    assert "Export" not in lead.get("/effects/")
    lead.post("/effects/export", {"clinic": 1, "what": "deidentified"}, status=403)
    give_right(runtime, lead)
    assert "Export Clinic, with message texts" in lead.get("/effects/")
    files = archive(lead, what="all")
    assert any(row["body"] == "1 yes" for row in csv.DictReader(io.StringIO(files["messages.csv"])))
    lead.post("/effects/export", {"clinic": 2, "what": "all"}, status=403)
    exported = [one for one in rows(runtime.engine, AuditEvent) if one.action == "exported"]
    assert [(one.actor, one.detail["deidentified"]) for one in exported] == [(lead.email, False)]


def test_a_researcher_gets_it_without_identity_whatever_they_ask_for(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    live(runtime, clock, "rotation", 2)
    researcher = sign_in(app, runtime, "researcher")
    give_right(runtime, researcher)
    assert "with message texts" not in researcher.get("/effects/")
    researcher.post("/effects/export", {"clinic": 1, "what": "all"}, status=403)
    files = archive(researcher, what="deidentified")
    assert "2026-03" not in "".join(files.values())
    assert files == archive(researcher, what="deidentified")


def test_what_is_too_large_for_the_page_is_left_to_the_command(
    app: Flask, runtime: Runtime, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(runtime, clock, "rotation", 1)
    monkeypatch.setattr(page, "MOST_CHECK_INS", 2)
    lead = sign_in(app, runtime, "lead")
    give_right(runtime, lead)
    told = lead.post("/effects/export", {"clinic": 1, "what": "all"})
    assert "3 check-ins are too many to export here. Ask the operator to run 'coach export'." in told

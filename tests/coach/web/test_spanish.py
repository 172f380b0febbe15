"""The care pages in Spanish: whose language it is, that nothing English is left, and that they read well."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select, update

from coach.database.tables import EffectsReport
from coach.effects.estimates.estimate import report
from coach.effects.figures import Tally
from coach.effects.wording import as_json
from coach.runtime import Runtime
from coach.web.language.dates import dated, local_moment
from coach.web.language.told import told
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Participant
from tests.coach.effects.effects_world import live as made_up
from tests.coach.living import live
from tests.coach.web.coaches import sign_in
from tests.coach.web.spoken import names_in, nodes_of
from tests.coach.web.story import Story
from tests.coach.web.test_walk import addresses, faults_of
from tests.support import TestClock, session_of

LEAD = "lead@demo.example"
SPANISH_BROWSER = {"Accept-Language": "es-US,es;q=0.9"}
# Pages of care, and of one's own account. The others are for those who run the installation, in English.
CARE = re.compile(r"^/(?:$|inbox|flags|participants|enrol|summary|library|effects|account|leave|kept|poster|sign-in)")
ENGLISH = re.compile(
    r"\b(?:the|their|they|was|were|from|this|that|has|have|with|your|you|and|not|is|are|for|until|of|than|to)\b"
)
QUOTED = re.compile("“[^”]*”|[a-z0-9]+(?:-[a-z0-9]+)+")  # and the ids of steps


def set_language(runtime: Runtime, language: str | None, email: str = LEAD) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(CoachAccount).where(CoachAccount.email == email).values(language=language))


def english_left(page: str, in_english: str, names: re.Pattern[str]) -> list[str]:
    """What a Spanish page says as the English one does, in more than a word, or in words that are English only."""
    english, left = set(nodes_of(in_english)), []
    for node in nodes_of(page):
        ours = "" if node.startswith("/join/") else names.sub("", QUOTED.sub("", node))
        same = node in english and len(re.findall(r"[^\W\d_]{2,}", ours)) > 1
        if same or ENGLISH.search(ours):
            left.append(node)
    return left


def named_in(runtime: Runtime) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(name) for name in names_in(runtime)))


@pytest.fixture
def spanish(story: Story) -> Iterator[Story]:
    set_language(story.runtime, "es")
    yield story
    set_language(story.runtime, None)


def people_of(story: Story) -> list[int]:
    with read_transaction(story.runtime.engine) as connection:
        return [*connection.execute(select(Participant.id).order_by(Participant.id)).scalars()]


def pages_of(story: Story) -> dict[str, str]:
    """Every page of care that a lead may open, in the language of their account."""
    client = story.app.test_client()
    with read_transaction(story.runtime.engine) as connection:
        lead = connection.execute(select(CoachAccount.id).where(CoachAccount.email == LEAD)).scalar_one()
    with client.session_transaction() as session:
        session.update(session_of(story.runtime, lead))
    paths = {path for path in addresses(story.app, story) if CARE.search(path)}
    paths |= {f"/participants/{id}{more}" for id in people_of(story) for more in ("", "/visit")}
    answers = {path: client.get(path) for path in sorted(paths)}
    return {path: answer.get_data(as_text=True) for path, answer in answers.items() if answer.status_code == 200}


def test_no_english_sentence_is_left_on_a_care_page(spanish: Story) -> None:
    names, in_spanish = named_in(spanish.runtime), pages_of(spanish)
    set_language(spanish.runtime, None)
    in_english = pages_of(spanish)
    assert in_english.keys() == in_spanish.keys()
    assert len(in_spanish) > 40
    left = {path: english_left(page, in_english[path], names) for path, page in in_spanish.items()}
    assert {path: nodes for path, nodes in left.items() if nodes} == {}


@pytest.mark.parametrize("large", [True, False])
def test_effects_are_told_in_spanish_whatever_they_are(
    app: Flask, runtime: Runtime, clock: TestClock, large: bool
) -> None:
    live(runtime, clock, "micro-randomised", 8)
    if large:
        figures = Tally(clock().date()).figures() | {"effects": as_json(report(made_up(1, people=300).trial(0)))}
        with write_transaction(runtime.engine) as connection:
            connection.execute(update(EffectsReport).values(figures=figures))
    lead = sign_in(app, runtime, "lead")
    in_english = lead.html("/effects/")
    set_language(runtime, "es", lead.email)
    in_spanish = lead.html("/effects/")
    assert ("Muy probablemente ayuda" if large else "Es una simulación, no un resultado") in in_spanish
    assert english_left(in_spanish, in_english, named_in(runtime)) == []


def test_the_page_names_its_language(spanish: Story) -> None:
    assert all('<html lang="es"' in page for page in pages_of(spanish).values())


def test_the_pages_of_a_day_read_well_on_a_phone(browser: Browser, spanish: Story) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = spanish.sign_in(context, "lead")
    faults, person = [], f"/participants/{people_of(spanish)[0]}"
    for path in ("/", person, f"{person}/visit", "/inbox/", "/enrol/", "/summary/"):
        page.goto(spanish.url + path)
        assert page.locator("html").get_attribute("lang") == "es"
        faults += faults_of(page, path)
    context.close()
    assert faults == []


def test_one_chooses_the_language_on_the_account_page(app: Flask, runtime: Runtime) -> None:
    coach = sign_in(app, runtime)
    assert '<html lang="en"' in coach.html("/account/")
    form = {"name": "", "time_zone": "", "phone": "", "digest": "weekly"}
    assert "Guardado." in coach.post("/account/", form | {"language": "es"})
    assert "Bandeja de entrada" in coach.get("/")
    assert "Elija un idioma de la lista." in coach.post("/account/", form | {"language": "fr"}, 422)
    assert "Bandeja de entrada" in coach.get("/"), "nothing was changed"
    coach.post("/account/", form)
    assert "Bandeja de entrada" in coach.get("/"), "a form without the field leaves it as it is"
    assert "Saved." in coach.post("/account/", form | {"language": "en"})


def test_before_signing_in_the_browser_says_which(app: Flask) -> None:
    client = app.test_client()
    for asked, title in (("es-MX,es;q=0.9,en;q=0.5", "Iniciar sesión"), ("en-US", "Sign in"), ("de", "Sign in")):
        page = client.get("/sign-in", headers={"Accept-Language": asked}).get_data(as_text=True)
        assert f"<title>{title} " in page


def test_a_wrong_password_is_told_in_the_language_of_the_browser(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/sign-in", headers=SPANISH_BROWSER).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "email": "nobody@example.org", "password": "not the right one"}
    answer = client.post("/sign-in", data=form, headers=SPANISH_BROWSER).get_data(as_text=True)
    assert "El correo electrónico o la contraseña no son correctos." in answer


@pytest.mark.parametrize(
    ("said", "spanish_words"),
    [
        ("step done", "paso hecho"),
        ("legs 7, step not done", "piernas 7, paso no hecho"),
        ("No answer recorded for the last 5 check-ins.", "Ninguna respuesta anotada a las últimas 5 preguntas."),
        ("0 of 5 steps done; paused", "0 de 5 pasos hechos; en pausa"),
        ("Ana's new number is +1 415-555-0001. If that is wrong, correct it now.", "El número nuevo de Ana es"),
        ("Home (on leave through Nov 16)", "Home (ausente hasta el 16 nov)"),
        ("I take it with milk", "I take it with milk"),
    ],
)
def test_what_python_says_is_found_in_the_catalog(app: Flask, said: str, spanish_words: str) -> None:
    with app.test_request_context(headers=SPANISH_BROWSER):
        assert told(said).startswith(spanish_words)
    with app.test_request_context():
        assert told(said) == said


def test_dates_follow_the_language(app: Flask) -> None:
    at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    with app.test_request_context(headers=SPANISH_BROWSER):
        assert local_moment(at, "America/New_York") == "dom, 22 nov, 8:00 p. m. (Nueva York)"
        assert dated(at.date(), "%A") == "lunes"
    with app.test_request_context():
        assert local_moment(at, "America/New_York") == "Sun, Nov 22, 8:00 pm (New York)"

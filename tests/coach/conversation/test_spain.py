"""Somebody written to in Spanish as in Spain, through the webhook."""

from flask.testing import FlaskClient
from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant
from tests.coach.conversation.test_conversations import evening, said
from tests.support import rows

__all__ = ["evening"]  # a fixture


def in_spanish_of_spain(runtime: Runtime) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).values(language="es-ES"))


def language(runtime: Runtime) -> str:
    [person] = rows(runtime.engine, Participant)
    return str(person.language)


def test_answers_are_in_their_spanish(client: FlaskClient, evening: Runtime) -> None:
    in_spanish_of_spain(evening)
    assert "piernas 8" in said(client, "8 no")
    assert "ordenador" in said(client, "¿Eres una persona o una máquina?")


def test_asking_for_spanish_changes_nothing_for_them(client: FlaskClient, evening: Runtime) -> None:
    in_spanish_of_spain(evening)
    assert "en español" in said(client, "español")
    assert language(evening) == "es-ES"
    assert "in English" in said(client, "English")
    assert language(evening) == "en"


def test_help_lines_are_those_of_the_clinic_s_country(client: FlaskClient, evening: Runtime) -> None:
    in_spanish_of_spain(evening)
    abroad = said(client, "me quiero morir")
    assert "pulsa 2" in abroad
    assert "988" in abroad


def test_in_a_clinic_of_spain_they_are_spain_s(client: FlaskClient, evening: Runtime) -> None:
    in_spanish_of_spain(evening)
    with write_transaction(evening.engine) as connection:
        connection.execute(update(Clinic).values(country="es"))
    at_home = said(client, "me quiero morir")
    assert "024" in at_home
    assert "Hemos avisado a tu coach" in at_home

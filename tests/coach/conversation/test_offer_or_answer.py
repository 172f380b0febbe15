"""Through the signed webhook: only an answer changes whether the last step was done."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from tests.coach.conversation.posting import post, text
from tests.coach.conversation.test_conversations import evening
from tests.support import rows

__all__ = ["evening"]  # a fixture


def told(client: FlaskClient, runtime: Runtime, *bodies: str) -> tuple[int | None, bool | None, str]:
    """Text these; return the score and the yes/no of the open check-in, and the last reply."""
    answer = ""
    for number, body in enumerate(bodies):
        status, answer = post(client, "/sms/inbound", text(body, f"SM{number}"))
        assert status == 200
    check_in: CheckIn = rows(runtime.engine, CheckIn)[-1]
    return check_in.score, check_in.habit, answer.partition("<Message>")[2].partition("</Message>")[0]


def about(runtime: Runtime, strategy: str) -> None:
    """Make the step asked about one of this strategy."""
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Decision).values(action=strategy))


@pytest.mark.parametrize(
    "body",
    [
        *("yes please, I will try that", "sure", "not tonight", "maybe later", "ok will do", "I'll skip tonight"),
        *("sí, me animo", "hoy no", "esta noche no puedo", "claro, lo voy a probar", "no gracias", "dale"),
    ],
)
def test_a_word_about_the_new_step_records_nothing(client: FlaskClient, evening: Runtime, body: str) -> None:
    assert told(client, evening, body)[:2] == (None, None)


@pytest.mark.parametrize(
    ("body", "done"),
    [
        *(("did", True), ("did it", True), ("tried", True), ("yes I walked", True), ("hice", True), ("hecho", True)),
        *(("skipped", False), ("no, skipped it", False), ("no lo hice", False), ("me la salté", False), ("no", False)),
    ],
)
def test_an_answer_records_the_step(client: FlaskClient, evening: Runtime, body: str, done: bool) -> None:
    about(evening, "stretching")
    assert told(client, evening, body)[:2] == (None, done)


@pytest.mark.parametrize(
    ("body", "done"), [("4 skipped", True), ("4, me lo salté", True), ("4 did", True), ("4 no", False)]
)
def test_going_without_is_done_when_it_was_skipped(
    client: FlaskClient, evening: Runtime, body: str, done: bool
) -> None:
    about(evening, "caffeine")
    assert told(client, evening, body)[:2] == (4, done)


def test_the_missing_yes_or_no_is_asked_for_by_the_steps_name(client: FlaskClient, evening: Runtime) -> None:
    about(evening, "alcohol")
    assert "Did you skip a nightcap?" in told(client, evening, "4")[2]


def test_a_word_about_the_offer_is_met_with_both_questions(client: FlaskClient, evening: Runtime) -> None:
    about(evening, "stretching")
    score, habit, answer = told(client, evening, "sure")
    assert (score, habit) == (None, None)
    assert "Did you stretch?" in answer
    assert "0 none to 10 worst" in answer

"""A yes after the offer of a time sets the time, and is no answer about a step."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture


@pytest.mark.parametrize("words", ["yes", "yes that's fine", "sí, está bien"])
def test_agreeing_to_an_offered_time_sets_it_and_records_no_step(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    before = rows(evening.engine, Enrolment)[0].evening_at
    offered = said(client, "can you text me at 11pm instead?")
    assert "Reply YES" in offered
    said(client, words)
    assert last_check_in(evening).habit is None
    assert rows(evening.engine, Enrolment)[0].evening_at != before


def test_a_deed_is_an_answer_whatever_was_offered(client: FlaskClient, evening: Runtime) -> None:
    said(client, "can you text me at 11pm instead?")
    said(client, "yes did it")
    assert last_check_in(evening).habit is True


def close_at_eight(runtime: Runtime) -> None:
    hours = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "08:00", "end": "20:00"}]
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).values(quiet_hours=hours))


@pytest.mark.parametrize(
    "words", ["text me at 11pm", "text me at 3am", "can you text me earlier", "HELP", "bedtime at 7pm"]
)
def test_the_example_of_a_time_is_one_that_the_clinic_allows(client: FlaskClient, evening: Runtime, words: str) -> None:
    close_at_eight(evening)
    [example] = re.findall(r"time (\d+:\d\dpm)", said(client, words))
    assert example in said(client, f"time {example}")


def test_the_example_beside_a_bedtime_is_before_it(client: FlaskClient, evening: Runtime) -> None:
    assert "like: time 6:45pm" in said(client, "change my bedtime to 7pm")

"""Texts set aside are visible to operator and coach, and count as possibly sent."""

import json
from typing import Any

import pytest
from sqlalchemy import update

from coach.adherence.reasons import words_for_text
from coach.database.tables import WeeklySummary
from coach.operations.diagnosis.diagnose import diagnose
from coach.operations.facts import DatabaseFacts, Facts, Given
from coach.runtime import Runtime
from coach.summaries.jobs import store_summaries
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.gateway.protocol import Accepted, MemoryGateway
from tests.coach.operations.test_one_row_in_jobs import ATLANTIS, MONDAY, periods, spoil
from tests.coach.web.coaches import sign_in
from tests.commands import environment, run
from tests.support import BEARER, TestClock, enrol, person, rows, say, tick


class OneId(MemoryGateway):
    """A gateway that gives every text the same id."""

    def send(self, text: Any) -> Any:
        super().send(text)
        return Accepted("SM" + "0" * 32, "queued")


def stuck_evening(runtime: Runtime, clock: TestClock) -> Runtime:
    """The texts of two of three people are stuck, and one person cannot be planned."""
    doubled = Runtime(runtime.settings, runtime.engine, runtime.catalogue, runtime.keys, OneId(clock), clock)
    enrol(runtime, *(person(number) for number in (1, 2, 3, 4)))
    spoil(runtime.engine, f"UPDATE participant SET time_zone = '{ATLANTIS}' WHERE id = 4")
    clock.forward(hours=10)
    totals = tick(doubled)
    assert (totals["sent"], totals["stuck"]) == (1, 3)
    return doubled


def test_what_is_stuck_is_on_the_operators_page_in_the_metrics_and_in_the_conversation(
    runtime: Runtime, clock: TestClock
) -> None:
    stuck_evening(runtime, clock)
    app = create_app(runtime)
    page = sign_in(app, runtime, "admin").get("/operator/")
    assert "2 texts set aside in the last 24 hours" in page
    assert "Participants whose evening could not be planned 1" in page
    assert "Not certain that it left: what became of it could not be recorded." in page
    metrics = app.test_client().get("/metrics", headers=BEARER).get_data(as_text=True)
    assert "coach_texts_stuck 2.0" in metrics
    assert 'coach_rows_set_aside{kind="planning"} 1.0' in metrics
    [first, *_] = [one for one in rows(runtime.engine, OutboxMessage) if one.state == "stuck"]
    lead = sign_in(app, runtime, "lead")
    assert "Not certain that it left" in lead.get(f"/participants/{first.enrolment_id}")
    assert "Not certain that it left" in lead.get("/inbox/?folder=failed")


def test_the_doctor_names_what_was_set_aside_and_what_to_do(runtime: Runtime) -> None:
    well = DatabaseFacts(revision="1", head="1")
    for facts, names in (
        (DatabaseFacts(revision="1", head="1", stuck=2), ("texts set aside", "text_set_aside")),
        (DatabaseFacts(revision="1", head="1", set_aside=(("planning", 1),)), ("rows set aside", "planning 1")),
    ):
        found = {one.check: one for one in diagnose(Facts(runtime.now(), given=Given(), database=facts))}
        assert found[names[0]].level == "failed"
        assert names[1] in found[names[0]].says
    found = {one.check: one for one in diagnose(Facts(runtime.now(), given=Given(), database=well))}
    assert (found["texts set aside"].level, found["rows set aside"].level) == ("ok", "ok")


def test_a_tick_tells_what_it_set_aside(runtime: Runtime, database_url: str) -> None:
    told = json.loads(run(["tick", "--json"], environment(database_url)).stdout)
    assert told["stuck"] == 0


def test_a_stuck_text_counts_as_taken_only_if_it_was(runtime: Runtime, clock: TestClock) -> None:
    stuck_evening(runtime, clock)
    with write_transaction(runtime.engine) as connection:  # nothing is known about one of them
        [_, taken, unheard] = [one.id for one in rows(runtime.engine, OutboxMessage)]
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == unheard).values(accepted_at=None))
        connection.execute(update(Enrolment).where(Enrolment.id == 4).values(status="stopped", next_due_at=None))
    clock.shows = MONDAY
    store_summaries(periods(runtime))
    counted = {one.participant_id: one for one in rows(runtime.engine, WeeklySummary)}
    people = {one.id: one.enrolment_id for one in rows(runtime.engine, OutboxMessage)}
    assert counted[people[taken]].prompted >= 1
    assert counted[people[unheard]].not_prompted_for["not_recorded"] == 1


def test_an_answer_to_a_stuck_text_counts(runtime: Runtime, clock: TestClock) -> None:
    stuck_evening(runtime, clock)
    [stuck, _] = [one for one in rows(runtime.engine, OutboxMessage) if one.state == "stuck"]
    clock.forward(minutes=10)
    assert say(runtime, f"+1415555{stuck.enrolment_id:04d}", "6")
    clock.shows = MONDAY
    store_summaries(periods(runtime))
    [week] = [one for one in rows(runtime.engine, WeeklySummary) if one.participant_id == stuck.enrolment_id]
    assert (week.prompted, week.answered, week.score_sum) == (1, 1, 6)


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("expired", "window_closed", "Not sent: its time had passed"),
        ("stuck", "not_checked", "Not sent: their times or their clinic's could not be read"),
        ("stuck", "not_recorded", "Not certain that it left: what became of it could not be recorded"),
        ("stuck", None, "Not sent: its time had passed"),
    ],
)
def test_what_became_of_a_text_is_said_in_plain_words(state: str, reason: str | None, words: str) -> None:
    assert words_for_text(state, reason) == words

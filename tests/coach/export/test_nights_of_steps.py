"""Six weeks through the signed webhook, across a clock change: every step's night is asked about, at every cadence, and
every score in the decisions file is that of its night.

What a night scored is this file's own table; which strategies are for tomorrow is read from the library's text.
"""

import csv
import tomllib
from datetime import date, timedelta
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import update

from coach.export.write_export import export_clinic
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.posting import post, text
from tests.support import TestClock, enrol, person, rows, tick

DAYS = 42
DAY = timedelta(days=1)
PROGRAMMES = ("evening", "evening-and-morning")
CADENCE_DAYS = {"daily": range(7), "four-a-week": range(4), "weekends": range(2)}
CADENCES = tuple(CADENCE_DAYS)
LIBRARY = tomllib.loads((Path(__file__).parents[3] / "content" / "strategies.toml").read_text())
TOMORROW = {id for id, one in LIBRARY.items() if one.get("acts_on") == "tomorrow"}


def score_of(number: int, night: date) -> int:
    """What a person's night scores, in this world."""
    return (number * 7 + night.toordinal() * 5) % 11


def six_weeks(signed: Runtime, client: FlaskClient, clock: TestClock) -> None:
    """Six people, one of each programme and cadence, who answer every question at once."""
    kinds = [(programme, cadence) for programme in PROGRAMMES for cadence in CADENCES]
    people = [person(n, programme=programme) for n, (programme, _) in enumerate(kinds)]
    ids = enrol(signed, *people)
    with write_transaction(signed.engine) as connection:
        for id, (_, cadence) in zip(ids, kinds, strict=True):
            mine = update(Enrolment).where(Enrolment.participant_id == id)
            connection.execute(mine.values(cadence=cadence, policy="micro-randomised"))
    numbers = {row.id: row.participant_id - 1 for row in rows(signed.engine, Enrolment)}
    until, heard = clock() + DAY * DAYS, set[int]()
    while (due := min(row.next_due_at for row in rows(signed.engine, Enrolment))) < until:
        clock.shows = due
        tick(signed)
        clock.forward(minutes=2)
        for asked in rows(signed.engine, CheckIn, CheckIn.id > max(heard, default=0)):
            heard.add(asked.id)
            number = numbers[asked.enrolment_id]
            words = f"{score_of(number, asked.asked_on - DAY)}{' yes' if asked.step_decision_id else ''}"
            post(client, "/sms/inbound", text(words, f"SM{asked.id}", From=people[number]["phone"]))


def test_every_score_is_that_of_the_night_its_step_can_change_and_no_step_is_asked_about_too_early(
    signed: Runtime, client: FlaskClient, clock: TestClock, tmp_path: Path
) -> None:
    six_weeks(signed, client, clock)
    export_clinic(signed, 1, tmp_path, "command line", deidentified=False)
    with (tmp_path / "decisions.csv").open() as file:
        lived = list(csv.DictReader(file))
    measured = measured_on(lived)
    assert measured == {(person, on) for person in range(1, 7) for on in ("", "tonight", "tomorrow")}
    assert_every_drawn_night_has_a_score(lived, until=clock().date() - 3 * DAY)
    assert_no_more_texts_than_wanted(signed)
    decided = {row.id: row for row in rows(signed.engine, Decision)}
    asked = rows(signed.engine, CheckIn, CheckIn.step_decision_id.is_not(None))
    for one in asked:
        step, in_the_morning = decided[one.step_decision_id], one.programme == "evening-and-morning"
        assert one.asked_on >= step.local_on + DAY * (2 if in_the_morning and step.action in TOMORROW else 1)
    about = [one.step_decision_id for one in asked]
    assert len(about) == len({*about}), "twice"
    in_mornings = {row["decision_id"] for row in lived if row["programme"] != "evening" and row["action"] in TOMORROW}
    assert len(in_mornings & {*map(str, about)}) > len(in_mornings) / 2


def measured_on(lived: list[dict[str, str]]) -> set[tuple[int, str]]:
    """Whose rows of which kind have a score; each must be the score of its night."""
    kinds = set()
    for row in lived:
        on, later = date.fromisoformat(row["local_date"]), row["action"] in TOMORROW
        assert row["acts_on"] == ("" if row["action"] in ("", "none") else "tomorrow" if later else "tonight")
        assert row["outcome_on"] == (on + DAY * later).isoformat()
        if row["outcome_score"]:
            night = date.fromisoformat(row["outcome_on"])
            assert int(row["outcome_score"]) == score_of(int(row["participant_id"]) - 1, night)
            kinds.add((int(row["participant_id"]), row["acts_on"]))
    return kinds


def assert_every_drawn_night_has_a_score(lived: list[dict[str, str]], until: date) -> None:
    drawn = [row for row in lived if row["action"] and date.fromisoformat(row["local_date"]) < until]
    assert len(drawn) > 100
    assert [(row["participant_id"], row["local_date"]) for row in drawn if not row["outcome_score"]] == []


def assert_no_more_texts_than_wanted(signed: Runtime) -> None:
    """One text a slot at most, and hardly more in six weeks than the cadence has evenings.

    A text about care shifts the turns of steps and questions, and may so add a text: there are two in six weeks. In the
    morning program an evening without a step has no text.
    """
    texts: dict[int, list[tuple[date, str]]] = {}
    for one in rows(signed.engine, OutboxMessage, OutboxMessage.kind == "nudge"):
        texts.setdefault(one.enrolment_id, []).append((one.local_on, one.slot))
    for enrolment in rows(signed.engine, Enrolment):
        evenings = len(CADENCE_DAYS[enrolment.cadence]) * DAYS // 7
        slots = 1 if enrolment.programme == "evening" else 2
        assert evenings - slots <= len(texts[enrolment.id]) <= (evenings + 2) * slots
        assert len(texts[enrolment.id]) == len(set(texts[enrolment.id]))

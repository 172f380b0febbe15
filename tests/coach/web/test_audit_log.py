"""The audit log's filter."""

import re

from flask import Flask

from coach.audit import record
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from tests.coach.web.coaches import sign_in
from tests.coach.web.signing_in import add_coach


def test_the_log_finds_by_parts_of_words_and_by_person(app: Flask, runtime: Runtime) -> None:
    lead = sign_in(app, runtime, "lead")
    other = add_coach(runtime, "nora@south.example", "coach")
    about = ("participant 1", "participant 12", f"account {other}", "100%_sure", "participants")
    with write_transaction(runtime.engine) as connection:
        for subject in about:
            record(connection, "mia@north.example", "looked at", subject, runtime.now(), 1)

    def found(**asked: str) -> set[str]:
        page = lead.client.get("/log/", query_string=asked).get_data(as_text=True)
        cells = re.findall(r'<td class="govuk-table__cell">\s*([^<]*?)\s*</td>', page)
        return set(cells) & set(about)

    assert found(who="NORTH.exam", what="look") == set(about)
    assert found(who="south") == found(what="exported") == set()
    assert found(about="1") == found(about="Participant 1") == {"participant 1"}
    assert found(about="12") == {"participant 12"}
    assert found(about="partic") == {"participant 1", "participant 12", "participants"}
    assert found(about="nora@south.example") == found(about="Nora@") == {f"account {other}"}
    assert found(about="nobody@south.example") == set()
    assert found(about="0%_") == {"100%_sure"}
    assert found(about="0__") == set()

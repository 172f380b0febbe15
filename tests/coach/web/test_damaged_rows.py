"""A value that cannot be decrypted is told where it stands; every page that lists it shows all others."""

import pytest
from flask import Flask
from sqlalchemy import text

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from tests.coach.web.coaches import sign_in
from tests.support import TestClock, enrol, person, say, tick

SPOILT = (
    *("participant SET first_name", "participant SET phone", "outbox_message SET body"),
    *("inbound_reply SET body", "inbound_reply SET reading", "inbound_reply SET answer"),
)


@pytest.mark.parametrize("spoilt", SPOILT)
def test_every_page_of_people_opens(app: Flask, runtime: Runtime, clock: TestClock, spoilt: str) -> None:
    browser = sign_in(app, runtime, "lead")
    enrol(runtime, person(1, first_name="Ann"), person(2, first_name="Bea"))
    clock.forward(hours=10)
    tick(runtime)
    for number in (1, 2):
        say(runtime, person(number)["phone"], "what about my cat?")
    with write_transaction(runtime.engine) as connection:
        connection.execute(text(f"UPDATE {spoilt} = 'spoilt' WHERE id = 1"))
    assert "Bea" in browser.get("/participants/")
    assert "Bea" in browser.get("/participants/?q=bea")
    assert "what about my cat?" in browser.get("/inbox/")
    for path in ("/", "/summary/", "/inbox/?folder=sent", "/inbox/?folder=failed"):
        browser.get(path)
    told = "cannot be decrypted" in browser.get("/participants/1")
    assert told is ("first_name" not in spoilt and "reading" not in spoilt)

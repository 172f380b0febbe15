"""A medical emergency after a wish not to be called: coaches see a number to call, whoever may answer it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.alerts.calls import BODY_ALL_THE_SAME, DO_NOT_CALL
from coach.database.tables import InboundReply
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.conversation.test_safe_to_call import mark
from tests.coach.web.coaches import sign_in
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

UNSAFE = [
    "my daughter takes my social security check and locks me in my room",
    "my husband hits me, dont call",
    "mi esposo me pega, no me llamen",
]
EMERGENCIES = [
    "my sugar is 38 and im shaky",
    "my throat is closing after the shrimp",
    "cant wake up grandpa hes snoring weird and his lips are gray",
    "passed out at church and my heart stops and starts they say",
    "me caí en la regadera y no me puedo mover, creo que me rompí la cadera",
]


def handled(runtime: Runtime, clock: TestClock) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Flag).values(acknowledged_at=clock()))
        connection.execute(update(InboundReply).values(closed_at=clock()))


@pytest.mark.parametrize("unsafe", UNSAFE)
@pytest.mark.parametrize("words", EMERGENCIES)
def test_a_later_emergency_is_to_be_called_however_the_phone_was_told_of(
    client: FlaskClient, evening: Runtime, clock: TestClock, unsafe: str, words: str
) -> None:
    said(client, unsafe)
    assert mark(evening, clock).words == DO_NOT_CALL
    handled(evening, clock)
    clock.forward(days=8)
    said(client, words)
    assert mark(evening, clock).may_call
    assert mark(evening, clock).words == BODY_ALL_THE_SAME
    assert BODY_ALL_THE_SAME in rows(evening.engine, InboundReply)[-1].reading["why"]


def test_every_page_with_the_emergency_has_the_number_to_call(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, UNSAFE[0])
    handled(evening, clock)
    clock.forward(days=8)
    said(client, EMERGENCIES[0])
    browser = sign_in(create_app(evening), evening)
    flag = rows(evening.engine, Flag)[-1].id
    for path in ("/", "/flags/", f"/flags/{flag}", "/participants/1"):
        page = browser.html(path)
        assert "tel:" in page, path
        assert BODY_ALL_THE_SAME in page, path
        assert DO_NOT_CALL.lower() not in page.lower(), path

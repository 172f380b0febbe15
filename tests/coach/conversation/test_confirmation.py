"""The confirmation of the welcome says what applies: that chance picks the steps, where it does."""

import pytest
from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Enrolment
from tests.support import TestClock, enrol, person, say, tick

BY_CHANCE = {"en": "picked by chance", "es": "al azar"}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("policy", ["micro-randomised", "adaptive", "rotation"])
def test_who_is_randomised_is_told_so_in_one_sentence(
    runtime: Runtime, clock: TestClock, policy: str, language: str
) -> None:
    enrol(runtime, person(1, language=language), confirmed=False)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(policy=policy))
    clock.forward(hours=6)
    tick(runtime)
    answer = say(runtime, "+14155550001", "YES") or ""
    assert "STOP" in answer
    assert (BY_CHANCE[language] in answer) is (policy != "rotation")

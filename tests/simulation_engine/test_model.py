"""What the model expects, where that has been mistaken before."""

from datetime import date, time

import pytest

from tests.simulation_engine.model import Model
from tests.simulation_engine.people import Night, Person

ASKED_AT = 6 * 3600.0  # 19:00 in New York on the first day
TONIGHT = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("receipt", "until"),
    [("delivered", date(2026, 3, 5)), ("undelivered", date(2026, 3, 4)), ("failed", date(2026, 3, 4))],
)
def test_a_pause_begins_tonight_if_tonights_text_is_said_not_to_have_arrived(receipt: str, until: date) -> None:
    """Seed 1002 of two weeks: the receipt said so of a text that was on the phone."""
    someone = Person("+14155550001", "North", "America/New_York", time(19), None, True, 0.0, status="active")
    someone.nights[TONIGHT] = Night(TONIGHT, True, ASKED_AT, ["SM1"])
    model = Model([someone])
    model.heard(someone, "SM1", receipt, ASKED_AT + 30)
    model.heard_from(someone.phone, "pause 2 days", ASKED_AT + 3600, ASKED_AT + 3601, clean=True)
    assert (someone.paused_until, someone.pause_known) == (until, True)

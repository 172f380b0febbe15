"""Texts about somebody else, or told for somebody, in words that also mean a stop, a death or a wrong number."""

import pytest

from coach.understanding import Intent, understand

CONTACTS = [
    *("Please remove my ex wife as the emergency contact", "quiten a mi ex de mi contacto de emergencia"),
    "Already told u she's not my contact, her number is bad, my new girlfriend is Tina 555-0188",
    *("take my brother off my emergency contacts, we don't speak", "change my emergency contact to my son please"),
]
STILL_STOPS = [
    *("remove me from your contact list", "told you not to contact me", "Do not contact me again"),
    *("take my number off", "please remove me, emergency contact or not, stop texting"),
]


@pytest.mark.parametrize("text", CONTACTS)
def test_whom_to_call_for_them_is_for_a_coach_and_no_stop(text: str) -> None:
    reading = understand(text)
    assert (reading.stop, reading.score, reading.for_coach) == ("no", None, "read")
    assert "wish" in {span.kind for span in reading.recognised}


@pytest.mark.parametrize("text", STILL_STOPS)
def test_a_stop_in_such_words_is_still_one(text: str) -> None:
    assert understand(text).intent is Intent.OPT_OUT

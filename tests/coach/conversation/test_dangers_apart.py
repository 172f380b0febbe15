"""Each danger gets its own answer, whatever was told before; a death told with a stop is met with condolence."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import rows

__all__ = ["evening"]  # a fixture

GLAD = ("I'm glad you said this", "Gracias por decirlo")


@pytest.mark.parametrize("words", ["esta noche me cuelgo de la viga", "esta noche me mato", "I want to kill myself"])
@pytest.mark.parametrize("before", ["i swallowed drain cleaner", "my son took a whole bottle of tylenol"])
def test_a_crisis_after_a_poison_gets_the_crisis_lines(
    client: FlaskClient, evening: Runtime, before: str, words: str
) -> None:
    said(client, before)
    answer = said(client, words)
    assert answer.startswith(tuple(one.replace("'", "&#39;") for one in GLAD) + GLAD)
    assert "988" in answer


def test_an_attack_at_work_does_not_forbid_the_call(client: FlaskClient, evening: Runtime) -> None:
    assert "911" in said(client, "el patron me pego con el machete y no para la sangre")
    assert "somebody else may" not in rows(evening.engine, InboundReply)[-1].reading["why"]


def test_an_attack_at_home_still_does(client: FlaskClient, evening: Runtime) -> None:
    assert "911" in said(client, "mi esposo me pego con el machete y no para la sangre, mi patron lo vio")
    assert "somebody else may" in rows(evening.engine, InboundReply)[-1].reading["why"]


def test_a_death_told_with_a_stop_for_them_is_condoled_and_held(client: FlaskClient, evening: Runtime) -> None:
    answer = said(client, "papa murio ayer ya no le escriban")
    assert "Sentimos" in answer or "pésame" in answer or "sorry" in answer
    assert "START" not in answer
    assert rows(evening.engine, Enrolment)[-1].held_for == "someone_else"


@pytest.mark.parametrize(
    "words",
    [
        "I changed my mind about stopping, I think I did something stupid with my pills",
        "hice una tonteria con mis pastillas",
    ],
)
def test_a_hint_at_pills_after_a_stop_is_answered_and_flagged(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "STOP")
    assert "911" in said(client, words)
    assert "crisis" in [flag.kind for flag in rows(evening.engine, Flag)]


def test_something_stupid_without_pills_is_none(client: FlaskClient, evening: Runtime) -> None:
    said(client, "I did something stupid with my phone. 4 yes")
    assert not rows(evening.engine, Flag)

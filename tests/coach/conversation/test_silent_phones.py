"""A phone that asked us not to write back: what breaks the silence, and who is told, in one table."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

WATCHED = ["my husband reads these. please dont reply", "mi esposo lee estos mensajes, por favor no contesten"]
# What is told, whether it is answered, and the flag: silence holds only where whoever is violent may have the phone.
TABLE = [
    ("he wants to kill me", False, "crisis"),
    ("me quiere matar", False, "crisis"),
    ("he has a gun", True, "crisis"),
    ("tiene una pistola y me quiere matar", True, "crisis"),
    ("they robbed him and stabbed him", True, "urgent"),
    ("le robaron y lo apuñalaron", True, "urgent"),
    ("her oxygen came off and shes blue", True, "urgent"),
    ("se le salió el tubo y está morado", True, "urgent"),
    ("I want to kill myself", True, "crisis"),
    ("ya no quiero vivir", True, "crisis"),
    ("goodbye, thanks for everything", True, "crisis"),
    ("adiós, gracias por todo", True, "crisis"),
    ("what now", False, "read"),
    ("y ahora qué hago", False, "read"),
]


@pytest.mark.parametrize(("words", "answered", "kind"), TABLE)
@pytest.mark.parametrize("first", WATCHED)
def test_a_silent_phone(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str, words: str, answered: bool, kind: str
) -> None:
    assert said(client, first) == ""

    clock.forward(hours=3)
    answer = said(client, words)
    assert bool(answer) is answered
    assert not [word for word in ("leg", "suicid", "piernas", "violen") if word in answer.lower()]
    assert rows(evening.engine, Flag)[-1].kind == kind
    assert rows(evening.engine, InboundReply)[-1].for_coach

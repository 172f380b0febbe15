"""A weapon or pills at hand beside suicide are to be answered whoever listens; pills only planned are no overdose."""

import pytest
from flask.testing import FlaskClient

from coach.alerts.calls import AT_HAND_ALL_THE_SAME, CALL_ALL_THE_SAME, DO_NOT_CALL
from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.conversation.test_safe_to_call import mark
from tests.coach.conversation.test_shared_phone import TELLING
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

POISON_LINE = "1-800-222-1222"
AT_HAND = [
    "I have my dad's shotgun and I'm going to use it on myself. dont reply, she's here",
    "i want to die, i've got the 38 in my lap. don't call, my wife is home",
    "I'm on the bridge and I want to end it. my husband reads my texts",
    "quiero matarme, tengo la pistola en la mano. no contesten, mi esposa está aquí",
    "ya tengo la soga lista, me quiero morir. mi marido lee mis mensajes",
]


@pytest.mark.parametrize("words", AT_HAND)
def test_means_at_hand_are_answered_and_call_for_help_though_others_listen(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    answer = said(client, words)
    assert "911" in answer
    assert not [word for word in TELLING if word in answer.lower()]
    assert AT_HAND_ALL_THE_SAME in rows(evening.engine, InboundReply)[-1].reading["why"]
    clock.forward(days=1)
    said(client, "please dont call, she will hear")
    assert mark(evening, clock).words == AT_HAND_ALL_THE_SAME, "until its flag is handled"


@pytest.mark.parametrize("words", ["i have the gun here now", "got the rope tied up", "tengo el cuchillo en la mano"])
def test_means_named_later_in_an_open_crisis_page_again(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to die")
    clock.forward(minutes=20)
    said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "crisis"]


@pytest.mark.parametrize(
    "words",
    [
        "my husband has a gun and says he will kill me. dont call",
        "I want to die. my wife reads my texts. we don't have any guns",
        "I want to die. my wife reads my texts",
    ],
)
def test_somebody_elses_weapon_or_none_leaves_do_not_call(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, words)
    assert mark(evening, clock).words == DO_NOT_CALL


PLANS = [
    "I've saved up my pills for Friday",
    "I put my pills back in the bottle, I counted them, there's enough to do it",
    "i'm going to take all my pills tonight",
    "i've been hiding my oxy so i can end it",
    "llevo semanas juntando las pastillas para el viernes",
    "me voy a tomar todas las pastillas",
]


@pytest.mark.parametrize("words", PLANS)
def test_a_plan_with_pills_is_a_crisis_and_no_overdose(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    answer = said(client, words)
    assert "988" in answer
    assert POISON_LINE not in answer
    assert "crisis" in [flag.kind for flag in rows(evening.engine, Flag)]
    clock.forward(days=1)
    said(client, "please dont call, my husband will hear")
    assert mark(evening, clock).words == DO_NOT_CALL


@pytest.mark.parametrize("words", ["i found the other bottle", "im counting my pills again", "encontré otro frasco"])
def test_more_of_a_plan_in_an_open_crisis_is_new_danger(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to die")
    clock.forward(hours=2)
    said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "crisis"]


@pytest.mark.parametrize(
    "words",
    [
        *(
            "i took all my pills",
            "I counted 30 pills and swallowed them",
            "I want to die. found the bottle of pills and ate them",
        ),
        *("me tomé todas las pastillas", "junté las pastillas y me las tragué"),
    ],
)
def test_what_was_taken_stays_an_overdose(client: FlaskClient, evening: Runtime, clock: TestClock, words: str) -> None:
    assert POISON_LINE in said(client, words)
    clock.forward(days=1)
    said(client, "dont call, my wife is here")
    assert mark(evening, clock).words == CALL_ALL_THE_SAME


def test_a_plan_carried_out_is_an_overdose(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "I've saved up my pills for Friday")
    clock.forward(hours=2)
    assert POISON_LINE in said(client, "i took them all")

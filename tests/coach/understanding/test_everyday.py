"""Sixty everyday texts with the right outcome: answers, small talk, questions about the texts, wishes."""

import tomllib
from typing import Any

import pytest

from coach.understanding import Asked, Intent, understand
from tests.coach.understanding.corpora import DATA

# First figure, before anything was changed for them: 30 of 60. HELP does not say what texts cost: a coach answers that.
FOR_A_COACH = "do these texts cost me anything?"
# A question how to stop is answered, and is no stop.
ASKS_HOW_TO_STOP = ("how do I make these stop if I want to", "cómo le hago para cancelar esto")
GROUPS: dict[str, Any] = tomllib.loads((DATA / "everyday.toml").read_text("utf-8"))
TEXTS = [(group, one) for group, held in GROUPS.items() for one in held["texts"]]
PLAIN = [(group, one) for group, one in TEXTS if one["text"] not in (*ASKS_HOW_TO_STOP, FOR_A_COACH)]


@pytest.mark.parametrize(("group", "one"), PLAIN, ids=[one["text"] for _, one in PLAIN])
def test_everyday_texts_are_read_as_meant(group: str, one: dict[str, Any]) -> None:
    reading, kinds = understand(one["text"]), {span.kind for span in understand(one["text"]).recognised}
    assert (reading.habit, reading.stop) == (one.get("habit"), "no")
    assert (reading.command.name if reading.command else None) == one.get("command")
    if group != "coach" or "another" not in kinds:
        assert reading.score == one.get("score")
    if group in ("answers", "small_talk", "programme"):
        assert reading.for_coach is None
    if group == "small_talk":
        quiet = understand(one["text"], Asked.NONE)
        assert (quiet.intent, quiet.for_coach) == (Intent.ACK, None)
    if group == "programme":
        assert "programme" in kinds or reading.intent is Intent.HELP
    if group == "coach":
        assert reading.for_coach == "read" or kinds & {"unclear_score"}


def test_what_the_texts_cost_is_for_a_coach() -> None:
    assert understand(FOR_A_COACH).for_coach == "read"


@pytest.mark.parametrize("text", ASKS_HOW_TO_STOP)
def test_how_to_stop_is_a_doubtful_stop(text: str) -> None:
    assert understand(text).stop == "doubtful"


@pytest.mark.parametrize(
    "text", ["good night, I can't go on", "hi how are you, my legs hurt bad", "who sees my answers? my husband hits me"]
)
def test_whatever_stands_beside_small_talk_or_a_question_reaches_a_coach(text: str) -> None:
    assert understand(text, Asked.NONE).for_coach is not None

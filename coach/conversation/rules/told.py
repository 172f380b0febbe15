"""Rules for what is told instead of an answer: a number taken back, a wish, a time without answers. Pure."""

from coach.conversation.intentions import ForCoach, ForgetScore, Intention, RaiseFlag, Reply
from coach.conversation.state import State
from coach.understanding import Intent, Reading

# What a text tells by its spans, and what we reply; the first that fits.
REPLIES = {
    "go_on": "not_stopped",
    "wish": "wish_passed_on",
    "busy": "noted",
    "good_news": "noted",
    "part": "wish_passed_on",
}


def answer_taken_back(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Take out the score that the sender says was none, if it is plain which; else a person corrects it."""
    kinds = {span.kind for span in reading.recognised}
    if reading.score is not None or not kinds & {"retract", "retract_other"} or state.person is None:
        return None
    check_in = state.person.check_in
    score = check_in.score if check_in else None
    plain = "retract" in kinds and score is not None and reading.seen in ((), (score,))
    if plain:
        return (ForgetScore(), ForCoach(), Reply("score_removed", {"score": str(score)}))
    flag = () if "read" in state.flagged else (RaiseFlag("read"),)
    return (*flag, ForCoach(), Reply("correction_passed_on"))


def answer_told(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Answer a wish or news in one line and show it to a coach, instead of asking again."""
    if reading.intent is not Intent.UNCLEAR or state.person is None or reading.score is not None:
        return None
    key = next((key for span in reading.recognised if (key := REPLIES.get(span.kind))), None)
    return (ForCoach(), Reply(key)) if key else None

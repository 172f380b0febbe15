"""Rules for what is told instead of an answer: a number taken back, a wish, that they have called for help. Pure."""

import re
from datetime import timedelta

from coach.conversation.intentions import ForCoach, ForgetScore, Intention, RaiseFlag, Reply
from coach.conversation.rules.check_in import answers_only, in_our_form
from coach.conversation.rules.danger import counts_in_danger, is_open_danger
from coach.conversation.state import State, was_replied
from coach.understanding import Intent, Reading

# What a text tells by its spans, and what we reply; the first that fits.
REPLIES = {
    "go_on": "not_stopped",
    "wish": "wish_passed_on",
    "busy": "noted",
    "good_news": "noted",
    "aftermath": "noted",
    "part": "wish_passed_on",
}
AN_HOUR = timedelta(hours=1)
_OF_THE_CALL = re.compile(r"988|911|999|112|024|\bhung up\b|\bcolg(?:aron|[oó])\b")  # no words of danger by themselves


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


def answer_failed_line(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Name another way to somebody whom the crisis line or the emergency number did not help, and page a coach."""
    if not state.people.line_failed or state.person is None or state.other_writes or state.poison_open:
        return None
    named = [span.text.lower() for span in reading.recognised if span.kind == "crisis"]
    if reading.urgency == "emergency" or not all(_OF_THE_CALL.search(words) for words in named):
        return None
    flag = () if "crisis" in state.flagged else (RaiseFlag("crisis"),)
    return (*flag, ForCoach(), Reply(f"{'violence' if state.private else 'line_failed'}.{state.country}"))


def answer_called_help(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Say a kind word to somebody who has called a crisis line or the emergency number: no lines again, no new page.

    A coach sees it today; what is open stays open.
    """
    told = any(span.kind == "called_help" for span in reading.recognised)
    if not told or state.person is None or state.suppressed or state.private or state.other_writes or reading.worrying:
        return None
    if reading.intent in (Intent.MEDICAL, Intent.OPT_OUT, Intent.WRONG_NUMBER):
        return None
    recorded = answers_only(state, in_our_form(reading)) if counts_in_danger(state, reading) else ()
    flag = () if is_open_danger(state) or "read" in state.flagged else (RaiseFlag("read"),)
    said = () if was_replied(state, "called_help", AN_HOUR) else (Reply("called_help"),)
    return (*recorded, *flag, ForCoach(), *said)

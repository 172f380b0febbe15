"""Whether somebody's own words may stand in a text of ours. Pure."""

import re

from coach.understanding.plans.vocabulary import plainly, vocabularies
from coach.understanding.read import understand
from coach.understanding.result import Asked, Intent, Reading

LONGEST = 90  # with the longest step and questions it fits the segments of an evening text
LINK = re.compile(r"https?:|www\.|@|\b[\w-]+\.(?:com|org|net|info|app|gov|edu|io|ly|me|co|us|mx|es)\b", re.IGNORECASE)
TELEPHONE = re.compile(r"\d(?:[\s().-]*\d){5,}")
GRAVE_INTENTS = (Intent.CRISIS, Intent.MEDICAL, Intent.OPT_OUT, Intent.HELP, Intent.WRONG_NUMBER, Intent.AUTO_REPLY)


def is_grave(reading: Reading) -> bool:
    """Whether a text is answered by other rules, whatever plan it may hold: danger, a stop, medicine, somebody else."""
    return (
        reading.intent in GRAVE_INTENTS
        or reading.urgency is not None
        or reading.stop != "no"
        or reading.worrying
        or reading.died
        or reading.violence
        or reading.for_coach in ("medical", "urgent", "crisis")
    )


def why_not_kept(words: str) -> str | None:
    """Return why a plan cannot be kept: grave, harm, medicine, link, phone or long; None if it can."""
    flat, reading = plainly(words), understand(words, Asked.NONE)
    if is_grave(reading):
        return "grave"
    if any(span.kind == "medicine" for span in reading.recognised):
        return "medicine"
    for name in ("harm", "medicine", "phones"):
        if any(one.unfit[name].search(flat) for one in vocabularies()):
            return name
    if LINK.search(words):
        return "link"
    if TELEPHONE.search(words):
        return "phones"
    return "long" if len(words) > LONGEST else None

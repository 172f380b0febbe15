"""Rules for a death that is told, grave news beside an answer, and the hours after them. Pure."""

import re
from datetime import timedelta

from coach.conversation.intentions import ForCoach, Hold, Intention, RaiseFlag, Reply
from coach.conversation.rules.check_in import answers_only
from coach.conversation.rules.danger import FLAGGING
from coach.conversation.state import State
from coach.understanding import Intent, Reading

NEWS = ("grief", "grave")  # kinds of spans
NEWS_HOLDS = timedelta(hours=12)
_DEATH = re.compile(
    r"(?<!phone )(?<!battery )(?<!cell )\b(?:died|deceased|passed (?:away|on|last|this|yesterday)"
    r"|no longer with us|lost (?:him|her)|falleci\w*|muri[oó]|muerto|muerta|se nos fue|ya no est[aá] con nosotros"
    r"|(?:he|she|(?:my|his|her) (?!phone|battery|cell|legs?\b)\w+)(?:'?s| is| was)? dead"
    r"|(?:killed|hung|shot) (?:him|her)self|took (?:his|her) own life|se quit[oó] la vida)\b",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"\b(?:(?:it'?s|it is|it was|this is|its) (?:still |really |just )?me\b|soy yo\b"
    r"|(?:(?:this|it) (?:is|was)|it'?s) (?:still )?my (?:number|phone|cell)"
    r"|(?:este|esta) (?:es|sigue siendo) mi (?:n[uú]mero|tel[eé]fono)"
    r"|(?:not|wasn'?t|isn'?t) (?:a |the )?wrong (?:number|person)|no (?:es|era) n[uú]mero equivocado"
    r"|(?:go on|keep going|carry on|continue|sigan|contin[uú]en)\b|keep (?:sending|texting|them))",
    re.IGNORECASE,
)


def tells_a_death(body: str, reading: Reading) -> bool:
    """Whether a text says that the participant has died, or tells of a death and may be by somebody else."""
    if reading.died or reading.intent not in (Intent.WRONG_NUMBER, Intent.OPT_OUT):
        return reading.died
    told = _DEATH.search(body) is not None or any(span.kind == "grief" for span in reading.recognised)
    return told and reading.stop != "sure"


def names_a_death(body: str) -> bool:
    """Whether a text has words of a death, whoever writes and whoever died."""
    return _DEATH.search(body) is not None


def claims_the_phone(body: str) -> bool:
    """Whether somebody says that the phone is theirs, or asks us to go on: "it's me"."""
    return _MINE.search(" ".join(body.replace("’", "'").split())) is not None


def answer_death(state: State, _reading: Reading) -> tuple[Intention, ...] | None:
    """Condole once, hold the texts, and show a coach; say nothing about health."""
    if not state.tells_death or state.person is None:
        return None
    for_coach: tuple[Intention, ...] = (ForCoach(),) if "read" in state.flagged else (RaiseFlag("read"), ForCoach())
    hold = () if state.suppressed else (Hold("someone_else"),)
    return (*hold, *for_coach) if "condolence" in state.replied else (*hold, *for_coach, Reply("condolence"))


def answer_after_death(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """After the condolence leave a relative in peace until a coach has looked; a sure stop is still carried out."""
    held = state.person.held_for if state.person else None
    if "condolence" not in state.replied or held not in (*FLAGGING, "someone_else") or state.suppressed:
        return None
    wants = state.claims_phone or reading.intent in (Intent.OPT_IN, Intent.RESUME, Intent.QUESTION, Intent.HELP)
    if wants or reading.stop == "sure":
        return None
    flag = reading.intent is Intent.MEDICAL and "medical" not in state.flagged
    return (*((RaiseFlag("medical"),) if flag else ()), ForCoach())


def answer_news(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Answer news of a death or other grave news without cheer or tally; a coach sees it."""
    kinds = {span.kind for span in reading.recognised}.intersection(NEWS)
    if not kinds:
        return None
    key = "grief" if "grief" in kinds else "please_read_received"
    return (*answers_only(state, reading), ForCoach(), Reply(key))


def with_sympathy(reading: Reading, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Beside such news, confirm a pause without "enjoy the break", and show a coach."""
    kinds = {span.kind for span in reading.recognised}.intersection(NEWS)
    paused = next((one for one in intentions if isinstance(one, Reply) and one.key in ("paused", "paused_open")), None)
    if not kinds or paused is None:
        return intentions
    others = tuple(one for one in intentions if one is not paused)
    sympathy = (Reply("grief"),) if "grief" in kinds else ()
    return (*others, ForCoach(), *sympathy, Reply("paused_open", paused.values))


def answer_after_news(state: State, _reading: Reading) -> tuple[Intention, ...] | None:
    """In the hours after such news leave an unclear text in peace, or say once that a coach will read it."""
    if not state.news_lately:
        return None
    once = () if was_replied(state, "please_read_received", NEWS_HOLDS) else (Reply("please_read_received"),)
    return (ForCoach(), *once)


def was_replied(state: State, key: str, within: timedelta) -> bool:
    """Whether we replied with this text within a time; loaded only where a rule needs it."""
    return key in state.replied and state.replied[key] <= within

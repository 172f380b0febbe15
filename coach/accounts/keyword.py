"""Check the keyword by which people join a clinic: "JOIN HARBOR" for HARBOR. Pure."""

import re

from coach.understanding import Asked, Intent, understand

SHORTEST, LONGEST = 3, 20
_LETTERS_AND_DIGITS = re.compile(rf"[A-Z0-9]{{{SHORTEST},{LONGEST}}}")
# Words that carriers act on before we see them, in all the languages they know.
CARRIER_WORDS = frozenset(
    [
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ARRET", "ALTO", "PARAR"),
        *("START", "UNSTOP", "YES", "JOIN", "HELP", "INFO", "AYUDA", "SUBSCRIBE", "CONTINUE"),
    ]
)
# What a reply that begins with JOIN may be read as; anything else is danger or a wish to stop.
_HARMLESS = (Intent.OPT_IN, Intent.UNCLEAR, Intent.WRONG_NUMBER, Intent.CHECKIN, Intent.ACK)


def read_keyword(typed: str) -> str:
    """Return the keyword in capitals. Raises ValueError with one sentence that says what to do."""
    word = typed.strip().upper()
    letters = word.strip("0123456789")
    if not _LETTERS_AND_DIGITS.fullmatch(word):
        raise ValueError(f"Write {SHORTEST} to {LONGEST} letters and digits without spaces or accents, such as HARBOR.")
    if len(letters) < 2:
        raise ValueError("A number would be read as a score: use a word with letters, such as HARBOR.")
    if word in CARRIER_WORDS or letters in CARRIER_WORDS:
        raise ValueError(f"Phone carriers act on {letters} themselves: choose another word.")
    if _is_read(word, letters):
        raise ValueError(f"We read {word} as something else in a reply: choose another word.")
    return word


def _is_read(word: str, letters: str) -> bool:
    """Whether the word, alone or after JOIN, means something to us already.

    What only sounds like something (`Reading.recognised` is empty) is left out: most names sound like somebody else's.
    """
    alone = [understand(letters, asked) for asked in (Asked.NONE, Asked.SCORE_AND_HABIT, Asked.CONSENT)]
    if any(one.recognised or one.keyword or one.command or one.intent not in _SOUNDS for one in alone):
        return True
    joined = [understand(f"{join} {word}", Asked.NONE) for join in ("JOIN", "UNIRME")]
    return any(one.intent not in _HARMLESS or one.urgency or one.command for one in joined)


# What a word that no rule knows may sound like.
_SOUNDS = (Intent.UNCLEAR, Intent.WRONG_NUMBER, Intent.OPT_OUT)

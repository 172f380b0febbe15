"""Find "JOIN WORD" in a text: the clinic's keyword, and the id of the poster it was read on. Pure."""

import re
from dataclasses import dataclass

from coach.understanding.words.tokens import fold

# Each way to say it, with the language it is said in.
JOIN_WORDS = {"join": "en", "unirme": "es", "unirse": "es", "unete": "es"}
LONGEST_POSTER = 12
LONGEST_LOOKED_AT = 200
_JOIN = re.compile(
    rf"\W*(?P<join>{'|'.join(JOIN_WORDS)})\W+(?:a\W+)?(?P<word>[a-z0-9]{{3,20}})"
    r"(?:\W+(?:poster\W+|cartel\W+)?(?P<rest>.*?))?\W*"
)
_POSTER = re.compile(rf"[a-z0-9]{{1,{LONGEST_POSTER}}}")
_COURTESY = frozenset(["please", "pls", "thanks", "now", "por favor", "gracias", "favor"])


@dataclass(frozen=True, slots=True)
class JoinWords:
    """What a text says that begins with JOIN: the word and the poster in capitals.

    `plain`: it says nothing else, so that no coach need read it.
    """

    word: str
    poster: str | None
    language: str
    plain: bool

    @property
    def source(self) -> str:
        """Return the source of the consent that the text gives."""
        return f"keyword {self.word}" + (f", poster {self.poster}" if self.poster else "")


def read_poster(typed: str) -> str | None:
    """Return a poster's id in capitals, None if empty. Raises ValueError with one sentence."""
    poster = fold(typed.strip())
    if not poster:
        return None
    if not _POSTER.fullmatch(poster) or poster in _COURTESY:
        raise ValueError(f"Write at most {LONGEST_POSTER} letters and digits, such as B7.")
    return poster.upper()


def read_join(body: str) -> JoinWords | None:
    """Read a text that begins with JOIN, in any case and with or without accents; None for any other."""
    folded = " ".join(fold(body).split())
    found = _JOIN.fullmatch(folded[:LONGEST_LOOKED_AT])
    if found is None:
        return None
    rest = (found["rest"] or "").strip()
    only_courtesy = (not rest or rest in _COURTESY) and len(folded) <= LONGEST_LOOKED_AT
    poster = rest.upper() if not only_courtesy and _POSTER.fullmatch(rest) else None
    return JoinWords(found["word"].upper(), poster, JOIN_WORDS[found["join"]], only_courtesy or poster is not None)

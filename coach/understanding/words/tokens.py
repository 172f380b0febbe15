"""Cut a reply into tokens with their positions, independent of language.

A token is folded: lower case, no accents, no apostrophes, so that "DON'T", "don’t" and "dont" are one word. Numbers
keep their form (``5``, ``5.0``, ``5/10``, ``8:30``). Punctuation becomes one of a few boundary marks. An emoji that can
answer a question becomes a named token, any other becomes a soft boundary.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MAX_LENGTH = 1600  # Twilio's limit for a body; longer texts are cut, to bound the time

HARD = frozenset(".!?")  # ends a sentence
BOUNDARIES = frozenset({".", "!", "?", ",", "\n", "-", ":", "/", "=", "+", "%", "$", "<", ">", "~", "*", "(", ")", "#"})

_ANSWERING = {
    "👍": "thumbs_up",
    "👌": "thumbs_up",
    "👎": "thumbs_down",
    "✅": "check_mark",
    "✔": "check_mark",
    "☑": "check_mark",
    "❌": "cross_mark",
    "✖": "cross_mark",
    "❎": "cross_mark",
    "🙅": "cross_mark",
    "🛑": "stop_sign",
    "🚫": "stop_sign",
    "⛔": "stop_sign",
    "🔟": "10",
}
_PUNCTUATION = {
    "…": ",", ";": ",", "¡": ",", "¿": ",", '"': ",", "'": ",", "‘": ",", "’": ",", "“": ",", "”": ",",
    "–": "-", "—": "-", "‑": "-", "−": "-", "(": ",", ")": ",", "&": "and", "#": "number", "\u2044": "/",
    "[": ",", "]": ",", "|": ",", "¾": "half_mark", "½": "half_mark", "¼": "half_mark", "⁉": "?", "❓": "?", "❗": "!",
    "‼": "!", "？": "?", "！": "!",
}  # fmt: skip
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u00ad🏻🏼🏽🏾🏿♀♂")

_TOKEN = re.compile(
    r"(?P<key>(?:[0-9]\ufe0f?\u20e3)+)"  # keycap emoji
    r"|(?P<clock>\d{1,2}h\d{2}(?![^\W_]))"  # 20h30
    r"|(?P<mixed>\d{1,4}[^\W\d_]+)"  # 8y, 5ish, 10pm, 2nite
    r"|(?P<number>\d+(?: ?[/:] ?\d+|[.,]\d+)*)"
    r"|(?P<short>[wW]/[oO](?![^\W_]))"  # without
    r"|(?P<word>[^\W\d_][^\W_]*(?:['’`´ʼ‘][^\W_]+)*)"
    r"|(?P<line>\s*\n\s*)"
    r"|(?P<dots>\.{2,})"  # a pause, not the end of a sentence
    r"|(?P<other>\S)"
)
_APOSTROPHES = re.compile("['’`´ʼ‘]")
_OVERDOSED = re.compile("od['’`´ʼ‘]e?d", re.IGNORECASE)  # without its apostrophe "OD'd" is the word "odd"


class Token(NamedTuple):
    """One folded piece of the reply and its position."""

    text: str
    start: int
    end: int
    kind: str


def clean(text: str) -> str:
    """Normalize a reply (NFC) and cut it at ``MAX_LENGTH``. All spans refer to the result."""
    text = text[:MAX_LENGTH]
    if not text.isascii():
        text = unicodedata.normalize("NFC", _HIDDEN.sub("", text))
        text = text.translate(_LOOK_ALIKES) if _LATIN.search(text) else text
    text = _SPACED.sub(lambda found: _together(found[0]), text)
    if _NOTHING.fullmatch(text):
        return ""
    return _LETTERS_FOR_DIGITS.sub(_as_digits, text) if "0" in text or "1" in text else text


_HIDDEN = re.compile("[\u200b\u200c\u2060\ufeff\u00ad]")
_LATIN = re.compile("[a-zA-Z]")
# Look-alike letters of other scripts, replaced in texts that contain Latin letters.
_LOOK_ALIKES = str.maketrans("аеорсухіѕјԁкмтАЕОРСУХІЅЈКМТВН", "aeopcyxisjdkmtAEOPCYXISJKMTBH")
_SPACED = re.compile(r"(?<!\w)(?:[^\W\d_] {1,3}){5,}[^\W\d_](?!\w)")  # "i w a n t  t o  d i e"


def _together(spaced: str) -> str:
    """Join letters typed apart; wider gaps separate words."""
    return " ".join(word.replace(" ", "") for word in re.split(r" {2,}", spaced))


# Placeholders that gateways insert for a picture without words.
_NOTHING = re.compile(r"\s*[(\[<]?\s*(?:no text|no message|empty message|sin texto|blank)\s*[)\]>]\s*", re.IGNORECASE)
# A letter typed in place of a digit: "1O", "l0", "O/10", "4/1o".
_LETTERS_FOR_DIGITS = re.compile(r"(?<![^\W])(?:1[oO]|[lI]0|[oO](?=\s?/\s?1[oO0]\b))(?![^\W])(?<!10)|(?<=\d/)1[oO]\b")
_AS_DIGITS = str.maketrans("lIoO", "1100")


def _as_digits(found: re.Match[str]) -> str:
    return found[0].translate(_AS_DIGITS)


def fold(word: str) -> str:
    """Fold a word: lower case, no accents or apostrophes."""
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    if _OVERDOSED.fullmatch(word):
        return "overdosed"
    return _APOSTROPHES.sub("", word.lower())


def cut(text: str) -> list[Token]:
    """Cut a cleaned text into non-overlapping tokens, in order."""
    tokens = []
    for match in _TOKEN.finditer(text):
        kind, raw = match.lastgroup or "other", match.group()
        if kind == "word" and raw.isalpha() and raw.isascii():  # as most are
            tokens.append(Token(raw.lower(), match.start(), match.end(), kind))
            continue
        piece = _folded(raw, kind)
        if piece:
            kind = "word" if piece.isalpha() else "mixed" if kind in ("word", "short") else kind
            tokens.append(Token(piece, match.start(), match.end(), kind))
    return tokens


def _folded(raw: str, kind: str) -> str:
    if kind in ("word", "mixed", "short"):
        return fold(raw)
    if kind == "number":
        return "".join(_digit(c) for c in raw if c != " ")
    if kind == "clock":
        return raw.replace("h", ":")
    if kind == "key":
        return "".join(c for c in raw if c.isascii() and c.isdigit())
    if kind == "line":
        return "\n"
    return "," if kind == "dots" else _mark(raw)


def _digit(char: str) -> str:
    return str(unicodedata.digit(char)) if char.isdecimal() else char


def _mark(char: str) -> str:
    if char in _INVISIBLE:
        return ""
    return _ANSWERING.get(char) or _PUNCTUATION.get(char) or (char if char in BOUNDARIES else ",")

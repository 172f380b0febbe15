"""How many SMS segments a text costs, and how to reduce them without changing what it says.

smsutil does the counting, and agrees with Twilio's calculator. Limits (3GPP TS 23.038 and 23.040): GSM-7 allows 160
septets in one segment, 153 per part of several; UCS-2 allows 70 UTF-16 units, 67 per part. Characters of the GSM
extension table cost two septets and never straddle parts. (An emoji joined from several code points may be counted one
part off at a boundary; the library has none.)
"""

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

import smsutil
from smsutil.codecs import GSM_CHARSET

Encoding = Literal["GSM-7", "UCS-2"]

# smsutil also lists ESC, which is the escape to the extension table and not a character.
_GSM_CHARACTERS: Final = frozenset(GSM_CHARSET) - {"\x1b"}

_REPLACEMENTS: Final[dict[str, str]] = {
    **dict.fromkeys("‘’‚‛ʼʹ′´`＇", "'"),
    **dict.fromkeys("“”„‟«»″＂", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "
    ),
    # The zero-width joiner (U+200D) is kept: it holds an emoji together.
    **dict.fromkeys("\u200b\u200c\u200e\u200f\u2060\ufeff\u00ad", ""),
    **dict.fromkeys("\u2028\u2029\r", "\n"),
    "…": "...",
    "•": "-",
    "×": "x",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
}
_TABLE: Final = str.maketrans(_REPLACEMENTS)


@dataclass(frozen=True)
class Segments:
    """What one text costs.

    Attributes:
        encoding: "GSM-7" if every character is in that alphabet, else "UCS-2".
        parts: segments billed; an empty text counts as one, as Twilio does.
        units: septets (GSM-7) or UTF-16 units (UCS-2) of the text, without the headers of its parts.
    """

    encoding: Encoding
    parts: int
    units: int


def count(text: str) -> Segments:
    """Count the segments of `text` exactly as it is; call `normalise` first to count what will be sent."""
    if costly_characters(text):
        split = smsutil.unicode_split(text)
        return Segments("UCS-2", len(split.parts), split.total_bytes // 2)
    if not text:
        return Segments("GSM-7", 1, 0)
    split = smsutil.gsm_split(text)
    return Segments("GSM-7", len(split.parts), split.total_bytes)


def normalise(text: str) -> str:
    """Replace typographic characters by their plain GSM-7 counterparts: quotes, dashes, ellipses, unusual spaces.

    Letters keep their accents: á, í, ó and ú are spelling, not typography. Idempotent.
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_TABLE))


def costly_characters(text: str) -> tuple[str, ...]:
    """Return the characters that force UCS-2, each once, in order of appearance."""
    return tuple(dict.fromkeys(character for character in text if character not in _GSM_CHARACTERS))

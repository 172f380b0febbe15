"""Remove what the sender did not write: phone reactions, quoted lines, our own sentences."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from coach.understanding.words.tokens import BOUNDARIES, Token, cut

# Texts of ours that people quote in answers: questions and instructions.
_ASKING = re.compile(
    r"check_in_\w+|re_ask_\w+|welcome|confirmed|ask_yes|declined|stop_or_not|stop_help_footer|help|stopped|time_\w+"
)
_ASKED = ".asked"  # ends the id of a habit question
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
_SENTENCE = re.compile(r"[^.!?…]*[.!?…]?")
_NUMBERED = re.compile(r"[qp]\d")
_SHORTEST = 3  # shorter sentences of ours may be the sender's own words

_QUOTE = "[\"“”„«»'‘’]"
_EMOJI = r"[^\w\s\"'.,!?]+"
# The wording of phone reactions in English and Spanish.
_THING = r"an?\s+(?:image|photo|picture|video|movie|message|attachment|audio|link|sticker|gif)\b"
_COSA = r"una?\s+(?:imagen|foto|video|mensaje|audio)\b"
_VERB = r"liked|loved|disliked|laughed at|emphasi[sz]ed|questioned"
_VERBO = r"(?:(?:le|te|me)\s+)?(?:no\s+)?(?:le\s+)?(?:gust[óo]|encant[óo]|divirti[óo]|dio risa)(?:\s+a)?"
_VERBO_MAS = r"(?:se\s+)?(?:ri[óo]\s+de|enfatiz[óo]|puso en duda|cuestion[óo]|destac[óo])"
# A reaction is followed by our text, whole or cut, or by "an image".
REACTION = re.compile(
    rf"\s*(?:(?:{_VERB})\s+(?:{_QUOTE}|{_THING})"
    rf"|(?:{_VERBO}|{_VERBO_MAS})\s+(?:{_QUOTE}|{_COSA})"
    rf"|(?:reacted|reaccion[óo])\s+(?:with\s+|con\s+)?\S+\s+(?:to|a)\s+"
    rf"|(?:removed|quit[óo]|elimin[óo])\s+(?:an?|un|una|su|the|el|la)\s+.{{1,40}}?\s+(?:from|de|a)\s+{_QUOTE}"
    rf"|{_EMOJI}\s+(?:to|a)\s+{_QUOTE})",
    re.IGNORECASE,
)


def is_reaction(text: str) -> bool:
    """Whether a text reports a phone reaction (such as a thumb) to one of our texts."""
    return REACTION.match(text) is not None


def as_written(text: str, tokens: Sequence[Token]) -> str:
    """Join tokens as originally written; "I'm" is two tokens but written once."""
    places = dict.fromkeys((token.start, token.end) for token in tokens)
    return " ".join(text[start:end] for start, end in places)


def _after_a_reaction(text: str) -> int:
    """Return where the sender's words begin after a reaction and its quotation; 0 without a reaction."""
    if not is_reaction(text):
        return 0
    closing = max(text.rfind(mark) for mark in '"”»“')
    return closing + 1 if closing > 0 else len(text)


def own_words(text: str, tokens: Sequence[Token]) -> list[Token]:
    """Return the sender's own tokens, without quoted lines; each sentence of ours becomes a mark."""
    begin, sentences = _after_a_reaction(text), _sentences()
    tokens = [token for token in tokens if token.start >= begin]
    kept = [token for token in tokens if not _in_quoted_line(text, token)] if ">" in text else tokens
    kept = kept or list(tokens)  # a message that is quoted as a whole counts as theirs
    at, result = 0, list[Token]()
    while at < len(kept):
        end = _ours_at(kept, at) if kept[at].text in sentences else 0
        if kept[at].kind == "mixed" and _NUMBERED.fullmatch(kept[at].text):
            at += 1  # "Q1 2 Q2 yes"
        elif end:
            result.append(Token(".", kept[at].start, kept[end - 1].end, "other"))
            at = end
        else:
            result.append(kept[at])
            at += 1
    if any(token.text not in BOUNDARIES for token in result):
        return result
    return kept if any(token.text == "stop" for token in kept) else result  # "Reply STOP to end." is a stop


def _in_quoted_line(text: str, token: Token) -> bool:
    line = text.rfind("\n", 0, token.start) + 1
    return text[line:].lstrip().startswith(">")


def _ours_at(tokens: Sequence[Token], at: int) -> int:
    """Return the end of a sentence of ours that begins here, or 0."""
    for words in _sentences()[tokens[at].text]:
        end, found = at, 0
        while end < len(tokens) and found < len(words):
            if tokens[end].text == words[found]:
                end, found = end + 1, found + 1
            elif tokens[end].text in BOUNDARIES and words[found] != "?":
                end += 1
            else:
                break
        if found == len(words):
            return end
    return 0


@cache
def _sentences() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Load our sentences, of every version ever sent, as folded words, by first word, longest first.

    A habit question ends in its question mark: "screens off: done" without it is an answer.
    """
    found: dict[str, set[tuple[str, ...]]] = {}
    for texts in tomllib.loads((files("content") / "published.toml").read_text("utf-8")).values():
        for text_id, versions in texts.items():
            is_habit = text_id.endswith(_ASKED)
            if not is_habit and not _ASKING.fullmatch(text_id.partition(".")[0]):
                continue
            for words in (words for body in versions.values() for words in _parts(body)):
                found.setdefault(words[0], set()).add((*words, "?") if is_habit else words)
    return {first: tuple(sorted(all_, key=len, reverse=True)) for first, all_ in found.items()}


def _parts(body: str) -> list[tuple[str, ...]]:
    parts = [part for piece in _PLACEHOLDER.split(body) for part in _SENTENCE.findall(piece)]
    read = [tuple(token.text for token in cut(part) if token.text not in BOUNDARIES) for part in parts]
    return [words for words in read if len(words) >= _SHORTEST]

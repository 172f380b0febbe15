"""A linear text classifier beside the rules, trained on labeled replies, that recognizes what no rule names.

It only scores how much a reply sounds like each of six kinds (``Impression``); the rules may become more cautious
because of it, never less. ``python -m tests.coach.understanding.train`` writes the model file.

The text is folded and cut into words. Features ("grams") are each word and its pieces of 2 to 5 characters (including
a space on either side), and pairs and triples of neighboring words, also pairs of their first letters, so that endings
do not matter. Every gram has a weight for each kind and a rarity, and a kind's score is ``scale * sum(weights) /
sqrt(sum(rarities)) + bias`` over all occurrences. Weights and rarities are integers, so the order of summing does not
matter and the sums of single words can be cached. An unknown gram weighs nothing but has a rarity, so unknown text
moves a score toward its bias.

The file, little-endian: a line of JSON (``count`` of grams, ``unknown``: the rarity of a gram not in the file,
``scale`` and ``bias`` of each kind, the weights of the facts that make a reply ``strange``, ``thresholds`` by kind and
share); ``count`` CRC-32 of grams (uint32, ascending);
``count`` rows of six weights (int8) and a rarity (uint8); the ordinary words, one a line (UTF-8).
"""

from __future__ import annotations

import json
import math
import re
import struct
import unicodedata
from collections.abc import Container, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from operator import mul
from typing import NamedTuple
from zlib import crc32

from coach.understanding.words.tokens import MAX_LENGTH

FILE = "second_reader.bin"
LENGTHS = range(2, 6)  # of a word's pieces
STEM = 4  # letters of a word that stand for all its endings
MOST_STRANGE = 8  # strange words counted at most
WORDS_REMEMBERED = 8192
ROW = struct.Struct("<6bB")

_DROPPED = dict.fromkeys(map(ord, "'’`´ʼ‘\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u00ad🏻🏼🏽🏾🏿♀♂"))
_FOLDED = _DROPPED | {ord(digit): "0" for digit in "123456789"}
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
# A question mark and an emoji are words too; a very long "word" is split, to bound its cost and weight.
_WORD = re.compile(r"[^\W_]{1,40}|\?|[\u203c-\U0010ffff]")


class Impression(NamedTuple):
    """How much a reply sounds like each kind: raw scores, to be compared with ``threshold``.

    ``beside`` separates danger from plain answers, for words beside a score or a yes; ``strange`` says how unlike an
    everyday answer it is, based on the other scores and its strange words.
    """

    crisis: float
    urgent: float
    opt_out: float
    medical: float
    someone_else: float
    beside: float
    strange: float


class Model(NamedTuple):
    """The parsed model file."""

    sums: dict[int, int]  # of each gram, by its CRC-32: see ``BITS``
    unknown: int
    scale: list[float]
    bias: list[float]
    strange: list[float]
    thresholds: dict[str, dict[str, float]]
    ordinary: frozenset[str]

    @property
    def unknown_sum(self) -> int:
        """The fields of a gram that is not in the file: no weights, only a rarity."""
        return self.unknown << (BITS * 6)


def impression(text: str) -> Impression:
    """Score how much the text sounds like each kind. Never raises; reads at most one text message."""
    words, known = cut(text), _known()
    *sums, rarities = _fields(_summed(words))
    length = math.sqrt(rarities)
    scores = [s * n / length + b for s, n, b in zip(known.scale, sums, known.bias, strict=True)]
    facts = strange_facts(scores, words, known.ordinary)
    return Impression(*scores, strange=sum(map(mul, known.strange, facts)))  # type: ignore[misc]  # six scores


def louder(whole: Impression, part: Impression, kinds: Sequence[str]) -> Impression:
    """Return the scores of a text, for these kinds the higher of its own and of a part of it."""
    return whole._replace(**{kind: max(getattr(whole, kind), getattr(part, kind)) for kind in kinds})


def strange_facts(scores: Sequence[float], words: Sequence[str], ordinary: Container[str]) -> list[float]:
    """Return the features of ``strange``: the scores, and how many words are not ordinary."""
    count = sum(word.isalpha() and word not in ordinary for word in words)
    return [*scores, min(count, MOST_STRANGE), math.log1p(len(words)), count / (len(words) + 1), 1.0]


@cache
def threshold(head: str, share: float) -> float:
    """Return the score reached by this share (0.002, 0.005, 0.01, 0.02, 0.05) of everyday replies of other kinds."""
    return _known().thresholds[head][str(share)]


def is_ordinary(word: str) -> bool:
    """Whether the word, folded by ``fold_word``, occurs in everyday answers and small talk.

    Numbers and signs are never ordinary; callers that count strange words leave them out.
    """
    return word in _known().ordinary


@lru_cache(WORDS_REMEMBERED)
def fold_word(word: str) -> str:
    """Fold a word: lower case, no accents or apostrophes, runs of letters cut to two, digits as 0."""
    return _fold(word)


def _fold(word: str) -> str:
    word = word.lower()
    if not word.isascii():
        whole = unicodedata.normalize("NFKD", word.encode("utf-8", "ignore").decode())  # drops lone surrogates
        word = "".join([c for c in whole if not unicodedata.combining(c)]).lower()
    return _STRETCHED.sub(r"\1\1", word.translate(_FOLDED))


def cut(text: str) -> list[str]:
    """Return the folded words of a text, in order."""
    return _WORD.findall(_fold(text[:MAX_LENGTH]))


def grams_inside(word: str) -> list[str]:
    """Return the whole word, marked to differ from pieces, and its pieces."""
    padded = f" {word} "
    pieces = [padded[at : at + n] for n in LENGTHS for at in range(len(padded) - n + 1)]
    return [f"\t{word}", *pieces]


def grams_between(words: list[str]) -> list[str]:
    """Return the pairs and triples of neighbors, including the start and end of the text."""
    marked = ["^", *words, "$"]
    stems = [word[:STEM] for word in marked]
    pairs = [f"{a}\t{b}" for a, b in pairwise(marked)]
    triples = [f"{pair}\t{c}" for pair, c in zip(pairs, marked[2:], strict=False)]
    return pairs + triples + [f"{a}\t\t{b}" for a, b in pairwise(stems)]


def code(gram: str) -> int:
    """Return a gram's code in the file; grams that collide are one gram, in training as well."""
    return crc32(gram.encode())


class _Word(NamedTuple):
    """The sum of a word's own grams, and the codes and bytes from which grams with its neighbors are computed."""

    inside: int
    code: int
    stem_code: int
    after: bytes
    stem_after: bytes


@lru_cache(WORDS_REMEMBERED)
def _of_word(word: str) -> _Word:
    known, stem = _known(), word[:STEM]
    inside = sum(known.sums.get(code(gram), known.unknown_sum) for gram in grams_inside(word))
    return _Word(inside, code(word), code(stem), f"\t{word}".encode(), f"\t\t{stem}".encode())


def _summed(words: list[str]) -> int:
    """Add up all grams of a text; CRC-32 is computed in steps, without building the strings of ``grams_between``."""
    sum_of, unknown = _known().sums.get, _known().unknown_sum
    total, before, pair = 0, _of_word("^"), None
    for word in (*words, "$"):
        here = _of_word(word)
        if pair is not None:
            total += sum_of(crc32(here.after, pair), unknown)
        pair = crc32(here.after, before.code)
        total += sum_of(pair, unknown) + sum_of(crc32(here.stem_after, before.stem_code), unknown)
        if word != "$":
            total += here.inside
        before = here
    return total


# A gram's six weights and its rarity are fields of one integer, so that one addition sums all seven.
BITS = 32
_MIDDLE = sum(1 << (BITS * at + BITS - 1) for at in range(7))  # makes every field positive
_FIELDS = struct.Struct("<7I")


_WEIGHTS = 6
_SHIFT = sum(128 << (BITS * at) for at in range(_WEIGHTS))
_SHIFTED = bytes((byte + 128) % 256 for byte in range(256))


def _as_integers(rows: bytes) -> Iterator[int]:
    """Turn each row of the file into one integer; all rows are spread at once, with 128 added so that none borrows."""
    spread = bytearray(len(rows) // ROW.size * _FIELDS.size)
    for at in range(ROW.size):
        column = rows[at :: ROW.size]
        spread[at * BITS // 8 :: _FIELDS.size] = column.translate(_SHIFTED) if at < _WEIGHTS else column
    for first in range(0, len(spread), _FIELDS.size):
        yield int.from_bytes(spread[first : first + _FIELDS.size], "little") - _SHIFT


def _fields(total: int) -> list[int]:
    return [field - (1 << (BITS - 1)) for field in _FIELDS.unpack((total + _MIDDLE).to_bytes(_FIELDS.size, "little"))]


@cache
def _known() -> Model:
    return parse((files("content") / FILE).read_bytes())


def parse(data: bytes) -> Model:
    """Parse a model file."""
    line, _, rest = data.partition(b"\n")
    head = json.loads(line)
    count = head["count"]
    codes = struct.unpack_from(f"<{count}I", rest)
    end = (4 + ROW.size) * count
    return Model(
        dict(zip(codes, _as_integers(rest[4 * count : end]), strict=True)),
        head["unknown"],
        head["scale"],
        head["bias"],
        head["strange"],
        head["thresholds"],
        frozenset(rest[end:].decode().split("\n")),
    )

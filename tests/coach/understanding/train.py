"""Train the second reader: ``python -m tests.coach.understanding.train [--check]``.

A "hand" is one writer. Whatever is chosen or told here is measured on hands that were left out of the training one
after the other, since replies of one hand resemble each other more than those of another person ever will. The same
data give the same bytes: nothing is random but the order in which the solver goes through the replies, and that has a
fixed seed. ``--check`` allows for a solver of another version: it compares the scores.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

from coach.understanding import second_reader as reader
from tests.coach.understanding.hands import ALARMS, ORDINARY, Reply, replies

FILE = Path(__file__).parents[3] / "content" / reader.FILE
HEADS = reader.Impression._fields[:6]
SHARES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
# Compared on left-out hands: logistic regression and C from 0.05 to 10 (flat from 1 on), pieces up to 4 and 6, pairs
# that weigh 0.7 to 2.5 times as much, grams of one reply only, the reply's length. What stands here was best or equal.
SETTINGS = {"C": 2.0, "class_weight": {0: 1, 1: 3}, "random_state": 0, "tol": 1e-3, "max_iter": 2000}
LONGER = 1.5  # a gram of whole words counts for more than a piece of one
FEWEST = 2  # replies with a gram
NOTHING = 0.01  # a difference of scores that no threshold notices
LOG_ODDS = 1.5  # a word this much more frequent among alarms is not ordinary: see ``ordinary_table``

Array = Any  # numpy's and scipy's are not worth their types here


class Grams(NamedTuple):
    """How often each reply has each gram. Two grams of one code are one here too, as they are to the reader."""

    codes: list[int]
    longer: Array  # whether a gram is of whole words
    counts: Array


def counted(texts: list[str]) -> Grams:
    """Count the grams of the texts, as the reader does."""
    places: dict[int, int] = {}
    longer: list[bool] = []
    data: list[float] = []
    columns: list[int] = []
    ends = [0]
    for text in texts:
        words = reader.cut(text)
        grams = reader.grams_between(words) + [gram for word in words for gram in reader.grams_inside(word)]
        for gram in grams:
            columns.append(places.setdefault(reader.code(gram), len(places)))
            if len(places) > len(longer):
                longer.append("\t" in gram)
        data += [1.0] * len(grams)
        ends.append(len(columns))
    counts = sparse.csr_matrix((data, columns, ends), (len(texts), len(places)))
    counts.sum_duplicates()
    return Grams(list(places), np.array(longer), counts)


class Model(NamedTuple):
    """What was learned: whole numbers, as in the file."""

    kept: Array  # which grams
    rarities: Array  # of all grams, the unknown too
    unknown: int
    weights: Array
    scale: Array
    bias: Array

    def scores(self, counts: Array) -> Array:
        """The scores of the replies, by the reader's own sum."""
        lengths = np.sqrt(counts @ self.rarities)
        return (counts[:, self.kept] @ self.weights) * self.scale / lengths[:, None] + self.bias


def learn(found: list[Reply], grams: Grams, rows: Array, *, whole: bool = True) -> Model:
    """Learn from these rows. ``whole``: round the weights as the file does."""
    counts = grams.counts[rows]
    replies_with = np.bincount(counts.indices, minlength=counts.shape[1])
    rare = np.log((1 + len(rows)) / (1 + replies_with)) + 1
    unknown = round(float(np.log((1 + len(rows)) / FEWEST) + 1) ** 2)
    kept = np.flatnonzero(replies_with >= FEWEST)
    rarities = np.full(len(grams.codes), float(unknown))
    rarities[kept] = np.rint(np.where(grams.longer, rare * LONGER, rare)[kept] ** 2).clip(1, 255)
    sizes = np.sqrt(rarities[kept])
    scaled = sparse.diags(1 / np.sqrt(counts @ rarities)) @ counts[:, kept] @ sparse.diags(sizes)
    columns, bias = [], []
    for head in HEADS:
        is_a = [found[row].is_a(head) for row in rows]
        told = np.array([one is not None for one in is_a])
        fitted = LinearSVC(**SETTINGS).fit(scaled[told], np.array(is_a)[told].astype(int))
        columns.append(fitted.coef_[0] * sizes)
        bias.append(fitted.intercept_[0])
    weights = np.column_stack(columns)
    scale = np.abs(weights).max(axis=0) / 127
    return Model(kept, rarities, unknown, np.rint(weights / scale) if whole else weights / scale, scale, np.array(bias))


def left_out(found: list[Reply], grams: Grams, *, whole: bool = True) -> Array:
    """The scores of every reply by a model that has seen no reply of its hand."""
    hands = np.array([one.hand for one in found])
    scores = np.zeros((len(found), len(HEADS)))
    for hand in sorted(set(hands)):
        mine = hands == hand
        scores[mine] = learn(found, grams, np.flatnonzero(~mine), whole=whole).scores(grams.counts[mine])
    return scores


def thresholds(found: list[Reply], scores: Array) -> dict[str, dict[str, float]]:
    """The scores that these shares of everyday replies of other kinds reach, by head and share."""
    told = {}
    for at, head in enumerate(HEADS):
        others = scores[[one.everyday and one.is_a(head) is False for one in found], at]
        told[head] = {str(share): round(float(np.quantile(others, 1 - share)), 4) for share in SHARES}
    return told


def ordinary(found: list[Reply], cut_at: float = LOG_ODDS) -> set[str]:
    """Words of ordinary replies of two hands at least, but those that alarms have much more often."""
    hands: dict[str, set[str]] = {}
    usual: Counter[str] = Counter()
    alarming: Counter[str] = Counter()
    for one in found:
        words = set(filter(_is_word, reader.cut(one.text)))
        if one.intent in ORDINARY:
            usual.update(words)
            for word in words:
                hands.setdefault(word, set()).add(one.hand)
        elif one.intent in ALARMS:
            alarming.update(words)
    ratio = (sum(one.intent in ALARMS for one in found) + 1) / (sum(one.intent in ORDINARY for one in found) + 1)
    most = np.exp(cut_at) * ratio
    return {word for word, of in hands.items() if len(of) > 1 and alarming[word] + 0.5 <= most * (usual[word] + 0.5)}


def _is_word(word: str) -> bool:
    return word.isalpha()


class Strange(NamedTuple):
    """What makes a reply strange: the weights of its facts, and the limits that shares of plain answers pass."""

    weights: Array
    limits: dict[str, float]


def strange(found: list[Reply], scores: Array) -> Strange:
    """Learn to tell danger from plain answers, by the scores and the strange words of hands that were left out."""
    facts = np.zeros((len(found), len(HEADS) + 4))
    for hand in sorted({one.hand for one in found}):
        words = ordinary([one for one in found if one.hand != hand])
        for row, one in enumerate(found):
            if one.hand == hand:
                facts[row] = reader.strange_facts(scores[row], reader.cut(one.text), words)
    dangerous = np.array([one.intent == "crisis" or bool(one.is_a("urgent")) for one in found])
    plain = np.array([one.intent == "checkin" and one.everyday for one in found])
    chosen = np.flatnonzero(dangerous | plain)
    fitted = LogisticRegression(C=1.0, class_weight="balanced", max_iter=5000, fit_intercept=False).fit(
        facts[chosen], dangerous[chosen].astype(int)
    )
    weights = fitted.coef_[0]
    usual = facts[plain & np.array([one.hand.startswith("answers") for one in found])] @ weights
    limits = {str(share): round(float(np.quantile(usual, 1 - share)), 4) for share in SHARES}
    found_at = {share: f"{np.mean(facts[dangerous] @ weights >= limit):.1%}" for share, limit in limits.items()}
    print(f"strange: dangerous replies found, by the share of plain answers that pass: {found_at}")
    return Strange(np.round(weights, 6), limits)


def packed(grams: Grams, model: Model, limits: dict[str, dict[str, float]], words: set[str], odd: Strange) -> bytes:
    """The bytes of the file."""
    whole = np.column_stack([model.weights, model.rarities[model.kept]]).astype(int).tolist()
    rows = dict(zip((grams.codes[at] for at in model.kept), whole, strict=True))
    head = {
        "count": len(rows),
        "unknown": model.unknown,
        "scale": [float(f"{one:.6g}") for one in model.scale],
        "bias": [round(float(one), 6) for one in model.bias],
        "strange": odd.weights.tolist(),
        "thresholds": limits | {"strange": odd.limits},
    }
    ordered = sorted(rows)
    parts = [json.dumps(head).encode() + b"\n", np.array(ordered, "<u4").tobytes()]
    parts += [reader.ROW.pack(*rows[one]) for one in ordered]
    return b"".join(parts) + "\n".join(sorted(words)).encode()


def table(found: list[Reply], scores: Array, limits: dict[str, dict[str, float]]) -> Iterator[str]:
    """For each head and hand: its replies found, and others flagged, at each threshold, in percent."""
    everyday = {"everyday": [one.everyday for one in found], "everybody": [True] * len(found)}
    groups = everyday | {hand: [one.hand == hand for one in found] for hand in sorted({one.hand for one in found})}
    yield f"{'':13}{'hand':12}{'of it':>6} found at {SHARES}{'others':>12} flagged"
    for at, head in enumerate(HEADS):
        reached = scores[:, at, None] >= np.array([limits[head][str(share)] for share in SHARES])
        is_a = [one.is_a(head) for one in found]
        for hand, mine in groups.items():
            line = f"{head:13}{hand:12}"
            for wanted in (True, False):
                chosen = np.array([ours and told is wanted for ours, told in zip(mine, is_a, strict=True)])
                shares = 100 * reached[chosen].mean(axis=0) if chosen.any() else []
                line += f"{chosen.sum():6}" + "".join(f"{share:6.1f}" for share in shares).ljust(34)
            yield line.rstrip()


def ordinary_table(found: list[Reply]) -> Iterator[str]:
    """For each cut: which replies of a left-out hand have two words and more outside the ordinary ones, in percent."""
    hands = sorted({one.hand for one in found if one.intent in ORDINARY})
    kinds = {"checkin": ("checkin",), "ack": ("ack",), "unclear": ("unclear",), "alarms": ALARMS}
    for cut_at in (0.5, 1.0, LOG_ODDS, 2.0, 2.5, 3.0, 99.0):
        strange: dict[str, dict[str, list[bool]]] = {kind: {} for kind in kinds}
        for hand in hands:
            words = ordinary([one for one in found if one.hand != hand], cut_at)
            for one in found:
                for kind in [kind for kind in kinds if one.hand == hand and one.intent in kinds[kind]]:
                    outside = sum(_is_word(word) and word not in words for word in reader.cut(one.text))
                    strange[kind].setdefault(hand, []).append(outside > 1)
        pooled = {kind: f"{100 * np.mean(list(chain(*of.values()))):.1f}" for kind, of in strange.items()}
        each = {hand: f"{100 * np.mean(told):.1f}" for hand, told in strange["checkin"].items() if len(told) > 20}
        yield f"cut {cut_at}: {len(ordinary(found, cut_at))} words; {pooled}; check-ins by hand {each}"


def main(arguments: list[str]) -> int:
    """Train, then write and tell, or check."""
    found = replies()
    grams = counted([one.text for one in found])
    model = learn(found, grams, np.arange(len(found)))
    scores = left_out(found, grams)
    limits = thresholds(found, scores)
    made = packed(grams, model, limits, ordinary(found), strange(found, scores))
    if "--check" in arguments:
        return _check(found, model.scores(grams.counts), made)
    FILE.write_bytes(made)
    print(*table(found, scores, limits), *ordinary_table(found), sep="\n")
    print(
        f"{FILE.name}: {len(made)} bytes, {len(model.kept)} grams, {len(found)} replies, CRC-32 {zlib.crc32(made):08x}"
    )
    return 0


def _check(found: list[Reply], scores: Array, made: bytes) -> int:
    """0 if the reader, with the file as it is, reads as what was just learned: the same scores, limits and words."""
    shipped = FILE.read_bytes()
    before, after = reader.parse(shipped), reader.parse(made)
    drift = float(np.abs(np.array([reader.impression(one.text)[: len(HEADS)] for one in found]) - scores).max())
    moved = max(abs(before.thresholds[h][s] - after.thresholds[h][s]) for h in HEADS for s in map(str, SHARES))
    same = before.ordinary == after.ordinary and max(drift, moved) < NOTHING
    how = "byte for byte" if shipped == made else "the same" if same else "NOT THE SAME: train again"
    print(f"What the data give, and the file: {how} (scores differ by {drift:.1e} at most, thresholds by {moved:.1e}).")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The labeled replies, their deterministic split, and the accuracy figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.understanding import Asked, Intent, Reading, understand

DATA = Path(__file__).parent / "data"

# Batches written after the first four of ``fresh.jsonl``, each measured once before anything changed for it: batches 5
# and 10 to 12 before their writer had read the lexicon, 6 to 9 after; 12, by the hand of 11, was sealed until the
# families of wording had been widened for 11; 13 was written after, by the same hand; 14 by another; 15 and on by
# whoever widened the families, each in one go between two widenings; 26 and 33 by yet other hands, before their writers
# had read the lexicon. Labels stand as first written, the contested too, but for ten of 16, 19 to 21, 24 and 25 that
# broke the rules and were put right before these figures. (In ``corpus.jsonl`` a question beside an answer was first
# labelled a check-in; it is a question with its score and habit, as a medical one is in ``examples.jsonl``.)
# First figures: exact overall, check-ins exact, crisis found, opt-outs found, false opt-outs, false scores.
#   5 every kind          466 replies  95.5 %  261/272  55/58  63/66  0  3
#   6 other voices        340 replies  90.0 %  143/159  56/62  52/62  1  1
#   7 rare crisis wording 187 replies  85.0 %   64/66   34/50  45/54  0  0
#   8 check-ins mostly    200 replies  91.0 %  103/115  26/30  30/31  0  1
#   9 crisis and opt-out  145 replies  93.1 %   61/65   39/41  35/39  1  0
#  10 every kind          260 replies  98.1 %  154/156  29/31  30/31  0  0
#  11 alarms, look-alikes 336 replies  93.5 %   85/94  92/101 105/108 1  1
#  12 alarms, look-alikes 224 replies  95.5 %   71/74   60/66   69/70  0  1
#  13 every kind          110 replies  91.8 %   34/35   31/35   28/30  0  0
#  14 every kind          320 replies  91.6 %  146/164  44/46   35/35  1  0
#  15 alarms, numbers      91 replies  86.8 %   37/42   19/22   14/17  0  0
#  16 alarms, numbers      94 replies  84.0 %   39/43   16/24   13/14  0  0
#  17 check-ins           107 replies  86.9 %   93/107   0/0     0/0   1  0
#  18 alarms, numbers      90 replies  80.0 %   38/41   17/28   16/19  1  0
#  19 alarms, numbers      84 replies  83.3 %   29/35   20/27   16/17  1  0
#  20 every kind           81 replies  92.6 %   36/41   19/20   15/15  0  0
#  21 steps mostly        102 replies  92.2 %   91/99    0/0     0/0   1  0
#  22 the rest mostly     101 replies  91.1 %   11/11    0/0     0/0   0  0
#  23 every kind           91 replies  87.9 %   58/63   15/18    7/10  0  1
#  24 check-ins            85 replies  94.1 %   80/85    0/0     0/0   0  1
#  25 alarms, look-alikes  64 replies  89.1 %   24/28   17/20   14/14  0  1
#  26 every kind          360 replies  94.7 %  131/131 50/50  45/45  3  2
#  27 every kind           74 replies  90.5 %   43/44   15/20    9/10  0  0
#  28 small intents        56 replies  58.9 %    0/0      0/0    2/3   1  1
#  29 small intents        56 replies  60.7 %    3/3      0/0    2/2   0  1
#  30 and look-alikes      55 replies  69.1 %   19/25     0/0    3/3   1  0  ("8 not 9", two things, withdrawn)
#  31 small intents        82 replies  65.9 %    0/0      0/0    1/2   3  0
#  32 and look-alikes      72 replies  88.9 %   20/22     1/1    2/2   0  0
#  33 every kind          300 replies  98.7 %  145/145 40/40  35/35  2  0  (sealed while families were widened)
#  34 and look-alikes      58 replies  69.0 %   14/16     0/0    1/2   0  0
LATER_BATCHES = range(5, 35)

# On these only the intent is compared: nothing is recorded beside them.
INTENT_ONLY = {"crisis", "opt_out"}


@dataclass(frozen=True)
class Example:
    """A reply, what was asked, and its expected reading."""

    text: str
    asked: Asked
    intent: str
    score: int | None
    habit: bool | None

    @property
    def held_out(self) -> bool:
        """A third of all replies, by a hash of the text, is kept aside to measure.

        The hold-out of ``corpus.jsonl`` was opened once, when it stood at 92.8 % exact; what came after it was measured
        on the batches of ``fresh.jsonl``, each before anything was changed for it (96.0, 97.0, 88.5 and 92.7 % exact).
        """
        return int(hashlib.sha256(self.text.encode()).hexdigest(), 16) % 3 == 0

    def matches(self, reading: Reading) -> bool:
        """The comparison that replies are judged by."""
        if self.intent in INTENT_ONLY:
            return reading.intent == self.intent
        return (reading.intent, reading.score, reading.habit) == (self.intent, self.score, self.habit)


def load(name: str) -> list[Example]:
    """The examples of one file in ``data``."""
    return [_example(json.loads(line)) for line in (DATA / name).read_text("utf-8").splitlines()]


def _example(row: dict[str, Any]) -> Example:
    expect = row["expect"]
    return Example(row["text"], Asked.parse(row["context"]), expect["intent"], expect["score"], expect["habit"])


def never() -> list[str]:
    """Sentences that are never an opt-out, a crisis or a score."""
    return _texts("never.jsonl")


def friends() -> list[str]:
    """Sentences with words of an opt-out or a crisis that are neither."""
    return _texts("friends.jsonl")


def _texts(name: str) -> list[str]:
    return [json.loads(line)["text"] for line in (DATA / name).read_text("utf-8").splitlines()]


@dataclass(frozen=True)
class Figures:
    """Counts over a set of examples. Check-ins are all replies to a question but crisis and opt-out.

    A false opt-out is one that would have been carried out; what is doubtful is held and asked about.
    """

    replies: int
    exact: int
    checkins: int
    checkins_exact: int
    crises: int
    crises_found: int
    opt_outs: int
    opt_outs_found: int
    false_opt_outs: int
    false_scores: int

    def line(self, name: str) -> str:
        """The counts as one readable line."""
        return (
            f"{name}: {self.replies} replies, {self.exact / self.replies:.1%} exact; check-ins exact "
            f"{self.checkins_exact}/{self.checkins} ({self.checkins_exact / self.checkins:.1%}); crisis found "
            f"{self.crises_found}/{self.crises}; opt-outs found {self.opt_outs_found}/{self.opt_outs}; "
            f"false opt-outs {self.false_opt_outs}; false scores {self.false_scores}"
        )


def figures(examples: Iterable[Example]) -> Figures:
    """Read every example and count."""
    read = [(e, understand(e.text, e.asked)) for e in examples]
    checkins = [(e, r) for e, r in read if e.intent in ("checkin", "unclear")]
    return Figures(
        replies=len(read),
        exact=sum(e.matches(r) for e, r in read),
        checkins=len(checkins),
        checkins_exact=sum(e.matches(r) for e, r in checkins),
        crises=sum(e.intent == "crisis" for e, _ in read),
        crises_found=sum(e.intent == "crisis" and r.intent is Intent.CRISIS for e, r in read),
        opt_outs=sum(e.intent == "opt_out" for e, _ in read),
        opt_outs_found=sum(e.intent == "opt_out" and r.intent is Intent.OPT_OUT for e, r in read),
        false_opt_outs=sum(e.intent not in INTENT_ONLY and r.stop == "sure" for e, r in read),
        false_scores=sum(e.intent not in INTENT_ONLY and r.score is not None and r.score != e.score for e, r in read),
    )


def measured() -> dict[str, list[Example]]:
    """The sets that are measured, by name."""
    corpus = load("corpus.jsonl")
    return {
        "examples": load("examples.jsonl"),
        "development": [e for e in corpus if not e.held_out],
        "widened": load("widened.jsonl"),  # written with the lexicon at hand, while its families were widened
        "widened again": load("widened_2.jsonl"),
        "hold-out": [e for e in corpus if e.held_out],
        "fresh": load("fresh.jsonl"),
        "fresh, later": [e for n in LATER_BATCHES for e in load(f"fresh_{n}.jsonl")],
    }

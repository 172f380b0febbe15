"""Accuracy of understanding replies: `python3 dev.py bench replies [FILE …]`.

Without files: the labeled hands, the second reader scored on each by a model that has not seen that hand, for the
rules alone, the second reader alone and both. With files (JSON lines as
`tests/coach/understanding/data/hands/CONVENTION.md` says): sets that nothing was trained on, by what is shipped, the
worst first. `--missed` names every reply read wrong.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from coach.understanding import Asked, Intent, Reading, second_reader, understand
from coach.understanding.second_reader import Impression
from tests.coach.understanding import judging
from tests.coach.understanding.judging import Labelled, Share

HANDS = Path(__file__).parents[1] / "coach" / "understanding" / "data" / "hands"
NOTHING = Impression(*[-9.0] * 7)  # sounds like nothing: a certain stop without a keyword is then asked about
FULL = {"crisis": 0.005, "urgent": 0.002}
reading_module = import_module("coach.understanding.read")


@contextmanager
def hearing(impression: Callable[[str], Impression]) -> Iterator[None]:
    """The reader with another second reader, and nothing remembered."""
    before = second_reader.impression
    second_reader.impression = impression  # type: ignore[assignment]  # put back below
    reading_module._remembered.cache_clear()
    try:
        yield
    finally:
        second_reader.impression = before
        reading_module._remembered.cache_clear()


def by_ear_alone(text: str, _asked: Asked) -> Reading:
    """What the second reader by itself would do."""
    heard = second_reader.impression(text)
    kinds = [kind for kind, share in FULL.items() if getattr(heard, kind) >= second_reader.threshold(kind, share)]
    careful = any(
        getattr(heard, kind) >= second_reader.threshold(kind, 0.02)
        for kind in ("crisis", "urgent", "medical", "opt_out", "someone_else")
    )
    if kinds:
        urgent = kinds == ["urgent"]
        intent = Intent.MEDICAL if urgent else Intent.CRISIS
        urgency = "emergency" if urgent else None
        return Reading(intent, urgency=urgency, for_coach="urgent" if urgent else "crisis")  # type: ignore[arg-type]
    if heard.opt_out >= second_reader.threshold("opt_out", 0.005):
        return Reading(Intent.OPT_OUT, stop="doubtful", for_coach="read")
    return Reading(Intent.UNCLEAR, for_coach="read" if careful else None)


def told(name: str, shares: dict[str, Share]) -> None:
    """One set's counts, a line each."""
    print(f"{name}")
    for measure, share in shares.items():
        if share.of:
            print(f"  {measure:22} {share}")


def total(each: Iterable[dict[str, Share]]) -> dict[str, Share]:
    """The counts of several sets together."""
    summed = {name: Share() for name in judging.MEASURES}
    for shares in each:
        for name, share in shares.items():
            summed[name].of += share.of
            summed[name].hits += share.hits
    return summed


def judge_sets(paths: list[Path], *, missed: bool) -> None:
    """Sets that nothing was trained on, by what is shipped, the worst first."""
    found = [(path.name, judging.judge(judging.load(path))) for path in paths]
    found.sort(key=lambda one: one[1]["danger reached"].hits / max(1, one[1]["danger reached"].of))
    for name, shares in found:
        told(name, shares)
        for measure, share in shares.items() if missed else ():
            for one, reading in share.missed:
                print(f"    {measure}: {one.asked} {one.text!r}: {one.intent}, read as {reading.intent}, {reading.why}")
    for language in ("en", "es", "mixed"):
        rows = [one for path in paths for one in judging.load(path) if one.language == language]
        if rows:
            told(f"all of them in {language}", judging.judge(rows))
    told("all of them", total(shares for _, shares in found))


def judge_hands() -> None:
    """Each hand, by a second reader that has not seen it: rules alone, second reader alone, both."""
    from tests.coach.understanding import train  # noqa: PLC0415  (scikit-learn is for development only)
    from tests.coach.understanding.hands import replies  # noqa: PLC0415  (loads every labeled file)

    found = replies()
    grams = train.counted([one.text for one in found])
    scores = train.left_out(found, grams)
    weights = train.strange(found, scores).weights
    heard: dict[tuple[str, str], Impression] = {}
    for hand in sorted({one.hand for one in found}):
        words = train.ordinary([one for one in found if one.hand != hand])
        for row, one in enumerate(found):
            if one.hand == hand:
                facts = second_reader.strange_facts(scores[row], second_reader.cut(one.text), words)
                heard[hand, one.text] = Impression(*map(float, (*scores[row], weights @ facts)))
    each: dict[str, list[dict[str, Share]]] = {"rules alone": [], "second reader alone": [], "both": []}
    for path in sorted(HANDS.glob("*.jsonl")):
        rows = judging.load(path)
        with hearing(lambda _text: NOTHING):
            each["rules alone"].append(judging.judge(rows))
        lookup = {one.text: heard[path.stem, one.text] for one in rows}
        for name, reader in (("second reader alone", by_ear_alone), ("both", understand)):
            each[name].append(_judge_heard(rows, lookup, reader))
        told(path.stem, each["both"][-1])
    for name, shares in each.items():
        told(f"all hands, {name}", total(shares))


def _judge_heard(
    rows: list[Labelled], lookup: dict[str, Impression], reader: Callable[[str, Asked], Reading]
) -> dict[str, Share]:
    """Judge with the impressions of a model that has not seen these replies."""
    current: list[Impression] = []

    def read(text: str, asked: Asked) -> Reading:
        current[:] = [lookup[text]]
        return reader(text, asked)

    with hearing(lambda _text: current[0]):
        return judging.judge(rows, read)


def speed() -> None:
    """Replies a second on one core, none remembered."""
    rows = [one for path in sorted(HANDS.glob("*.jsonl")) for one in judging.load(path)][:4000]
    began = time.process_time()
    for one in rows:
        reading_module._read(one.text, one.asked, None)
    print(f"{len(rows) / (time.process_time() - began):,.0f} replies a second on one core, none remembered")


def main(arguments: list[str]) -> int:
    """Print the figures."""
    files = [Path(one) for one in arguments if not one.startswith("--")]
    if files:
        judge_sets(files, missed="--missed" in arguments)
    else:
        judge_hands()
    speed()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""All labeled replies by who wrote them: what the second reader is trained on, and left-out hands are measured on."""

from __future__ import annotations

import json
from typing import NamedTuple

from tests.coach.understanding import corpora

ORDINARY = ("checkin", "ack", "unclear")
ALARMS = ("crisis", "opt_out", "medical")
# The batches of ``fresh*.jsonl`` by who wrote them, as far as ``corpora`` tells it; all others are by one hand.
FRESH = {"": "A", "5": "B", "6": "B", "7": "C", "8": "C", "9": "C", "10": "D", "14": "D", "26": "D", "33": "D"} | {
    "11": "E", "12": "E", "13": "E",
}  # fmt: skip


class Reply(NamedTuple):
    """A labeled reply. An intent of None: neither crisis nor opt-out, nothing else is known."""

    hand: str
    text: str
    intent: str | None
    urgent: bool | None

    def is_a(self, head: str) -> bool | None:
        """Whether it is of this kind, or None where its label does not say."""
        if head in ("crisis", "opt_out"):
            return self.intent == head
        if self.intent is None:
            return None
        if head == "beside":  # danger against answers, and nothing else
            return True if self.intent == "crisis" or self.urgent else False if self.intent == "checkin" else None
        if head == "urgent":
            return self.urgent if self.intent == "medical" else False
        return self.intent == {"someone_else": "wrong_number"}.get(head, head)

    @property
    def everyday(self) -> bool:
        """Whether false alarms are counted on it: not what was written, or collected, to look like an alarm."""
        if self.hand in ("lexicon", *(f"fresh {one}" for one in "ABCDEF")):
            return self.intent in (*ORDINARY, "question")
        return self.hand.startswith(("chatter", "answers", "doors", "rest"))


def replies() -> list[Reply]:
    """All labeled replies, in a fixed order."""
    found = []
    for path in sorted((corpora.DATA / "hands").glob("*.jsonl")):
        rows = map(json.loads, path.read_text("utf-8").splitlines())
        found += [Reply(path.stem, row["text"], row["intent"], row["urgent"]) for row in rows]
    for path in sorted(corpora.DATA.glob("*.jsonl")):
        if path.stem in ("never", "friends"):
            texts = corpora.never() if path.stem == "never" else corpora.friends()
            found += [Reply("look-alikes", text, None, None) for text in texts]
        else:
            batch = path.stem.removeprefix("fresh").removeprefix("_")
            hand = f"fresh {FRESH.get(batch, 'F')}" if path.stem.startswith("fresh") else "lexicon"
            found += [Reply(hand, one.text, one.intent, None) for one in corpora.load(path.name)]
    return found

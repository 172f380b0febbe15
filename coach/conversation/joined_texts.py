"""Read a text together with the ones just before it, because danger may come in pieces: "I took", "all of my pills".

Only danger is read this way, never a score, a stop or a command. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from coach.understanding import Asked, Intent, Reading, understand
from coach.understanding.result import READ_TOGETHER
from coach.understanding.second_reader import impression

JOINED_WITHIN = timedelta(minutes=10)
MOST_EARLIER = 4
LONGEST_JOINED = 600  # characters
# A break suits one sentence a text, a space a sentence cut in two.
SEPARATORS = (". ", " ")


@dataclass(frozen=True, slots=True)
class EarlierText:
    """A text of the last minutes. `is_answer`: it was a plain answer, which may stand between two halves."""

    body: str
    is_answer: bool = False


def is_danger(reading: Reading) -> bool:
    """Whether a text is read as a crisis or an emergency."""
    return reading.intent is Intent.CRISIS or reading.urgency == "emergency"


def read_together(earlier: Sequence[EarlierText], body: str, reading: Reading, name: str | None = None) -> Reading:
    """Return the danger that a text and those before it tell together, or else the reading unchanged."""
    if not earlier or is_danger(reading) or reading.intent is Intent.AUTO_REPLY:
        return reading
    for parts in _combinations(earlier, body):
        for separator in SEPARATORS:
            together = understand(separator.join(parts), Asked.NONE, name=name)
            if is_danger(together) and not _is_in_one_part(together, parts) and _says_more(together, separator, parts):
                return _danger_of(together, reading)
    return reading


def _danger_of(together: Reading, alone: Reading) -> Reading:
    """Take only the danger from the joined reading; answers and stops are the text's own."""
    return together._replace(
        score=alone.score,
        habit=alone.habit,
        stop=alone.stop,
        keyword=alone.keyword,
        command=None,
        recognised=(),
        unexplained=(),
        why=f"{READ_TOGETHER} {together.why}",
    )


def _combinations(earlier: Sequence[EarlierText], body: str) -> Iterator[tuple[str, ...]]:
    """Yield the runs of texts that end with this one, also without the plain answers in between."""
    fitting = list(earlier)[-MOST_EARLIER:]
    while sum(len(one.body) + 2 for one in fitting) + len(body) > LONGEST_JOINED and fitting:
        del fitting[0]
    runs = [(*(one.body for one in fitting[start:]), body) for start in range(len(fitting))]
    others = [one.body for one in fitting if not one.is_answer]
    runs += [(*others[start:], body) for start in range(len(others))]
    yield from dict.fromkeys(runs)


def _says_more(together: Reading, separator: str, parts: Sequence[str]) -> bool:
    """Whether danger that no rule names sounds clearly more like it together than in any one text.

    "I buried my brother", "hold off till the 8th" and "no, keep them coming" only tip over when they are added up.
    """
    if together.recognised:
        return True
    kind = "crisis" if together.intent is Intent.CRISIS else "urgent"
    whole, *each = (getattr(impression(words), kind) for words in (separator.join(parts), *parts))
    return bool(whole - max(each) >= CLEARLY)


CLEARLY = 0.05  # of the second reader's score; dangers that were cut in two gain 0.14 and more


def _is_in_one_part(together: Reading, parts: Sequence[str]) -> bool:
    """Whether the words that alarm are all in one text: by itself it was harmless, so it still is."""
    return bool(together.recognised) and any(together.recognised[0].text in part for part in parts)

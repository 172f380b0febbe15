"""Understand inbound texts: pure functions over the vocabulary in ``content/lexicon``.

``understand`` is the entry point. A reply is cleaned, tokenized, put into the lexicon's spelling, and read in the order
given in ``coach.understanding.read``. Nothing is guessed: when in doubt, take no score and ask once.
"""

from coach.understanding.languages import clear_language
from coach.understanding.read import understand
from coach.understanding.result import Asked, Command, Intent, Reading, TextSpan, as_json
from coach.understanding.stopping.stop_question import asks_back, begins_with_yes, until_meant, wants_back, wants_texts

__all__ = [
    "Asked",
    "Command",
    "Intent",
    "Reading",
    "TextSpan",
    "as_json",
    "asks_back",
    "begins_with_yes",
    "clear_language",
    "understand",
    "until_meant",
    "wants_back",
    "wants_texts",
]

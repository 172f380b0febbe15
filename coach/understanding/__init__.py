"""Read what people really write: pure functions over the words of ``content/lexicon``.

``understand`` is the way in. A reply is normalised, cut into tokens, put into the lexicon's spelling, and read in the
order that ``coach.understanding.read`` sets out. Nothing here guesses: unsure means no score and ask once.
"""

from coach.understanding.read import understand
from coach.understanding.result import Asked, Command, Intent, Reading, TextSpan, as_json

__all__ = ["Asked", "Command", "Intent", "Reading", "TextSpan", "as_json", "understand"]

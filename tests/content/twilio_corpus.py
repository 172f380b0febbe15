"""Every text whose segments were counted by Twilio's own calculator, and how to count them again.

The answers are kept in twilio_segments.json. After a change of texts, with `npm install sms-segments-calculator` done
in a folder outside the checkout:

    python -m tests.content.twilio_corpus > FOLDER/texts.json
    cd FOLDER && node CHECKOUT/tests/content/count_segments.js texts.json CHECKOUT/tests/content/twilio_segments.json
"""

import json
import sys
from typing import TypedDict

from content.catalogue import Catalogue, load_catalogue
from content.lint import filled
from content.questions import longest_question

EDGES = (
    "",
    "a" * 160,
    "a" * 161,
    "a" * 306,
    "a" * 307,
    "é" * 160,
    "ñ¿¡üöÉÑ à",
    "€" * 80,
    "€" * 81,
    "a" * 152 + "€" + "a" * 10,
    "a" * 152 + "[" + "a" * 153,
    "a" * 305 + "~" + "a" * 5,
    "{a} [b] ~ ^ | \\",
    "one line\nand another",
    "á" * 70,
    "á" * 71,
    "á" * 134,
    "á" * 135,
    "í" + "a" * 69,
    "ó" + "a" * 70,
    "ú" + "€" * 69,
    "ç",
    "Ç",
    "`",
    "’",
    "–",
    "…",
    "“hello”",
    "a\u00a0b",
    "a\u200bb",
    "thumbs 👍",
    "👍" * 35,
    "👍" * 36,
    "a" * 66 + "👍" + "a" * 66,
    "a" * 65 + "👍" + "a" * 67,
    "ΔΦΓΛΩΠΨΣΘΞ ÆæßÅåØø £$¥§",
    "Сегодня вечером",
)


class Answer(TypedDict):
    """What Twilio's calculator said of a text."""

    text: str
    encoding: str
    segments: int
    units: int


def bodies(catalogue: Catalogue) -> list[str]:
    """Every text as it stands and with its costliest values; every step with the questions, and with the footer too."""
    found: list[str] = []
    for text in catalogue.all_texts():
        found += [text.body, filled(text)]
        if text.strategy:
            (footer,) = catalogue.texts_for("stop_help_footer", text.language)
            for questions in (catalogue.score_question(text.language).body, longest_question(catalogue, text)):
                nudge = f"{filled(text)} {questions}"
                found += [nudge, f"{nudge} {footer.body}"]
    return list(dict.fromkeys((*EDGES, *found)))


if __name__ == "__main__":
    json.dump(bodies(load_catalogue()), sys.stdout, ensure_ascii=False)

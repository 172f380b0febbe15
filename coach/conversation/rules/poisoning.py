"""Recognize that a text in danger is about something swallowed, so that the poison line is named. Pure."""

import re

# Looked for only in a text that was read as danger, or in an open crisis.
SWALLOWED = re.compile(
    r"\b(?:pills?|tablets?|capsules?|overdos\w*|od'?d|poison\w*|swallow\w*|bleach|antifreeze|bottle of|tylenol|"
    r"acetaminophen|paracetamol|ibuprofen|ambien|xanax|benadryl|fentanyl|opioids?|meds|medication|medicine|patches|"
    r"ropinirole|requip|pramipexole|mirapex|gabapentin|pregabalin|lyrica|rotigotine|"
    r"pastillas?|p[ií]ldoras?|tabletas?|c[aá]psulas?|comprimidos?|sobredosis|veneno|envenen\w*|intoxic\w*|trag\w+|"
    r"lej[ií]a|cloro|raticida|medicinas?|medicamentos?|frasco de|bote de|"
    r"ropinirol|pramipexol|gabapentina|pregabalina)\b",
    re.IGNORECASE,
)


def names_something_swallowed(body: str) -> bool:
    """Whether the text names pills, a medicine, an overdose or a poison."""
    return SWALLOWED.search(body) is not None

"""Whether a new password is too easy to guess: too short, common, repeated, or made of own words. Pure, and offline.

Common words, sequences and the owner's own words count as one character each, however they are spelled.
"""

import re
import unicodedata
from collections.abc import Iterable

SHORTEST, LONGEST = 12, 1000  # after normalization; hashing refuses some thousands
FEWEST_LEFT = 6  # characters that must remain where what is easy to guess counts as one
SHORTEST_WORD = 3
OTHER_SPELLINGS = str.maketrans("@4031!$578", "aaoeiisstb")
SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop")
# The words that lists of leaked passwords are made of, in the languages of our users, and our own subject.
COMMON_WORDS = """
password passwort passwrd passcode contrasena clave secret secreto letmein welcome bienvenido admin administrator
root user login signin access master default changeme guest test testing temp temporary manager system superuser
iloveyou teamo tequiero monkey dragon football baseball basketball soccer hockey princess princesa sunshine shadow
superman batman spiderman pokemon starwars mustang michael jennifer jordan charlie daniel thomas jessica ashley
andrea carlos alejandro nicole michelle hunter ranger buster tigger whatever trustno freedom computer internet
samsung google facebook cheese cookie chocolate flower summer winter spring autumn monday friday sunday january
february march april may june july august september october november december america mexico newyork california
texas chicago london jesus god angel heaven hello hola love loveyou forever lucky killer ninja magic matrix hospital
clinic health nurse doctor coach coaching legs restless rls sleep patient medical care
"""
COMMON = frozenset(COMMON_WORDS.split())


def why_not(password: str, own: Iterable[str] = ()) -> str | None:
    """Return in one sentence why a new password is refused, or None. `own` are words that others know of its owner."""
    password = normalize_password(password)
    if len(password) < SHORTEST:
        return f"The password must have at least {SHORTEST} characters."
    if is_too_long(password):
        return f"The password may have at most {LONGEST} characters."
    plain = "".join(one for one in password.casefold() if not unicodedata.combining(one))
    own_words = {word for text in own for word in re.findall(r"\w+", text.casefold()) if len(word) >= SHORTEST_WORD}
    if _left(plain, own_words) < FEWEST_LEFT:
        return "The password is made of your own name or address: choose another."
    if _left(plain, {*own_words, *COMMON}) < FEWEST_LEFT:
        return "The password is too easy to guess: choose several words that do not belong together."
    return None


def normalize_password(password: str) -> str:
    """Return a password as it is hashed. Flask-Security applies the same to what is typed into the page."""
    return unicodedata.normalize("NFKD", password)


def is_too_long(password: str) -> bool:
    """Whether a password is longer than any that we hash."""
    return len(password) > LONGEST or len(normalize_password(password)) > LONGEST


def _left(plain: str, words: set[str]) -> int:
    """Count what remains: the fewer of the two readings of its digits and signs."""
    return min(_count(reading, words) for reading in (plain, plain.translate(OTHER_SPELLINGS)))


def _count(text: str, words: set[str]) -> int:
    found: set[str] = set()
    for word in sorted(words, key=len, reverse=True):
        if word in text:
            found.add(word)
            text = text.replace(word, " ")
    text = re.sub(r"(19|20)\d\d", " ", text)  # a year
    text = _without_sequences(text)
    text = re.sub(r"(.{1,6}?)\1+", r"\1", text)  # what is repeated counts once
    return len(set(re.findall(r"\w", text))) + len(found)


def _without_sequences(text: str) -> str:
    for line in SEQUENCES:
        for one in (line, line[::-1]):
            for length in range(len(one), 2, -1):
                for start in range(len(one) - length + 1):
                    text = text.replace(one[start : start + length], " ")
    return text

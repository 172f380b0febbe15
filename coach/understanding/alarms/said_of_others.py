"""Tell what somebody else does not do from a wish to us: "papa dont answer", "dont answer the door she said".

Also recognize that somebody listens in on calls, or answers them.
"""

import re

_KIN = (
    r"(?:husband|hubby|wife|son|daughter|mom|mama|momma|ma|mum|mother|dad|daddy|papa|pop|pops|father|sister|brother"
    r"|grandson|granddaughter|grandma|grandpa|granny|gran|nana|aunt|auntie|uncle|cousin|niece|nephew|boy|girl|baby"
    r"|kids?|boyfriend|girlfriend|partner|ex|friend|neighbor|doctor|clinic|nurse|nobody|no one)"
)
_NOT = r"(?:do not|don'?t|dont|does not|doesn'?t|doesnt|will not|won'?t|wont|did not|didn'?t|didnt)(?: even| ever)?"
_WRITES = r"(?:answer|reply|respond|text|write|message|call|phone|pick up)"
_OPENS = r"(?:please|pls|plz|so|and|but|just|ok|okay|now|hey|hi|stop|no|yes|here|again|also|shh|quiet|later|then|sorry)"
_OF_OTHERS = re.compile(
    rf"\b{_KIN}(?: in law)? {_NOT} {_WRITES}\b"
    r"(?: (?:me|us|it|back|(?:his|her|the|my|their) (?:phone|cell|door|calls?)))*"
    rf"|^\W*(?!{_OPENS}\b)[^\W\d]+ {_NOT} answer\b(?: (?:me|his|her|the) ?(?:phone|cell|door)?)?\W*$"
    r"|\b(?:do not|don'?t|dont) answer (?:the|his|her|their|any|that) (?:door|bell|phone|calls?)\b"
    r"|\bno (?:contesten|abran|respondan) (?:la puerta|el tel[eé]fono)\b",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"^\W*(?:and |but |still |just )*(?:do not|don'?t|dont|wont|won'?t|no) (?:answer|respond|contesta)\W*$",
    re.IGNORECASE,
)
_PERSON = rf"(?:he|she|they|someone|somebody|(?:my|his|her) {_KIN}(?: in law)?)(?:'?s|'?ll)?"
_PERSONA = r"(?:[eé]l|ella|alguien|mi \w+)"
LISTENED = (
    rf"\b{_PERSON}(?: is| always)? (?:listens?|listening|eavesdrops?)(?: in)?\b(?! to (?!me|my calls|us)\w+)"
    r"|\b(?:do not|don'?t|dont|never) (?:call|phone|ring)\b[^.!?]*"
    rf"\b{_PERSON} (?:answers?|picks? up|hears?|overhears?)\b"
    rf"|\bno (?:me |nos )?(?:llamen?|llames|marquen?)\b[^.!?]*\b{_PERSONA} (?:contesta|escucha|oye|agarra|se enoja)\b"
    rf"|\b{_PERSONA} (?:escucha|oye) (?:mis llamadas|cuando hablo|todo lo que digo)\b"
)
NOT_HERE = re.compile(
    r"\b(?:call|phone|ring) (?:here|the house|this (?:house|number|phone))\b|\bllamen aqu[ií]\b", re.IGNORECASE
)
_SOMEBODY = re.compile(rf"\b(?:he|she|they|{_KIN}|[eé]l|ella|mi \w+)\b", re.IGNORECASE)


def but_for_others(plain: str) -> str:
    """Return a text without what it says that somebody else does not do."""
    return _OF_OTHERS.sub(" ", plain)


def goes_on_about_another(before: str, body: str) -> bool:
    """Whether "dont answer" tells more of somebody of whom the text just before it told."""
    return _NO_ANSWER.match(body.strip()) is not None and _SOMEBODY.search(before) is not None

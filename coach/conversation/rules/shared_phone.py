"""Recognize texts that say somebody else reads this phone, or should not hear a call. Pure."""

import re

_SOMEBODY = (
    r"(?:he|she|they|someone|somebody|(?:my|his|her) (?:husband|wife|boyfriend|girlfriend|partner|ex|mom|mother|dad"
    r"|father|son|daughter|brother|sister|boss|roommate|stepdad))"
)
_ALGUIEN = (
    r"(?:[eé]l|ella|alguien|mi (?:marido|esposo|esposa|mujer|novio|novia|pareja|ex|mam[aá]|madre|pap[aá]|padre|hijo"
    r"|hija|hermano|hermana|jefe|suegra|suegro))"
)
_READS = r"(?:reads?|reading|checks?|checking|goes through|going through|looks? (?:at|through)|monitors?|watches|sees?)"
_LEE = r"(?:lee|leen|leyendo|revisa|revisan|mira|miran|ve|ven|controla|vigila|espía|espia)"
_PHONE = r"(?:phone|cell|texts?|messages?|sms)"
_MOVIL = r"(?:tel[eé]fono|celular|cel|m[oó]vil|mensajes?|sms|textos?)"

# Somebody else reads along.
READ_BY_OTHERS = re.compile(
    rf"\b{_SOMEBODY}\b(?: \w+){{0,3}} {_READS}\b(?: \w+){{0,3}} {_PHONE}\b"
    rf"|\b{_SOMEBODY}\b(?: \w+){{0,2}} (?:has|took|got|answers|holds|uses)(?: \w+){{0,2}}"
    rf" (?:my|this|the) (?:phone|cell)\b"
    rf"|\b{_SOMEBODY}\b(?: \w+){{0,2}} {_READS} (?:this|these|everything|all i|what i)\b"
    rf"|\b{_ALGUIEN}\b(?: \w+){{0,2}} {_LEE} (?:esto|estos|todo lo que|lo que) (?:escrib|mand|texte|envi|en este)\w*"
    rf"|\b{_ALGUIEN}\b(?: \w+){{0,3}} {_LEE}\b(?: \w+){{0,3}} {_MOVIL}\b"
    rf"|\b{_ALGUIEN}\b(?: \w+){{0,2}} (?:tiene|usa|contesta|agarra|coge|quit[oó])(?: \w+){{0,2}}"
    rf" (?:mi|este|el) {_MOVIL}\b"
    r"|\b(?:do not|don'?t|dont) let (?:him|her|them|my \w+) (?:see|know|find out)\b"
    r"|\bque no (?:lo|la|se) (?:vea|sepa|entere)\b",
    re.IGNORECASE,
)
# Beside danger, these mean the same.
NO_CALLS = re.compile(
    r"\b(?:do not|don'?t|dont|please no|no) (?:ever )?(?:call|calls|phone|ring)\b"
    r"|\bno (?:me |nos |la |lo |le )?(?:llam[eé]is|llames?|llamen|marquen?|telefone[eé]n?|hablen? por tel[eé]fono)\b"
    r"|\bsin llamadas\b"
    r"|\b(?:do not|don'?t|dont) (?:text|write|message|reply)(?: me)? back\b"
    r"|\bno (?:me )?(?:contesten?|respondan|escriban)\b",
    re.IGNORECASE,
)
TYPOGRAPHIC = str.maketrans("‘’", "''")


def is_read_by_others(body: str) -> bool:
    """Whether a text says that somebody else reads, has or answers this phone."""
    return READ_BY_OTHERS.search(_plain(body)) is not None


def wants_no_calls(body: str) -> bool:
    """Whether a text asks us not to call or write back; beside danger, somebody else may be listening."""
    return NO_CALLS.search(_plain(body)) is not None


def _plain(body: str) -> str:
    return " ".join(body.translate(TYPOGRAPHIC).split())

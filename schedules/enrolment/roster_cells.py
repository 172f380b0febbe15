"""Well-formed roster cells that still make no sense: not a place, not an evening, nobody's phone. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, time, timedelta

import phonenumbers
from phonenumbers import PhoneNumberType

from schedules.timing.local_time import zone, zone_names

EVENING_FROM = time(16)  # earlier times are mornings, or come from a 12-hour clock without pm
OLDEST_CONSENT = timedelta(days=3653)  # older dates are a spreadsheet's epoch: 1904, 1970, 2000

# Joiners are part of words in Persian and Indic scripts; other invisible characters only reorder or hide text.
_JOINERS = "\u200c\u200d"
_HIDDEN = ("Cf", "Cc", "Co", "Cs")
_PLAIN = re.compile(r"[ -~¡-¬®-ͯ\s]*")

# Abbreviations mapped to the place they most likely mean: IANA's fixed offsets have no summer time.
LIKELY_ZONES: Mapping[str, str] = {
    **dict.fromkeys(("EST", "EDT", "ET", "EST5EDT", "EASTERN", "ETC/GMT+5"), "America/New_York"),
    **dict.fromkeys(("CST", "CDT", "CT", "CST6CDT", "CENTRAL", "ETC/GMT+6"), "America/Chicago"),
    **dict.fromkeys(("MST", "MDT", "MT", "MST7MDT", "MOUNTAIN", "ETC/GMT+7"), "America/Denver"),
    **dict.fromkeys(("PST", "PDT", "PT", "PST8PDT", "PACIFIC", "ETC/GMT+8"), "America/Los_Angeles"),
    **dict.fromkeys(("AKST", "AKDT", "ALASKA", "ETC/GMT+9"), "America/Anchorage"),
    **dict.fromkeys(("HST", "HAST", "HAWAII", "ETC/GMT+10"), "Pacific/Honolulu"),
    **dict.fromkeys(("AST", "ADT", "ATLANTIC", "ETC/GMT+4"), "America/Halifax"),
    **dict.fromkeys(("GMT", "BST", "UTC", "UCT", "ZULU", "ETC/GMT", "ETC/UTC", "WET", "GMT0"), "Europe/London"),
    **dict.fromkeys(("CET", "CEST", "MET", "MEZ", "ETC/GMT-1"), "Europe/Madrid"),
    **dict.fromkeys(("EET", "EEST", "ETC/GMT-2"), "Europe/Athens"),
}
# IANA names without a continent that still name a place.
_PLACES = frozenset(
    (
        *("Cuba", "Egypt", "Eire", "GB", "GB-Eire", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan"),
        *("Kwajalein", "Libya", "NZ", "NZ-CHAT", "Navajo", "PRC", "Poland", "Portugal", "ROC", "ROK", "Singapore"),
        *("Turkey", "W-SU"),
    )
)

_FREEPHONE = frozenset(["800", "822", "833", "844", "855", "866", "877", "888"]) | {f"88{digit}" for digit in range(10)}
_SERVICE_NUMBERS: Mapping[int, str] = {
    PhoneNumberType.TOLL_FREE: "a freephone number",
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.UAN: "a company's service number",
    PhoneNumberType.VOICEMAIL: "a voice mailbox",
    PhoneNumberType.PAGER: "a pager",
}


def strip_invisible(text: str) -> str:
    """Remove invisible characters, such as those that change the writing direction."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(one for one in text if one in _JOINERS or one.isspace() or unicodedata.category(one) not in _HIDDEN)


def read_zone_name(raw: str) -> str:
    """Return the IANA name of a place's zone. Raises ValueError with one sentence that suggests the likely one."""
    likely = LIKELY_ZONES.get(raw.upper()) or LIKELY_ZONES.get(raw.upper().partition(" ")[0])
    if raw in zone_names():
        if raw in _PLACES or ("/" in raw and not raw.startswith("Etc/")):
            return raw
        likely = likely or "America/New_York"
        raise ValueError(f"'{raw}' is no place and has no summer time: write the place, most likely {likely}")
    if likely:
        raise ValueError(f"'{raw}' is not a time zone: use an IANA name such as {likely}")
    zone(raw)  # raises ValueError with the reason
    return raw


def why_no_evening(evening_at: time) -> str | None:
    """Return one sentence if a time is not in the evening anywhere, else None."""
    if evening_at >= EVENING_FROM:
        return None
    likely = f", such as {evening_at.hour + 12}:{evening_at:%M}" if 4 <= evening_at.hour < 9 else ""
    return f"{evening_at:%H:%M} is no evening: write the time of the evening text on the 24-hour clock{likely}"


def why_nobodys_telephone(number: str) -> str | None:
    """Return one sentence if no person's phone can have an E.164 number, else None."""
    impossible = "no telephone can have this number: ask for it again"
    if number.startswith("+1"):  # checked by the plan: area codes change often
        area, exchange = number[2:5], number[5:8]
        if area in _FREEPHONE:
            return "this is a freephone number, which is nobody's telephone: ask for their own"
        if area == "900":
            return "this is a premium-rate number, which is nobody's telephone: ask for their own"
        wrong = any(part[0] in "01" or part[1:] == "11" for part in (area, exchange)) or area[1] == "9"
        return impossible if wrong else None
    parsed = phonenumbers.parse(number)
    kind = _SERVICE_NUMBERS.get(phonenumbers.number_type(parsed))
    if kind:
        return f"this is {kind}, which is nobody's telephone: ask for their own"
    return None if phonenumbers.is_valid_number(parsed) else impossible


def why_no_consent(given: datetime, now: datetime) -> str | None:
    """Return one sentence if nobody can have consented at this instant, else None."""
    if given > now + timedelta(minutes=5):
        return "this is in the future: give the time at which the person agreed"
    if given < now - OLDEST_CONSENT:
        return f"nobody agreed to these texts in {given.year}: give the date on which the person did"
    return None

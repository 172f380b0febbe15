"""What a cell of a roster cannot mean although it is well formed: no place, no evening, nobody's telephone. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, time, timedelta

import phonenumbers
from phonenumbers import PhoneNumberType

from schedules.timing.local_time import zone, zone_names

EVENING_FROM = time(16)  # an earlier "evening time" is one of the morning, or a 12-hour clock without its pm
OLDEST_CONSENT = timedelta(days=3653)  # older ones are the zero of some program's calendar: 1904, 1970, 2000

# Joiners are letters' own in Persian and the scripts of India; other invisible characters only turn or hide the text.
_JOINERS = "\u200c\u200d"
_HIDDEN = ("Cf", "Cc", "Co", "Cs")
_PLAIN = re.compile(r"[ -~¡-¬®-ͯ\s]*")

# What people write who mean the place: fixed offsets among IANA's names have no summer time, the others are no names.
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
# Names of IANA without a continent that are places all the same, or a place's other name.
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
    """A text without characters that cannot be seen, such as those that turn the direction of writing."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(one for one in text if one in _JOINERS or one.isspace() or unicodedata.category(one) not in _HIDDEN)


def read_zone_name(raw: str) -> str:
    """The zone of a place, by its IANA name. Raises ValueError with one clear sentence that names the likely one."""
    likely = LIKELY_ZONES.get(raw.upper()) or LIKELY_ZONES.get(raw.upper().partition(" ")[0])
    if raw in zone_names():
        if raw in _PLACES or ("/" in raw and not raw.startswith("Etc/")):
            return raw
        likely = likely or "America/New_York"
        raise ValueError(f"'{raw}' is no place and has no summer time: write the place, most likely {likely}")
    if likely:
        raise ValueError(f"'{raw}' is not a time zone: use an IANA name such as {likely}")
    zone(raw)  # says what is wrong with it
    return raw


def why_no_evening(evening_at: time) -> str | None:
    """One sentence for a time at which it is no evening anywhere, else None."""
    if evening_at >= EVENING_FROM:
        return None
    likely = f", such as {evening_at.hour + 12}:{evening_at:%M}" if 4 <= evening_at.hour < 9 else ""
    return f"{evening_at:%H:%M} is no evening: write the time of the evening text on the 24-hour clock{likely}"


def why_nobodys_telephone(number: str) -> str | None:
    """One sentence for a number in E.164 that no person's telephone has, else None."""
    impossible = "no telephone can have this number: ask for it again"
    if number.startswith("+1"):  # by the plan itself: new area codes come more often than new releases
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
    """One sentence for an instant at which nobody can have agreed to these texts, else None."""
    if given > now + timedelta(minutes=5):
        return "this is in the future: give the time at which the person agreed"
    if given < now - OLDEST_CONSENT:
        return f"nobody agreed to these texts in {given.year}: give the date on which the person did"
    return None

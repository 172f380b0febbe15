"""Well-formed roster cells that still make no sense: not a place, not an evening, nobody's phone. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, time, timedelta

import phonenumbers
from phonenumbers import PhoneNumberType

from schedules.timing.quiet_hours import QuietHours, latest_evening_time

EVENING_FROM = time(16)  # earlier times are mornings, or come from a 12-hour clock without pm
OLDEST_CONSENT = timedelta(days=3653)  # older dates are a spreadsheet's epoch: 1904, 1970, 2000

# Joiners are part of words in Persian and Indic scripts; other invisible characters only reorder or hide text.
_JOINERS = "\u200c\u200d"
_HIDDEN = ("Cf", "Cc", "Co", "Cs")
_PLAIN = re.compile(r"[ -~¡-¬®-ͯ\s]*")

_FREEPHONE = frozenset(["800", "822", "833", "844", "855", "866", "877", "888"]) | {f"88{digit}" for digit in range(10)}
_SERVICE_NUMBERS: Mapping[int, str] = {
    PhoneNumberType.TOLL_FREE: "a toll-free number",
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


def why_no_evening(evening_at: time, quiet: QuietHours) -> str | None:
    """Return one sentence if a time is not in the evening, else None."""
    if evening_at >= EVENING_FROM:
        return None
    likely = f", such as {evening_at.hour + 12}:{evening_at:%M}" if 4 <= evening_at.hour < 9 else ""
    between = f"an evening is between {EVENING_FROM:%H:%M} and {latest_evening_time(quiet):%H:%M}"
    return f"{evening_at:%H:%M} is not in the evening: {between}, on the 24-hour clock{likely}"


def why_nobodys_telephone(number: str) -> str | None:
    """Return one sentence if no person's phone can have an E.164 number, else None."""
    impossible = "no phone has this number: ask them for it again"
    if number.startswith("+1"):  # checked by the plan: area codes change often
        area, exchange = number[2:5], number[5:8]
        if area in _FREEPHONE:
            return "this is a toll-free number, which gets no texts: ask for their own cell phone number"
        if area == "900":
            return "this is a premium-rate number, which gets no texts: ask for their own cell phone number"
        wrong = any(part[0] in "01" or part[1:] == "11" for part in (area, exchange)) or area[1] == "9"
        return impossible if wrong else None
    parsed = phonenumbers.parse(number)
    kind = _SERVICE_NUMBERS.get(phonenumbers.number_type(parsed))
    if kind:
        return f"this is {kind}, which gets no texts: ask for their own cell phone number"
    return None if phonenumbers.is_valid_number(parsed) else impossible


def why_no_consent(given: datetime, now: datetime) -> str | None:
    """Return one sentence if nobody can have consented at this instant, else None."""
    if given > now + timedelta(minutes=5):
        return "this is in the future: give the time at which the person agreed"
    if given < now - OLDEST_CONSENT:
        return f"nobody agreed to these texts in {given.year}: give the date on which the person did"
    return None

"""Who is at fault when a text is refused or does not arrive, and what follows: one table of data. Pure.

A fault lies with *this recipient* (their number, their stop), *this text*, *the sender* (our account, number or
registration) or is *unknown*. Only the first two settle a text. A sender's fault is for the operator to fix: the text
waits within its window. Unknown faults are of two kinds, and confusing them means no text or two: certainly not
accepted (retry within the window) and perhaps accepted (find out first).

Codes follow https://www.twilio.com/docs/api/errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Whose = Literal["recipient", "text", "sender", "unknown"]
# hold: the number takes no texts, and one report is enough: nothing planned is sent to it (see `DeadNumber`).
# opt_out: they have stopped our texts. settle: this text is lost, the next may arrive.
# shut: nobody can be texted; three in a row shut the sender. wait: only some numbers are affected; this text waits.
# slow: not accepted, because we send too fast. again: not accepted. find_out: it may have been accepted.
Then = Literal["hold", "opt_out", "settle", "shut", "wait", "slow", "again", "find_out"]


@dataclass(frozen=True, slots=True)
class Failure:
    """The meaning of a provider's code: whose fault it is, what follows, what happened, and what to do about it.

    Coaches read the words about a recipient or a text, the operator those about the sender.
    """

    code: int
    whose: Whose
    then: Then
    words: str
    to_do: str


_CHECK_NUMBER = "Ask them for the number they get texts on and correct it; if it is right, say so on their page."
_CONSOLE = "Look at the account in Twilio's console."
_SLOW_DOWN = "Nothing: it is tried again by itself. If it stays so, lower SMS_PER_SECOND."
_NO_ACTION = "Nothing: it is tried again by itself."
_REGISTER = "Register the number with the carriers in Twilio's console (A2P 10DLC)."
_SENDER = "Set TWILIO_FROM_NUMBER to a number of this account that can text, and restart web and worker."
_SERVICE = "Set TWILIO_MESSAGING_SERVICE_SID to a service of this account that has a number, and restart."

FAILURES: Mapping[int, Failure] = {
    row.code: row
    for row in (
        # This recipient.
        Failure(21211, "recipient", "hold", "This is not a phone number that can be texted.", _CHECK_NUMBER),
        Failure(21214, "recipient", "hold", "This number cannot be reached.", _CHECK_NUMBER),
        Failure(21217, "recipient", "hold", "This is not a phone number that can be texted.", _CHECK_NUMBER),
        Failure(21268, "recipient", "hold", "This is an information service, not a phone.", _CHECK_NUMBER),
        Failure(21269, "recipient", "hold", "This is a number that charges who calls it, not a phone.", _CHECK_NUMBER),
        Failure(21610, "recipient", "opt_out", "This person has told the carrier to stop our texts.", "Do not text."),
        Failure(21614, "recipient", "hold", "This is not a mobile number.", _CHECK_NUMBER),
        Failure(21635, "recipient", "hold", "This is a landline: it takes no texts.", _CHECK_NUMBER),
        Failure(
            30003,
            "recipient",
            "settle",
            "The phone could not be reached: it may be off or out of range.",
            "If it goes on for days, call them.",
        ),
        # Twilio lists a stop, a phone that is off, a landline and a filter as causes, so one report is not enough.
        Failure(
            30004,
            "recipient",
            "settle",
            "The text was blocked on its way to this phone.",
            "If it goes on, ask them whether they block our number, or have told their carrier to.",
        ),
        Failure(30005, "recipient", "hold", "The carrier does not know this number.", _CHECK_NUMBER),
        Failure(30006, "recipient", "hold", "This is a landline, or a carrier that takes no texts.", _CHECK_NUMBER),
        Failure(30011, "recipient", "settle", "This phone does not take texts of this kind.", _CHECK_NUMBER),
        # This text.
        Failure(21602, "text", "settle", "The text was empty.", "Write it again."),
        Failure(21617, "text", "settle", "The text was too long.", "Write a shorter one."),
        Failure(21619, "text", "settle", "The text was empty.", "Write it again."),
        Failure(30007, "text", "settle", "The carrier filtered the text as unwanted.", _CONSOLE),
        Failure(30008, "text", "settle", "The carrier gave no reason.", "Nothing, unless it happens to many."),
        Failure(30019, "text", "settle", "The text was too large for the carrier.", "Write a shorter one."),
        Failure(30036, "text", "settle", "The text waited too long at the provider.", "Lower SMS_PER_SECOND."),
        # The sender, for every recipient.
        Failure(
            20003,
            "sender",
            "shut",
            "Twilio refused our key, or the account is closed.",
            "Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN anew from Twilio's console, and restart web and worker.",
        ),
        Failure(10001, "sender", "shut", "The Twilio account is not active.", _CONSOLE),
        Failure(20005, "sender", "shut", "The Twilio account is not active: suspended, or not paid.", _CONSOLE),
        Failure(20006, "sender", "shut", "Twilio denied access to this account.", _CONSOLE),
        Failure(
            20008,
            "sender",
            "shut",
            "These are Twilio's test credentials: nothing is sent with them.",
            "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to the live ones, and restart web and worker.",
        ),
        Failure(
            20404,
            "sender",
            "shut",
            "Twilio does not know this account or address.",
            "Check TWILIO_ACCOUNT_SID and TWILIO_API_URL, and restart web and worker.",
        ),
        Failure(21212, "sender", "shut", "The sending number is not a phone number.", _SENDER),
        Failure(21603, "sender", "shut", "No sending number was given.", _SENDER),
        Failure(21606, "sender", "shut", "The sending number is not this account's, or cannot text.", _SENDER),
        Failure(21659, "sender", "shut", "The sending number is not a number of Twilio's.", _SENDER),
        Failure(21660, "sender", "shut", "The sending number belongs to another account.", _SENDER),
        Failure(21661, "sender", "shut", "The sending number cannot text.", _SENDER),
        Failure(21703, "sender", "shut", "The messaging service has no number to send from.", _SERVICE),
        Failure(21704, "sender", "shut", "The messaging service has no number to send from.", _SERVICE),
        Failure(21705, "sender", "shut", "Twilio does not know this messaging service.", _SERVICE),
        Failure(30002, "sender", "shut", "The Twilio account is suspended.", _CONSOLE),
        Failure(30022, "sender", "shut", "The sending number has reached the carriers' limit.", _REGISTER),
        Failure(30023, "sender", "shut", "The sending number has reached the carriers' limit for today.", _REGISTER),
        Failure(30032, "sender", "shut", "The toll-free number is not verified.", "Verify it in Twilio's console."),
        Failure(30034, "sender", "shut", "The number is not registered with the carriers (A2P 10DLC).", _REGISTER),
        Failure(30035, "sender", "shut", "The number's registration with the carriers is held up.", _REGISTER),
        Failure(30454, "sender", "shut", "A trial account has used up its texts.", "Upgrade the account."),
        Failure(
            63038,
            "sender",
            "shut",
            "The account has sent as many texts as it may in a day.",
            "Upgrade a trial account, or ask Twilio for a higher limit.",
        ),
        # The sender, but only for some recipients: texts to all others continue.
        Failure(14107, "sender", "wait", "Too many texts to one number within half a minute.", _NO_ACTION),
        Failure(
            21408,
            "sender",
            "wait",
            "Texting to this country is switched off.",
            "Switch the country on in Twilio's console: Messaging, Settings, Geo permissions.",
        ),
        Failure(
            21608,
            "sender",
            "wait",
            "A trial account texts only numbers that were verified with it.",
            "Upgrade the account.",
        ),
        Failure(
            21612,
            "sender",
            "wait",
            "This number cannot be texted from ours.",
            "Add a sending number that reaches their country or carrier, in Twilio's console.",
        ),
        Failure(30450, "sender", "wait", "Twilio holds texts to this number for a while, as unusual.", _NO_ACTION),
        # Unknown.
        Failure(20409, "unknown", "find_out", "Twilio met the same request twice.", _NO_ACTION),
        Failure(20429, "unknown", "slow", "The texting provider asked us to slow down.", _SLOW_DOWN),
        Failure(21611, "unknown", "slow", "The sending number's queue is full for the moment.", _SLOW_DOWN),
        Failure(30001, "unknown", "slow", "The sending number's queue is full for the moment.", _SLOW_DOWN),
        Failure(63017, "unknown", "slow", "The texting provider asked us to slow down.", _SLOW_DOWN),
        Failure(63018, "unknown", "slow", "The texting provider asked us to slow down.", _SLOW_DOWN),
    )
}

_LOOK_UP = "Look the code up at twilio.com/docs/api/errors."
# A response without a Twilio code comes from a proxy, a firewall or a captive portal. These statuses mean that the
# request went no further. With any other it may have been accepted: a proxy may send 408 after passing the request on.
NOT_TAKEN = frozenset(
    {400, 402, 403, 404, 405, 406, 407, 410, 411, 413, 414, 415, 417, 421, 423, 425, 426, 428, 431, 451}
)


def failure_of(code: int | None) -> Failure:
    """Return the row of a code; an unknown code is nobody's known fault."""
    unknown = Failure(code or 0, "unknown", "again", f"Twilio gave a code we do not know ({code}).", _LOOK_UP)
    return FAILURES.get(code or 0) or unknown


def failure_of_answer(status: int, code: int | None) -> Failure:
    """Return what a failed HTTP response to a create request means, with the code in its body if there is one.

    A code in a 5xx response proves nothing: the text may have been accepted before the error.
    """
    if status == 401:
        return FAILURES[20003]
    if 400 <= status < 500 and code is not None and (code in FAILURES or status not in (408, 409)):
        return failure_of(code)
    certainly = 300 <= status < 400 or status in NOT_TAKEN
    words = f"Something between us and Twilio answered with HTTP {status}."
    to_do = "Look at the proxy or firewall on this machine's way out, and at TWILIO_API_URL."
    return Failure(code or 0, "unknown", "again" if certainly else "find_out", words, to_do)

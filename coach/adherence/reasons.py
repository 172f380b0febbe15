"""Why nothing was asked on a date or a text was not sent: each logged reason and its wording on pages.

A date has no question because of a decision (`schedules.decisions.decide`) or because its text was not sent
(`schedules.outbox.states`, `schedules.dispatch.rate_limit`); some reasons can be either. Provider error codes are in
`schedules.gateway.error_codes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """The wording of one reason.

    `letter` (grid cells) and `evening` (summaries) describe a date; erased participants appear in no grid. `text`
    describes one text and completes "Not sent: …"; it is empty if only a decision gives this reason.
    """

    letter: str
    evening: str
    text: str = ""


_NOT_TAKEN = "not taken by the text service"
_UNCERTAIN = "not certain that it was sent"
_USED_UP = "the clinic's texts for the day were used up"
REASONS: Mapping[str, Reason] = {
    "paused": Reason("P", "paused", "they had paused"),
    "held": Reason("H", "held back until someone has looked", "texts were held back until someone had looked"),
    "dead_number": Reason("#", "their number cannot be texted", "this number cannot be texted"),
    "opted_out": Reason("S", "stopped", "they had opted out"),
    "not_due": Reason("·", "not one of their evenings"),
    "same_evening": Reason("Z", "texted that evening already, in another time zone"),
    "asked_only": Reason("K", "the night of the last step asked about, without a step"),
    "care_text": Reason("M", "a text about care instead of a step"),
    "coach_chose": Reason("B", "a step that a coach chose"),
    "quiet_hours": Reason("Q", "quiet hours left no time", "it was quiet hours"),
    "not_confirmed": Reason("W", "not confirmed yet", "they had not confirmed"),
    "system_down": Reason("L", "the system was down"),
    "window_closed": Reason("L", "the system was down", "its time had passed"),
    "key_refused": Reason("T", _NOT_TAKEN, "the text service refused our key until its time had passed"),
    "account_refused": Reason("T", _NOT_TAKEN, "the text service refused our account until its time had passed"),
    "texts_lost": Reason("T", _NOT_TAKEN, "the text service lost what we sent, until its time had passed"),
    "provider_down": Reason("T", _NOT_TAKEN, "the text service was down until its time had passed"),
    "slow_down": Reason("T", _NOT_TAKEN, "the text service asked us to slow down until its time had passed"),
    "never_accepted": Reason("T", _NOT_TAKEN, "the text service did not take it before its time had passed"),
    "over_cap": Reason("C", _USED_UP, _USED_UP),
    "unreadable": Reason("R", "could not be decrypted", "it could not be decrypted: the database is damaged there"),
    "not_checked": Reason("E", "could not be sent", "their times or their clinic's could not be read"),
    "not_recorded": Reason("?", _UNCERTAIN, "what became of it could not be recorded"),
    "not_found_out": Reason("?", _UNCERTAIN, "the text service could not be asked what became of it"),
    "not_told_apart": Reason("?", _UNCERTAIN, "the text service lists a text that may be this one or another"),
    "number_changed": Reason("?", _UNCERTAIN, "their number was corrected while it was on its way"),
    "taken_back": Reason("", "taken back", "a coach took it back before it left"),
    "erased": Reason("", "erased", "the person was erased"),
    "waiting": Reason("…", "text on its way"),
}


def words_for_text(state: str, reason: str | None) -> str:
    """Say why a text was not sent, or is not known to have been sent, as one sentence without its period."""
    known = REASONS.get(reason or "", REASONS["window_closed"])
    uncertain = state == "stuck" and known.evening == _UNCERTAIN
    return f"Not certain that it left: {known.text}" if uncertain else f"Not sent: {known.text}"

"""Who needs a coach, why, and in which order. Pure. docs/explanation/adherence.md explains the rules."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from coach.adherence.counts import Counts

SILENT_DAYS, LONG_SILENT_DAYS = 3, 7
UNDELIVERED_DAYS = 2
LOW_ADHERENCE, LOW_ADHERENCE_STEPS = 0.5, 4
# Most urgent first, with the labels shown to coaches; those who have stopped come last.
STATUSES: Mapping[str, str] = {
    "crisis": "Crisis",
    "urgent": "Urgent",
    "medical": "Medical",
    "read": "Please read",
    "worse": "Worse",
    "dead_number": "Cannot be texted",
    "no_replies": "No answers",
    "not_delivered": "Not delivered",
    "slipping": "Slipping",
    "paused": "Paused",
    "new": "New",
    "on_track": "On track",
    "stopped": "Stopped",
}
# The reason shown for an open flag.
FLAGGED: Mapping[str, str] = {
    "crisis": "wrote of danger to a life, their own or another's: not yet handled",
    "urgent": "wrote of an urgent medical sign: not yet handled",
    "medical": "asked a medical question: not yet answered",
    "read": "wrote something that a person must read today: not yet seen",
}
NEW_NUMBER = "new number, waiting for YES"
MAY_STOP = "asked whether to stop texts: no answer yet"
SOMEONE_ELSE = "someone else may have this phone, or they may be very ill or have died: find out which"
MUTED = "asked us not to write, because somebody else reads this phone: texts are held and answers get no reply"
UNDER_AGE = "says they are under 18, and texts are held: talk with them and a parent before any more are sent"
WORSE_BEGINS, WORSE_IN_SHORT = "legs ", "legs clearly worse than in the four weeks before"
SHARED = "do not call or text details: somebody else may read or answer this phone"


class TriageFacts(NamedTuple):
    """One participant at the end of a week, or now. `silent` counts prompted days since the last answer.

    `dead_number` says why their number cannot be texted; empty if it can. `may_stop`: we asked whether to stop, and
    wait for the answer. `shared`: somebody else may read or answer their phone.
    `asked_before`: check-ins were sent before the welcome that waits, which is that of a new number.
    `someone_else`: texts are held because somebody else may have it, or they may have died, or, if `under_age`, they
    say that they are a child. `muted`: they asked us not to write, because somebody else reads the phone.
    """

    counts: Counts
    enrolment_status: str
    paused: bool
    silent: int
    open_flags: frozenset[str] = frozenset()
    dead_number: str = ""
    may_stop: bool = False
    shared: bool = False
    someone_else: bool = False
    asked_before: bool = False
    under_age: bool = False
    muted: bool = False


class Judgement(NamedTuple):
    """The most urgent status and every reason, most urgent first."""

    status: str
    reasons: tuple[str, ...]

    @property
    def rank(self) -> int:
        """The status as a sort key; 0 is the most urgent."""
        return list(STATUSES).index(self.status)


def judge(facts: TriageFacts) -> Judgement:
    """Return the status and the reasons in plain words, each with its count.

    Silence and undelivered texts are expected after an opt-out, so neither is reported then.
    """
    applying = _statuses_that_apply(facts)
    if not applying:
        return Judgement("on_track" if facts.counts.prompted else "new", ())
    return Judgement(applying[0][0], tuple([reason for _, reason in applying]))


def _statuses_that_apply(facts: TriageFacts) -> list[tuple[str, str]]:
    """Return each status that applies, most urgent first, with its reason in words."""
    counts, status, paused, silent, flags, dead_number, *_ = facts
    stopped = status in ("stopped", "ended")
    applying = _waiting(facts, stopped=stopped)
    if counts.worsening is not None:
        applying.append(("worse", _worse(counts)))
    if not stopped:
        applying += _unheard(counts, silent, dead_number)
    if stopped:
        to_see = not flags.isdisjoint(FLAGGED)
        about = (
            "opted out of texts: read what they wrote, then find a safe way to reach them"
            if to_see
            else "opted out: do not text or call about it"
        )
        applying.append(("stopped", about))
    if counts.steps_asked >= LOW_ADHERENCE_STEPS and (counts.adherence_strict or 0.0) < LOW_ADHERENCE:
        applying.append(("slipping", f"{counts.done} of {counts.steps_asked} steps done"))
    if paused:
        applying.append(("paused", "paused"))
    if status == "invited":
        applying.append(("new", NEW_NUMBER if facts.asked_before else "has not answered the welcome yet"))
    return applying


def _waiting(facts: TriageFacts, *, stopped: bool) -> list[tuple[str, str]]:
    """Return what waits for a person: open flags, and the question whether to stop."""
    applying = [(kind, words) for kind, words in FLAGGED.items() if kind in facts.open_flags]
    if applying and facts.shared:
        applying.insert(1, (applying[0][0], SHARED))
    if facts.someone_else and not stopped:  # on top, and until it is settled, whatever else is open
        applying.insert(0, (applying[0][0] if applying else "read", UNDER_AGE if facts.under_age else SOMEONE_ELSE))
    if facts.muted and not stopped:
        applying.append((applying[0][0] if applying else "read", MUTED))
    return [*applying, ("read", MAY_STOP)] if facts.may_stop and not stopped else applying


def _unheard(counts: Counts, silent: int, dead_number: str) -> list[tuple[str, str]]:
    """Return the statuses about missing contact: dead number, no answers, undelivered texts."""
    applying = []
    if dead_number:
        applying.append(("dead_number", f"no text is sent: {dead_number[:1].lower()}{dead_number[1:].rstrip('.')}"))
    if silent >= SILENT_DAYS:
        applying.append(("no_replies", _silent(silent)))
    if counts.undelivered >= UNDELIVERED_DAYS:
        applying.append(("not_delivered", f"{counts.undelivered} texts not delivered"))
    return applying


def in_short(judgement: Judgement) -> list[str]:
    """Return the reasons for a page that draws the scores beside them: worsening without its figures."""
    return [WORSE_IN_SHORT if reason.startswith(WORSE_BEGINS) else reason for reason in judgement.reasons]


def _worse(counts: Counts) -> str:
    return (
        f"{WORSE_BEGINS}{counts.score_mean:.1f} over {counts.score_n} nights, up from {counts.baseline_mean:.1f} over "
        f"{counts.baseline_n} (a screening rule)"
    )


def _silent(days: int) -> str:
    return f"no answer recorded for the last {days} check-ins" + (
        " (a week or more)" if days >= LONG_SILENT_DAYS else ""
    )


class Summary(NamedTuple):
    """One participant's week: the counts and the triage judgement.

    `not_prompted_for` maps each reason for an unasked date to the number of dates.
    """

    participant_id: int
    counts: Counts
    judgement: Judgement
    not_prompted_for: Mapping[str, int] = MappingProxyType({})
    coach_id: int | None = None
    clinic_id: int | None = None
    programme: str = ""


def totals(summaries: Iterable[Summary]) -> Counts:
    """Add up everyone's counts."""
    return sum((summary.counts for summary in summaries), Counts())

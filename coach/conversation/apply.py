"""Apply what a conversation wants done, in the caller's transaction, and what is kept of it. Decides nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, update

from coach.alerts.paging import acknowledge, open_flag
from coach.conversation.answer_budget import is_in_vain
from coach.conversation.gather import Correspondent, Taken
from coach.conversation.intentions import (
    Ask,
    AskAgain,
    Bar,
    Confirm,
    ForCoach,
    Hold,
    Intention,
    OfferStep,
    OptOut,
    Pause,
    RaiseFlag,
    RecordAnswer,
    Release,
    Resume,
    Return,
    SeePage,
    SetCadence,
    SetLanguage,
    SetReflections,
    SetTimes,
    Volunteer,
)
from coach.conversation.state import Pager, lapses_after
from coach.reflections.queue import set_reflections
from coach.summaries.jobs import record_late_answer
from coach.understanding import Intent, Reading, as_json
from schedules.database.prepared import run_update
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Participant
from schedules.enrolment.lifecycle import (
    EnrolmentFacts,
    change_timing,
    confirm,
    end_stop_question,
    exclude_tag,
    hold,
    pause,
    record_opt_out,
    record_return,
    resume,
)
from schedules.planning.step_on_request import record_offer
from schedules.timing.local_time import iso_week_of, night_of

# Built once: every text that comes in is applied with these.
# What is not answered in this text stays as it was.
ANSWER = (
    update(CheckIn)
    .where(CheckIn.id == bindparam("check_in"))
    .values(
        {
            column: func.coalesce(bindparam(f"new_{column.key}", type_=column.type), column)
            for column in (CheckIn.score, CheckIn.score_at, CheckIn.habit, CheckIn.habit_at)
        }
    )
)
HEARD = update(Enrolment).where(Enrolment.id == bindparam("enrolment")).values(heard_at=bindparam("at"))


def as_kept(
    found: Correspondent | None, reading: Reading, intentions: Sequence[Intention], answer: str | None, now: datetime
) -> dict[str, Any]:
    """The columns of a reply's row that say how it was read, what became of it, and the words it was answered with."""
    kinds = {type(intention) for intention in intentions}
    used_as = "answer" if RecordAnswer in kinds else "volunteered" if Volunteer in kinds else None
    night = night_of(now, found.enrolment.timing.time_zone) if found else None
    return {
        "participant_id": found.participant_id if found else None,
        "check_in_id": found.check_in_id if found and RecordAnswer in kinds else None,
        "intent": reading.intent.value,
        "score": reading.score,
        "habit": reading.habit,
        "used_as": used_as,
        "night_on": night if used_as == "volunteered" else None,
        "reading": as_json(reading),
        "answer": answer,
        "for_coach": ForCoach in kinds,
        "in_vain": is_in_vain(tuple(intentions)),
        "retry_at": None,
    }


@dataclass(frozen=True, slots=True)
class Applier:
    """One reply being applied. `found` is empty for an unknown number, `pager` for all who are not paged coaches."""

    connection: Connection
    reply_id: int
    taken: Taken
    found: Correspondent | None
    pager: Pager | None

    @property
    def now(self) -> datetime:
        """When the text came."""
        return self.taken.now

    def apply(self, intentions: Sequence[Intention]) -> None:
        """Each in order; what a reply answers with is not written here."""
        for intention in intentions:
            if isinstance(intention, OptOut):
                record_opt_out(self.connection, self.taken.number_hash, self.now, source=intention.source)
            elif isinstance(intention, RaiseFlag):
                who = self.found.participant_id if self.found else None
                reply, number = self.reply_id, self.taken.number_hash
                open_flag(self.connection, reply, who, number, intention.kind, self.now, holds=intention.holds)
            elif isinstance(intention, SeePage) and self.pager is not None:
                acknowledge(self.connection, intention.flag_id, self.pager.coach_id, self.now)
            elif self.found is not None and type(intention) in EVERYWHERE:
                for enrolment in self.found.everywhere:
                    EVERYWHERE[type(intention)](self, enrolment, intention)
            elif self.found is not None and type(intention) in CHANGES:
                CHANGES[type(intention)](self, self.found, intention)

    def hear(self, reading: Reading, intentions: Sequence[Intention]) -> None:
        """Whatever a person writes, they have been heard of; a machine that answers for them has not.

        What we asked back is answered by whatever they say, unless it was thanks or nothing that could be read.
        """
        if self.found is None or reading.intent is Intent.AUTO_REPLY:
            return
        asked = next((one for one in intentions if isinstance(one, Ask)), None)
        question = {}
        if asked is not None and asked.question:
            until = self.now + lapses_after(asked.question)
            question = {"open_question": asked.question, "open_value": asked.value, "open_until_at": until}
        elif asked is not None or reading.intent not in (Intent.ACK, Intent.UNCLEAR):
            question = {"open_question": None, "open_value": None, "open_until_at": None}
        run_update(self.connection, HEARD, enrolment=self.found.enrolment.id, at=self.now)
        if question and (asked is not None or self.found.person.question is not None):
            self.set_enrolment(self.found, **question)

    def set_enrolment(self, found: Correspondent, **values: Any) -> None:
        """Change columns of the enrolment."""
        self.connection.execute(update(Enrolment).where(Enrolment.id == found.enrolment.id).values(**values))


def _record_answer(self: Applier, found: Correspondent, intention: RecordAnswer) -> None:
    run_update(
        self.connection,
        ANSWER,
        check_in=found.check_in_id,
        new_score=intention.score,
        new_score_at=None if intention.score is None else self.now,
        new_habit=intention.habit,
        new_habit_at=None if intention.habit is None else self.now,
    )
    check_in = found.person.check_in
    if check_in and iso_week_of(check_in.asked_on) != iso_week_of(found.person.today):
        record_late_answer(self.connection, found.participant_id, iso_week_of(check_in.asked_on))


def _ask_again(self: Applier, found: Correspondent, _: AskAgain) -> None:
    self.connection.execute(update(CheckIn).where(CheckIn.id == found.check_in_id).values(asked_again_at=self.now))


def _confirm(self: Applier, found: Correspondent, _: Confirm) -> None:
    for enrolment in found.invited:
        confirm(self.connection, enrolment, "text message", self.now, self.taken.body)


def _return(self: Applier, enrolment: EnrolmentFacts, _: Return) -> None:
    if enrolment.status == "stopped":
        record_return(self.connection, enrolment, "text message", self.now, self.taken.body)


def _hold(self: Applier, enrolment: EnrolmentFacts, intention: Hold) -> None:
    hold(self.connection, enrolment, intention.reason)


def _resume(self: Applier, enrolment: EnrolmentFacts, _: Resume) -> None:
    resume(self.connection, enrolment)


def _release(self: Applier, enrolment: EnrolmentFacts, _: Release) -> None:
    end_stop_question(self.connection, enrolment)


def _pause(self: Applier, enrolment: EnrolmentFacts, intention: Pause) -> None:
    pause(self.connection, enrolment, intention.until_on)


def _bar(self: Applier, enrolment: EnrolmentFacts, intention: Bar) -> None:
    exclude_tag(self.connection, enrolment, intention.tag)


def _offer_step(self: Applier, _found: Correspondent, intention: OfferStep) -> None:
    record_offer(self.connection, intention.offer, self.now)


def _set_times(self: Applier, found: Correspondent, intention: SetTimes) -> None:
    timing = replace(
        found.enrolment.timing,
        evening_at=intention.evening_at or found.enrolment.timing.evening_at,
        bedtime_at=intention.bedtime_at or found.enrolment.timing.bedtime_at,
    )
    change_timing(self.connection, found.enrolment, timing, self.now)


def _set_cadence(self: Applier, found: Correspondent, intention: SetCadence) -> None:
    self.set_enrolment(found, cadence=intention.cadence)


def _set_language(self: Applier, found: Correspondent, intention: SetLanguage) -> None:
    self.connection.execute(
        update(Participant).where(Participant.id == found.participant_id).values(language=intention.language)
    )


def _set_reflections(self: Applier, found: Correspondent, intention: SetReflections) -> None:
    set_reflections(self.connection, found.enrolment.id, found.enrolment.timing, self.now, wanted=intention.wanted)


# What concerns the phone, and so every enrolment of its number.
EVERYWHERE: dict[type, Callable[[Applier, EnrolmentFacts, Any], None]] = {
    Return: _return,
    Hold: _hold,
    Resume: _resume,
    Release: _release,
    Pause: _pause,
    Bar: _bar,
}
CHANGES: dict[type, Callable[[Applier, Correspondent, Any], None]] = {
    RecordAnswer: _record_answer,
    AskAgain: _ask_again,
    Confirm: _confirm,
    OfferStep: _offer_step,
    SetTimes: _set_times,
    SetCadence: _set_cadence,
    SetLanguage: _set_language,
    SetReflections: _set_reflections,
}

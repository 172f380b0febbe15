"""Apply intentions in the caller's transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, update

from coach.alerts.acknowledging import acknowledge
from coach.alerts.paging import open_flag
from coach.conversation.gather import Correspondent, StoredText
from coach.conversation.intentions import (
    Ask,
    AskAgain,
    Bar,
    Confirm,
    ForgetScore,
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
    Unbar,
    Unmute,
)
from coach.conversation.state import PagedCoach, lapses_after
from coach.reflections.queue import set_reflections
from coach.summaries.jobs import record_late_answer
from coach.understanding import Intent, Reading
from content.catalogue import as_theirs
from schedules.database.prepared import find_first, run_update
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
from schedules.enrolment.muted_phones import unmute
from schedules.events.record import record_event
from schedules.planning.step_on_request import record_offer
from schedules.timing.local_time import iso_week_of

# Built once, because every inbound text uses them. A null parameter leaves the column unchanged.
ANSWER = (
    update(CheckIn)
    .where(CheckIn.id == bindparam("check_in"))
    .values(
        {
            column: func.coalesce(bindparam(f"new_{column.key}", type_=column.type), column)
            for column in (CheckIn.score, CheckIn.score_at, CheckIn.habit, CheckIn.habit_at)
        }
    )
    .returning(CheckIn.asked_on, CheckIn.score, CheckIn.habit)
)
HEARD = update(Enrolment).where(Enrolment.id == bindparam("enrolment")).values(heard_at=bindparam("at"))


@dataclass(frozen=True, slots=True)
class ApplyContext:
    """One text being applied. `correspondent` is None for unknown numbers, `paged_coach` for all but paged coaches."""

    connection: Connection
    reply_id: int
    message: StoredText
    correspondent: Correspondent | None
    paged_coach: PagedCoach | None

    @property
    def now(self) -> datetime:
        """When the text was received."""
        return self.message.now

    def apply(self, intentions: Sequence[Intention]) -> None:
        """Apply each intention in order; the reply itself is not written here."""
        for intention in intentions:
            if isinstance(intention, OptOut):
                record_opt_out(self.connection, self.message.number_hash, self.now, source=intention.source)
            elif isinstance(intention, RaiseFlag):
                number, found = self.message.number_hash, self.correspondent
                who = found.participant_id if found else None
                open_flag(self.connection, self.reply_id, who, number, intention.kind, self.now, holds=intention.holds)
            elif isinstance(intention, SeePage) and self.paged_coach is not None:
                acknowledge(self.connection, intention.flag_id, self.paged_coach.coach_id, self.now)
            elif self.correspondent is not None and type(intention) in EVERYWHERE:
                for enrolment in self.correspondent.everywhere:
                    EVERYWHERE[type(intention)](self, enrolment, intention)
            elif self.correspondent is not None and type(intention) in CHANGES:
                CHANGES[type(intention)](self, self.correspondent, intention)

    def hear(self, reading: Reading, intentions: Sequence[Intention]) -> None:
        """Record that the sender was heard from, unless a machine answered, and update the open question.

        Any text closes the open question, except thanks or one that could not be read.
        """
        if self.correspondent is None or reading.intent is Intent.AUTO_REPLY:
            return
        asked, question = next((one for one in intentions if isinstance(one, Ask)), None), {}
        if asked is not None and asked.question:
            until = self.now + lapses_after(asked.question)
            question = {"open_question": asked.question, "open_value": asked.value, "open_until_at": until}
        elif asked is not None or reading.intent not in (Intent.ACK, Intent.UNCLEAR):
            question = {"open_question": None, "open_value": None, "open_until_at": None}
        run_update(self.connection, HEARD, enrolment=self.correspondent.enrolment.id, at=self.now)
        if question and (asked is not None or self.correspondent.person.question is not None):
            self.set_enrolment(self.correspondent, **question)

    def set_enrolment(self, correspondent: Correspondent, **values: object) -> None:
        """Update columns of the enrolment."""
        self.connection.execute(update(Enrolment).where(Enrolment.id == correspondent.enrolment.id).values(**values))


def _record_answer(self: ApplyContext, correspondent: Correspondent, intention: RecordAnswer) -> None:
    night = find_first(
        self.connection,
        ANSWER,
        check_in=correspondent.check_in_id,
        new_score=intention.score,
        new_score_at=None if intention.score is None else self.now,
        new_habit=intention.habit,
        new_habit_at=None if intention.habit is None else self.now,
    )
    _tell_of_night(self, correspondent, night)


def _forget_score(self: ApplyContext, correspondent: Correspondent, _: ForgetScore) -> None:
    forgotten = update(CheckIn).where(CheckIn.id == correspondent.check_in_id).values(score=None, score_at=None)
    night = self.connection.execute(forgotten.returning(CheckIn.asked_on, CheckIn.score, CheckIn.habit)).first()
    _tell_of_night(self, correspondent, night)


def _tell_of_night(self: ApplyContext, correspondent: Correspondent, night: Any) -> None:
    """Tell other systems what is known now, and have the summary of an earlier week computed again."""
    if night is not None:
        known = {"local_date": night.asked_on.isoformat(), "score": night.score, "habit": night.habit}
        record_event(self.connection, "night.known", correspondent.participant_id, self.now, **known)
    check_in = correspondent.person.check_in
    if check_in and iso_week_of(check_in.asked_on) != iso_week_of(correspondent.person.today):
        record_late_answer(self.connection, correspondent.participant_id, iso_week_of(check_in.asked_on))


def _ask_again(self: ApplyContext, correspondent: Correspondent, _: AskAgain) -> None:
    asked = update(CheckIn).where(CheckIn.id == correspondent.check_in_id)
    self.connection.execute(asked.values(asked_again_at=self.now))


def _confirm(self: ApplyContext, correspondent: Correspondent, _: Confirm) -> None:
    for enrolment in correspondent.invited:
        confirm(self.connection, enrolment, "text message", self.now, self.message.body)


def _return(self: ApplyContext, enrolment: EnrolmentFacts, _: Return) -> None:
    if enrolment.status == "stopped":
        record_return(self.connection, enrolment, "text message", self.now, self.message.body)


def _hold(self: ApplyContext, enrolment: EnrolmentFacts, intention: Hold) -> None:
    hold(self.connection, enrolment, intention.reason)


def _resume(self: ApplyContext, enrolment: EnrolmentFacts, _: Resume) -> None:
    resume(self.connection, enrolment)


def _release(self: ApplyContext, enrolment: EnrolmentFacts, _: Release) -> None:
    end_stop_question(self.connection, enrolment)


def _unmute(self: ApplyContext, enrolment: EnrolmentFacts, _: Unmute) -> None:
    unmute(self.connection, enrolment.number_hash)


def _pause(self: ApplyContext, enrolment: EnrolmentFacts, intention: Pause) -> None:
    pause(self.connection, enrolment, intention.until_on)


def _bar(self: ApplyContext, enrolment: EnrolmentFacts, intention: Bar) -> None:
    exclude_tag(self.connection, enrolment, intention.tag)


def _unbar(self: ApplyContext, enrolment: EnrolmentFacts, intention: Unbar) -> None:
    exclude_tag(self.connection, enrolment, intention.step, excluded=False)


def _offer_step(self: ApplyContext, _found: Correspondent, intention: OfferStep) -> None:
    record_offer(self.connection, intention.offer, self.now)


def _set_times(self: ApplyContext, correspondent: Correspondent, intention: SetTimes) -> None:
    timing = replace(
        correspondent.enrolment.timing,
        evening_at=intention.evening_at or correspondent.enrolment.timing.evening_at,
        bedtime_at=intention.bedtime_at or correspondent.enrolment.timing.bedtime_at,
    )
    change_timing(self.connection, correspondent.enrolment, timing, self.now)


def _set_cadence(self: ApplyContext, correspondent: Correspondent, intention: SetCadence) -> None:
    self.set_enrolment(correspondent, cadence=intention.cadence)


def _set_language(self: ApplyContext, correspondent: Correspondent, intention: SetLanguage) -> None:
    person = update(Participant).where(Participant.id == correspondent.participant_id)
    self.connection.execute(person.values(language=as_theirs(intention.language, correspondent.language)))


def _set_reflections(self: ApplyContext, correspondent: Correspondent, intention: SetReflections) -> None:
    set_reflections(
        self.connection, correspondent.enrolment.id, correspondent.enrolment.timing, self.now, wanted=intention.wanted
    )


# Intentions that concern the phone, and so every enrolment of its number.
EVERYWHERE: dict[type, Callable[[ApplyContext, EnrolmentFacts, Any], None]] = {
    Return: _return,
    Hold: _hold,
    Resume: _resume,
    Release: _release,
    Unmute: _unmute,
    Pause: _pause,
    Bar: _bar,
    Unbar: _unbar,
}
CHANGES: dict[type, Callable[[ApplyContext, Correspondent, Any], None]] = {
    RecordAnswer: _record_answer,
    ForgetScore: _forget_score,
    AskAgain: _ask_again,
    Confirm: _confirm,
    OfferStep: _offer_step,
    SetTimes: _set_times,
    SetCadence: _set_cadence,
    SetLanguage: _set_language,
    SetReflections: _set_reflections,
}

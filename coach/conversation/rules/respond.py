"""Decide what to do with an inbound text: state and reading in, intentions out. Pure.

The order of the rules matters: danger comes first, whoever the sender and whatever their state; then a stop. Whatever
remains unexplained reaches a coach (`respond`). `coach.conversation.receive` applies the intentions.
"""

from collections.abc import Callable
from datetime import timedelta

from coach.conversation.intentions import (
    Ask,
    Confirm,
    ForCoach,
    Intention,
    RaiseFlag,
    Reply,
    Resume,
    SeePage,
    SetTimes,
)
from coach.conversation.joining.decide import answer_join
from coach.conversation.plans.decide import answer_plan
from coach.conversation.rules.answer_budget import held_only_if_asked, within_the_budget
from coach.conversation.rules.check_in import ask_again, is_cheer, not_understood, read_answers, tells_two_nights
from coach.conversation.rules.commands import answer_bring_back, answer_paused, answer_wish, may_resume
from coach.conversation.rules.danger import (
    FLAGGING,
    answer_crisis,
    answer_last_words,
    answer_medical,
    answer_shared_phone,
    answer_urgent,
    answer_worry,
    answer_yes_in_danger,
    lines_again,
    lines_all_the_same,
)
from coach.conversation.rules.held import answer_held
from coach.conversation.rules.help_now import answer_help_now
from coach.conversation.rules.mourning import (
    NOT_CHEERED,
    answer_after_death,
    answer_after_news,
    answer_death,
    answer_in_hospital,
    answer_news,
    answer_news_in_danger,
    with_sympathy,
)
from coach.conversation.rules.other_hands import (
    answer_alive,
    answer_good_news,
    answer_missing,
    answer_news_of_them,
    answer_other_hand,
    answer_relay,
    answer_someone_else,
    answer_time_on_shared_phone,
    counts_nothing_of_others,
)
from coach.conversation.rules.silence import answer_call, answer_may_write, answered_in_danger, as_silent_as_asked
from coach.conversation.rules.stop_question import answer_stop_in_danger, answer_stop_or_not, is_yes_or_no
from coach.conversation.rules.stops import RETURN_WORDS, answer_after_stop, answer_stop, carrier_answered
from coach.conversation.rules.told import answer_called_help, answer_failed_line, answer_taken_back, answer_told
from coach.conversation.state import OFFERS, State, was_replied
from coach.understanding import Asked, Intent, Reading
from coach.understanding.stopping.stop_question import begins_with_yes
from schedules.decisions.care_texts import ONSET
from schedules.timing.local_time import parse_wall_time

ONCE_IN = timedelta(days=1)  # a question that HELP answers gets that answer once
Rule = Callable[[State, Reading], tuple[Intention, ...] | None]


def respond(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Apply the first rule that matches, and pass on to a coach whatever it leaves unexplained."""
    intentions = next((found for rule in RULES if (found := rule(state, reading)) is not None), (ForCoach(),))
    intentions = _with_coach_informed(state, reading, with_sympathy(state, reading, intentions))
    intentions = as_silent_as_asked(state, reading, counts_nothing_of_others(state, intentions))
    return answered_in_danger(state, reading, held_only_if_asked(state, within_the_budget(state, intentions)))


def _with_coach_informed(state: State, reading: Reading, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Add `ForCoach` where a coach should see the text, whichever rule matched."""
    if reading.intent is Intent.AUTO_REPLY or any(isinstance(one, SeePage) for one in intentions):
        return intentions
    held = state.person.held_for if state.person else None
    watched = held in (*FLAGGING, "someone_else") or (state.other_writes and state.person is not None)
    if state.media and not any(isinstance(one, Reply) for one in intentions):
        intentions = (*intentions, Reply("picture_received"))
    if (watched or state.media or reading.for_coach is not None) and ForCoach() not in intentions:
        return (*intentions, ForCoach())
    return intentions


def _has(reading: Reading, kind: str) -> bool:
    return any(span.kind == kind for span in reading.recognised)


def _page_seen(state: State, _reading: Reading) -> tuple[Intention, ...] | None:
    """Let a paged coach acknowledge a flag by its code, and only by its code."""
    coach = state.paged_coach
    if coach is None or (state.person is not None and coach.typed not in coach.flags):
        return None
    if coach.typed in coach.flags:
        return (SeePage(coach.flags[coach.typed or ""]), Reply("page_acknowledged"))
    return (ForCoach(), Reply("page_needs_code")) if coach.flags else None


def _machine(_state: State, reading: Reading) -> tuple[Intention, ...] | None:
    return () if reading.intent is Intent.AUTO_REPLY else None


def _stranger(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    if state.person is not None:
        return None
    medical = reading.intent is Intent.MEDICAL and "medical" not in state.flagged
    for_coach: tuple[Intention, ...] = (RaiseFlag("medical"), ForCoach()) if medical else (ForCoach(),)
    if not state.flagged.isdisjoint(FLAGGING):
        return (*for_coach, *lines_again(state, reading))
    return for_coach if state.answered_day else (*for_coach, Reply("unknown_number"))


def _help(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Answer HELP; while danger is open, the help lines come first, and alone where somebody else reads the phone."""
    if reading.intent is not Intent.HELP:
        return None
    if state.private:
        return (ForCoach(), lines_all_the_same(state))
    danger = state.person is not None and state.person.held_for in FLAGGING
    first = (ForCoach(), lines_all_the_same(state)) if danger else ()
    return first if carrier_answered(state, reading) else (*first, Reply("help"))


def _not_confirmed(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Before the welcome is confirmed only a plain YES counts; a question goes to a coach."""
    if state.person is None or not (state.person.status == "invited" or (state.invited_elsewhere and reading.confirms)):
        return None
    if reading.confirms:
        by_chance = (Reply("confirmed_by_chance"),) if state.person.randomised else ()
        return (Confirm(),) if carrier_answered(state, reading) else (Confirm(), Reply("confirmed"), *by_chance)
    if reading.intent is Intent.QUESTION:
        return (ForCoach(), Reply("help" if _has(reading, "programme") else "question_received"))
    return (ForCoach(), Reply("yes_alone" if state.says_yes else "ask_yes"))


def _offer_answered(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Take a yes or no after an offer as the answer to the offer, not to the check-in."""
    question = state.person.question if state.person else None
    if question is None or question.name not in OFFERS or not (is_yes_or_no(reading) or _agrees(reading)):
        return None
    if question.name == "another_step" or not reading.habit:
        return (Ask(""),)
    return (SetTimes(evening_at=parse_wall_time(question.value or "")), Ask(""), Reply("time_set"))


def _agrees(reading: Reading) -> bool:
    """Whether it says yes and names no score and no deed: "yes that's fine" after an offer is no step done."""
    spoken = [span.text for span in reading.recognised if span.kind == "habit"]
    plain = reading.intent is Intent.CHECKIN and reading.score is None and reading.habit is True
    return plain and len(spoken) == 1 and (reading.bare or begins_with_yes(spoken[0]))


def _onset_answered(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Take a yes or no as the answer to the monthly question; a score beside it is last night's. A yes is medical."""
    question = state.person.question if state.person else None
    if question is None or question.name != ONSET or reading.habit is None or reading.intent is not Intent.CHECKIN:
        return None
    if not reading.bare and any(_has(reading, kind) for kind in NOT_CHEERED):
        return None  # "my dog died so no i didnt walk"
    recorded = read_answers(state, reading._replace(habit=None))[0]
    if not reading.habit:
        return (*recorded, Ask(""), Reply("onset_no"))
    return (*recorded, Ask(""), RaiseFlag("medical"), ForCoach(), Reply("onset_yes"))


def _already_in(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """START from an active participant changes nothing, unless it can end a hold or a pause."""
    if reading.intent is not Intent.OPT_IN:
        return None
    if reading.keyword in RETURN_WORDS and not may_resume(state):
        return (Resume(), Reply("not_stopped"))
    waits = state.person is not None and state.person.held_for is not None
    return (ForCoach(),) if waits or reading.keyword not in (*RETURN_WORDS, "YES") else ()


def _check_in(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    if state.about_another and not tells_two_nights(state, reading):
        return (ForCoach(), Reply("other_night_passed_on"))
    if reading.score is None and reading.habit is None:
        return None
    recorded, replies = read_answers(state, reading)
    if reading.for_coach is not None:
        replies = tuple(one for one in replies if not is_cheer(one))  # nothing cheerful to words nobody has read yet
    if reading.intent is Intent.QUESTION:
        return (*recorded, *replies, ForCoach(), Reply("question_received"))
    return (*recorded, *replies, ForCoach(), Reply("wish_passed_on")) if state.wish else (*recorded, *replies)


def _ack(_state: State, reading: Reading) -> tuple[Intention, ...] | None:
    return () if reading.intent is Intent.ACK else None


def _who_reads(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Say truly who reads these texts; while danger is open, how to get help follows."""
    if state.person is None or state.private or not _has(reading, "who_reads"):
        return None
    lines = (lines_all_the_same(state),) if state.person.held_for in FLAGGING else ()
    recorded = read_answers(state, reading)[0] if reading.intent is Intent.CHECKIN and not lines else ()
    coach = () if _has(reading, "programme") and not lines else (ForCoach(),)
    return (*recorded, *coach, Reply("who_reads"), *lines)


def _programme(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Explain the scale again, and how the texts work as HELP does; that asked again in a day goes to a coach."""
    check_in = state.person.check_in if state.person else None
    if check_in is not None and check_in.missing.wants_score and _has(reading, "scale"):
        return ask_again(check_in)
    if state.person is None or not _has(reading, "programme") or was_replied(state, "help", ONCE_IN):
        return None
    return (Reply("help"),)


def _question(_state: State, reading: Reading) -> tuple[Intention, ...] | None:
    return (ForCoach(), Reply("question_received")) if reading.intent is Intent.QUESTION else None


def _picture(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """A picture without meaningful words: pass it on instead of asking again."""
    return (ForCoach(), Reply("picture_received")) if state.media and not reading.unexplained else None


def _unclear(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Ask once more if a check-in is open; what stays unclear, or tells of a hard night, goes to a coach."""
    hard = state.person is not None and _has(reading, "hard")
    kind_words: tuple[Intention, ...] = (ForCoach(), Reply("hard_night")) if hard else ()
    check_in = state.person.check_in if state.person else None
    if state.person and state.person.held_for in (*FLAGGING, "someone_else"):
        return (ForCoach(), Reply("please_read_received"))
    if check_in and check_in.missing is not Asked.NONE and not check_in.asked_again:
        return (*kind_words, *ask_again(check_in, reading))
    return () if _has(reading, "small_talk") else kind_words or (ForCoach(), not_understood(check_in, reading))


RULES: tuple[Rule, ...] = (
    answer_failed_line,
    answer_missing,
    answer_crisis,
    answer_news_of_them,
    answer_urgent,
    _page_seen,
    answer_call,
    answer_may_write,
    answer_stop_in_danger,
    answer_last_words,
    answer_called_help,
    answer_time_on_shared_phone,
    answer_shared_phone,
    _machine,
    answer_worry,
    answer_death,
    answer_alive,
    answer_after_death,
    answer_paused,
    answer_good_news,
    answer_relay,
    answer_someone_else,
    answer_stop,
    answer_join,
    answer_after_stop,
    _stranger,
    answer_other_hand,
    answer_medical,
    _help,
    _who_reads,
    answer_yes_in_danger,
    answer_news_in_danger,
    answer_held,
    answer_stop_or_not,
    _not_confirmed,
    answer_plan,
    _onset_answered,
    _offer_answered,
    answer_help_now,
    answer_taken_back,
    answer_bring_back,
    answer_wish,
    _already_in,
    answer_news,
    answer_in_hospital,
    answer_told,
    _programme,
    _check_in,
    _ack,
    _question,
    _picture,
    answer_after_news,
    _unclear,
)

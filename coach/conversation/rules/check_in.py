"""Record a score and a yes/no on the open check-in, and confirm them to the sender. Pure."""

from dataclasses import replace
from datetime import date

from coach.adherence.counts import DayTally
from coach.conversation.intentions import AskAgain, ForCoach, Intention, RecordAnswer, Reply, Volunteer
from coach.conversation.state import OpenCheckIn, State
from coach.understanding import Asked, Reading

RE_ASK = {Asked.SCORE_AND_HABIT: "re_ask_both", Asked.SCORE: "re_ask_score", Asked.HABIT: "re_ask_habit"}


def read_answers(state: State, reading: Reading) -> tuple[tuple[Intention, ...], tuple[Intention, ...]]:
    """Return what to record of a score and a yes/no, and the replies.

    A different score or yes/no for the same check-in corrects it, and is confirmed, if it comes on the same day or says
    so; later it is meant for another night and is only kept for the coach. So is whatever comes after the check-in has
    lapsed, or while a crisis or an urgent flag is open.
    """
    check_in = state.person.check_in if state.person else None
    if state.person is None or check_in is None or state.person.held_for in NOTES_ONLY:
        return _only_noted(state, reading)
    score = reading.score if reading.score != check_in.score else None
    habit = reading.habit if check_in.asks_step and reading.habit != check_in.habit else None
    today = state.person.today
    if (
        score is not None
        and check_in.score is not None
        and not _may_correct(check_in, check_in.scored_on, today, reading)
    ):
        return _noted(state, score)
    noted: tuple[Intention, ...] = ()
    if habit is not None and check_in.habit is not None:
        if reading.corrects and score is not None and check_in.score is not None:
            habit = None  # a correction of the score: "didnt break anything tho. meant 7"
        elif not _may_correct(check_in, check_in.told_on, today, reading):
            habit, noted = None, (ForCoach(),)
    if score is None and habit is None:
        # A repeated answer changes nothing.
        return noted, tuple(Reply("other_night_passed_on") for _ in noted)
    corrects = (score is not None and check_in.score is not None) or (habit is not None and check_in.habit is not None)
    return (RecordAnswer(score, habit), *noted), _echo(state, check_in, score, habit, corrects=corrects)


NOTES_ONLY = ("crisis", "urgent")  # holds under which answers are only kept for the coach


def _only_noted(state: State, reading: Reading) -> tuple[tuple[Intention, ...], tuple[Intention, ...]]:
    """Keep an answer to nothing that is open; a yes or no is worth a look if it once was asked for."""
    if reading.score is not None:
        return _noted(state, reading.score)
    asked_for = state.person is not None and (state.person.lapsed or state.person.check_in is not None)
    return ((ForCoach(),), (Reply("noted"),)) if asked_for and reading.habit is not None else ((), ())


def _noted(state: State, score: int) -> tuple[tuple[Intention, ...], tuple[Intention, ...]]:
    """Keep a score for the coach. That the question is still to come is said only if it is."""
    person = state.person
    to_come = (Reply("question_to_come"),) if person and person.question_due else ()
    for_coach = (ForCoach(),) if person and (person.lapsed or person.check_in) else ()
    return (Volunteer(score), *for_coach), (Reply("volunteered_score", {"score": str(score)}), *to_come)


def answers_only(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Return what to record or keep of a text that gets another reply than an answer does."""
    return tuple(one for one in read_answers(state, reading)[0] if isinstance(one, RecordAnswer | Volunteer))


def _may_correct(check_in: OpenCheckIn, answered_on: date | None, today: date, reading: Reading) -> bool:
    """Whether a second answer is a correction: it says so, or comes the same day with no later check-in in doubt."""
    return reading.corrects or (answered_on == today and not check_in.overtaken)


def in_our_form(reading: Reading) -> Reading:
    """Drop a yes/no that is not a plain one from a text in danger: "I can't do this" and a thumb are no answers."""
    said = any(span.kind == "habit" and any(map(str.isalpha, span.text)) for span in reading.recognised)
    return reading if reading.bare and said else reading._replace(habit=None)


def ask_again(check_in: OpenCheckIn, reading: Reading | None = None) -> tuple[Intention, ...]:
    """Ask once more for what is missing, or which of two numbers was meant."""
    if reading is not None and len(reading.seen) == 2 and check_in.missing.wants_score:
        return (AskAgain(), Reply("re_ask_choice", {"choice": "|".join(str(one) for one in reading.seen)}))
    return (AskAgain(), Reply(RE_ASK[check_in.missing]))


def _echo(
    state: State, check_in: OpenCheckIn, score: int | None, habit: bool | None, *, corrects: bool
) -> tuple[Intention, ...]:
    """Confirm what was recorded, ask once for what is missing, and show the week so far.

    The tally is left out after a bad night or a missed step.
    """
    after = replace(
        check_in,
        score=check_in.score if score is None else score,
        habit=check_in.habit if habit is None else habit,
    )
    values = {} if score is None else {"score": str(score)}
    replies: list[Intention] = [
        Reply(key, values if "score" in key or "hard" in key else {}) for key in _echo_keys(score, habit, corrects)
    ]
    if after.missing is not Asked.NONE:
        return tuple(replies) if check_in.asked_again else (*replies, *ask_again(after))
    if after.habit is False or (after.score or 0) >= HARD_NIGHT:
        return tuple(replies)
    return (*replies, *_week_so_far(state, check_in, habit))


HARD_NIGHT = 8  # from this score on replies are not cheerful


def _echo_keys(score: int | None, habit: bool | None, corrects: bool) -> tuple[str, ...]:
    step = {True: "done", False: "not_done", None: ""}[habit]
    if corrects:
        return (*(("corrected_score",) if score is not None else ()), *((f"corrected_{step}",) if step else ()))
    if score is not None and score >= HARD_NIGHT:
        return ("_".join(part for part in ("recorded_hard", step) if part),)
    return ("_".join(part for part in ("recorded", "score" if score is not None else "", step) if part),)


def _week_so_far(state: State, check_in: OpenCheckIn, habit: bool | None) -> tuple[Intention, ...]:
    """Steps done of steps asked this week, including this answer."""
    week = state.person.week if state.person else DayTally()
    done = week.done + (habit is True) - (check_in.habit is True and habit is False)
    if not week.steps_asked:
        return ()
    return (Reply("week_so_far", {"done": str(done), "asked": str(week.steps_asked)}),)

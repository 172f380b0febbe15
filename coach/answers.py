"""What a score and a yes/no change on the open check-in, and how they are echoed. Pure."""

from dataclasses import replace

from coach.conversation_state import OpenCheckIn, State, Week
from coach.intents import AskAgain, Intention, RecordAnswer, Reply, Volunteer
from coach.understanding import Asked, Reading

RE_ASK = {Asked.SCORE_AND_HABIT: "re_ask_both", Asked.SCORE: "re_ask_score", Asked.HABIT: "re_ask_habit"}


def read_answers(state: State, reading: Reading) -> tuple[tuple[Intention, ...], tuple[Intention, ...]]:
    """What to record of a score and a yes/no, and how to answer."""
    check_in = state.person.check_in if state.person else None
    if check_in is None:
        if reading.score is None:
            return (), ()
        return (Volunteer(reading.score),), (Reply("volunteered_score", {"score": str(reading.score)}),)
    score = _new_score(check_in, reading)
    habit = reading.habit if check_in.asks_step and reading.habit != check_in.habit else None
    if score is None and habit is None:
        return _nothing_new(check_in, reading)
    corrects = (score is not None and check_in.score is not None) or (habit is not None and check_in.habit is not None)
    return (RecordAnswer(score, habit),), _echo(state, check_in, score, habit, corrects=corrects)


def _new_score(check_in: OpenCheckIn, reading: Reading) -> int | None:
    """The score to record: the first one, or a correction that says it is one."""
    if reading.score is None or reading.score == check_in.score:
        return None
    return reading.score if check_in.score is None or reading.corrects else None


def _nothing_new(check_in: OpenCheckIn, reading: Reading) -> tuple[tuple[Intention, ...], tuple[Intention, ...]]:
    """A second score without a word of correction is kept beside the first; the same again is silence."""
    if reading.score is not None and reading.score != check_in.score:
        return (Volunteer(reading.score),), (Reply("volunteered_score", {"score": str(reading.score)}),)
    return (), ()


def _echo(
    state: State, check_in: OpenCheckIn, score: int | None, habit: bool | None, *, corrects: bool
) -> tuple[Intention, ...]:
    """What was recorded, the week so far, and what is still missing (asked for once)."""
    after = replace(
        check_in,
        score=check_in.score if score is None else score,
        habit=check_in.habit if habit is None else habit,
    )
    values = {} if score is None else {"score": str(score)}
    replies: list[Intention] = [
        Reply(key, values if "score" in key else {}) for key in _echo_keys(score, habit, corrects)
    ]
    if after.missing is Asked.NONE:
        return (*replies, *_week_so_far(state, check_in, habit))
    if not check_in.asked_again:
        replies += [AskAgain(), Reply(RE_ASK[after.missing])]
    return tuple(replies)


def _echo_keys(score: int | None, habit: bool | None, corrects: bool) -> tuple[str, ...]:
    step = {True: "done", False: "not_done", None: ""}[habit]
    if corrects:
        return (*(("corrected_score",) if score is not None else ()), *((f"corrected_{step}",) if step else ()))
    return ("_".join(part for part in ("recorded", "score" if score is not None else "", step) if part),)


def _week_so_far(state: State, check_in: OpenCheckIn, habit: bool | None) -> tuple[Intention, ...]:
    """Steps done of steps asked this week, with this answer counted in."""
    week = state.person.week if state.person else Week()
    done = week.done + (habit is True) - (check_in.habit is True and habit is False)
    if not week.steps_asked:
        return ()
    return (Reply("week_so_far", {"done": str(done), "asked": str(week.steps_asked)}),)

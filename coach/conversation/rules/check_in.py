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
    answers = check_in.asks_step and reading.habit != check_in.habit and not _only_walked(check_in, reading)
    habit = reading.habit if answers else None
    today = state.person.today
    if (
        score is not None
        and check_in.score is not None
        and not _may_correct(check_in, check_in.scored_on, today, reading)
    ):
        return _noted(state, score)
    noted: tuple[Intention, ...] = ()
    if habit is not None and check_in.habit is not None:
        if reading.corrects and not reading.bare and score is not None and check_in.score is not None:
            habit = None  # a correction of the score: "didnt break anything tho. meant 7"
        elif not _may_correct(check_in, check_in.told_on, today, reading):
            habit, noted = None, (ForCoach(),)
    if score is None and habit is None:
        # A repeated answer changes nothing; what is told beside it reaches a coach.
        if not noted and state.tells_more:
            return (ForCoach(),), (Reply("noted"),)
        return noted, tuple(Reply("other_night_passed_on") for _ in noted)
    corrects = (score is not None and check_in.score is not None) or (habit is not None and check_in.habit is not None)
    return (RecordAnswer(score, habit), *noted), _echo(state, check_in, score, habit, corrects=corrects)


# "We walked the beach" tells of these steps, and of no other.
WALKED = frozenset(["walk", "walked", "walking", "ran", "biked", "swam", "caminé", "camine", "caminamos"])
MOVING = ("evening-walk", "daytime-activity", "move-when-it-starts")


def _only_walked(check_in: OpenCheckIn, reading: Reading) -> bool:
    """Whether all that sounds like a yes is that they walked, and the step was another one."""
    told = [span.text.casefold().split() for span in reading.recognised if span.kind == "habit"]
    other = check_in.step is not None and check_in.step not in MOVING
    return other and bool(told) and all(words and words[0] in WALKED for words in told)


def tells_two_nights(state: State, reading: Reading) -> bool:
    """Whether a score for the night we asked about today stands beside one of an earlier night, which is not recorded.

    Later, or once there is a score, it is not certain which nights are meant.
    """
    check_in = state.person.check_in if state.person else None
    kinds = {span.kind for span in reading.recognised}
    fresh = state.person is not None and check_in is not None and check_in.asked_on == state.person.today
    return fresh and check_in is not None and check_in.score is None and {"score", "another"} <= kinds


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


def not_understood(check_in: OpenCheckIn | None, reading: Reading) -> Reply:
    """Say that one whole number is wanted if they gave a range or a fraction, else that it was not understood."""
    number = any(span.kind == "unclear_score" for span in reading.recognised)
    wanted = check_in is not None and check_in.missing.wants_score
    return Reply("re_ask_score", turn=1) if number and wanted else Reply("unclear")


def _echo(
    state: State, check_in: OpenCheckIn, score: int | None, habit: bool | None, *, corrects: bool
) -> tuple[Intention, ...]:
    """Confirm what was recorded, with a word on it, and ask once for what is missing."""
    after = replace(
        check_in,
        score=check_in.score if score is None else score,
        habit=check_in.habit if habit is None else habit,
    )
    keys = _correction_keys(score, habit) if corrects else _echo_keys(after, score, habit)
    replies = [_take_turns(key, _values(key, score), check_in) for key in keys]
    if habit and replies[-1].key in TALLY_INSTEAD_OF and (tally := _tally(state)):
        replies[-1] = _take_turns("week_so_far", tally, check_in)
    if after.missing is not Asked.NONE:
        return tuple(replies) if check_in.asked_again else (*replies, *ask_again(after))
    return tuple(replies)


HARD_NIGHT = 8  # from this score on replies are not cheerful
CALM_NIGHT = 2
LIGHT_NIGHT = 5  # up to this score a better night is welcomed
TALLY_INSTEAD_OF = ("after_done", "after_calm", "after_better")
CHANGE = 2  # points from the score before, from which on a night is called better or worse


def is_cheer(one: Intention) -> bool:
    """Whether it is a word on the night or the step, or the tally, beside what was recorded."""
    return isinstance(one, Reply) and one.key.startswith(("after_", "week_so_far")) and one.key != "after_hard"


def _values(key: str, score: int | None) -> dict[str, str]:
    return {"score": str(score)} if "score" in key else {}


def _take_turns(key: str, values: dict[str, str], check_in: OpenCheckIn) -> Reply:
    """Take the texts of a key in turn, one a day, so that words come back as late as possible."""
    return Reply(key, values, turn=check_in.asked_on.toordinal())


def _correction_keys(score: int | None, habit: bool | None) -> tuple[str, ...]:
    step = {True: ("corrected_done",), False: ("corrected_not_done",), None: ()}[habit]
    hard = ("after_hard",) if (score or 0) >= HARD_NIGHT else ()
    return (*(("corrected_score",) if score is not None else ()), *step, *hard)


def _echo_keys(after: OpenCheckIn, score: int | None, habit: bool | None) -> tuple[str, ...]:
    """Return what was recorded, and a word on it: on the night if it stands out, else on the step."""
    step = {True: "done", False: "not_done", None: ""}[habit]
    recorded = "_".join(part for part in ("recorded", "score" if score is not None else "", step) if part)
    word = _word_on_the_night(after, score)
    if word is None and after.missing is Asked.NONE and (after.score or 0) < HARD_NIGHT:
        word = f"after_{step or 'score'}"
    return (recorded, *((word,) if word else ()))


def _word_on_the_night(after: OpenCheckIn, score: int | None) -> str | None:
    """Return the key of the words for a hard, worse, better or calm night; None if it is none of these.

    Only a hard night gets a word while an answer is missing, because the question that follows is enough.
    """
    if score is None:
        return None
    if score >= HARD_NIGHT:
        return "after_hard"
    if after.missing is not Asked.NONE:
        return None
    change = 0 if after.score_before is None else score - after.score_before
    if score <= CALM_NIGHT:
        return "after_calm"
    if change >= CHANGE:
        return "after_worse"
    return "after_better" if change <= -CHANGE and score <= LIGHT_NIGHT else None


def _tally(state: State) -> dict[str, str]:
    """Return the steps done of steps asked this week, including this one: at the first, third, fifth and seventh."""
    week = state.person.week if state.person else DayTally()
    done = week.done + 1
    return {"done": str(done), "asked": str(week.steps_asked)} if done % 2 and done <= week.steps_asked else {}

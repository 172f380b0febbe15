"""Limit the replies to one number that lead nowhere; past the limit a coach takes over. Pure."""

from datetime import timedelta

from coach.conversation.intentions import (
    ForCoach,
    Hold,
    Intention,
    RaiseFlag,
    Reply,
)
from coach.conversation.rules.check_in import RE_ASK
from coach.conversation.rules.danger import is_open_danger
from coach.conversation.state import State

# Replies that lead nowhere. They are limited so that two machines cannot answer each other forever. Safety texts and
# the replies to STOP and HELP are never limited.
IN_VAIN = frozenset(
    [
        *RE_ASK.values(),
        *("unclear", "question_received", "please_read_received", "ask_yes", "declined", "unknown_number"),
        *("someone_else", "volunteered_score", "another_step_none", "picture_received", "re_ask_choice"),
        *("already_joined", "join_other_phone"),
        *("noted", "correction_passed_on", "yes_alone", "wish_passed_on", "stop_or_not", "start_hint"),
        *("who_we_are", "who_reads", "person_will_check", "in_hospital"),
        *("page_needs_code", "delete_requested", "hard_night", "time_offer", "time_not_understood", "time_too_late"),
        *(
            "bedtime_not_understood",
            "time_or_score",
            "other_night_passed_on",
            "cadence_not_understood",
            "time_too_early",
            "my_week",
            "my_week_too_few",
            "what_helps",
            "what_helps_unknown",
            "what_helps_later",
        ),
    ]
)


MOST_IN_AN_HOUR, MOST_IN_A_DAY = 3, 6
QUESTIONS_IN_AN_HOUR = 2  # passed to a coach and answered, whatever came before


def within_the_budget(state: State, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Drop the replies over the limit and flag the number for a coach once; an open flag for danger is enough."""
    if not state.answerable:
        return tuple(one for one in intentions if not isinstance(one, Reply))
    spent = state.in_vain_hour >= MOST_IN_AN_HOUR or state.in_vain_day >= MOST_IN_A_DAY
    first = is_first_question(state, intentions) or asks_to_stop_first(state, intentions)
    if not spent or not is_in_vain(intentions) or first:
        return intentions
    quiet = tuple(one for one in intentions if not (isinstance(one, Reply) and one.key in IN_VAIN))
    flagged = state.flagged or is_open_danger(state) or any(isinstance(one, RaiseFlag) for one in quiet)
    quiet = quiet if ForCoach() in quiet else (*quiet, ForCoach())
    return quiet if flagged else (*quiet, RaiseFlag("read"))


def is_first_question(state: State, intentions: tuple[Intention, ...]) -> bool:
    """Whether a question is one of the first in an hour, which always get an answer."""
    asks = any(isinstance(one, Reply) and one.key in ("question_received", "who_reads") for one in intentions)
    return asks and state.questions_hour < QUESTIONS_IN_AN_HOUR


def asks_to_stop_first(state: State, intentions: tuple[Intention, ...]) -> bool:
    """Whether it asks about a stop for the first time in a day: nobody is held without having been asked."""
    asked = state.replied.get("stop_or_not")
    return STOP_QUESTION in intentions and (asked is None or asked >= STOP_ASKED_EVERY)


def held_only_if_asked(state: State, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Hold no texts for a doubtful stop if the question about it is not sent; a coach is flagged instead."""
    if STOP_HOLD not in intentions or STOP_QUESTION in intentions:
        return intentions
    left = tuple(one for one in intentions if one != STOP_HOLD)
    flagged = state.flagged or any(isinstance(one, RaiseFlag) for one in left)
    left = left if ForCoach() in left else (*left, ForCoach())
    return left if flagged else (*left, RaiseFlag("read"))


STOP_HOLD, STOP_QUESTION = Hold("stop_or_not"), Reply("stop_or_not")
STOP_ASKED_EVERY = timedelta(days=1)


def is_in_vain(intentions: tuple[Intention, ...]) -> bool:
    """Whether one of the intentions is a reply that leads nowhere."""
    return any(isinstance(one, Reply) and one.key in IN_VAIN for one in intentions)

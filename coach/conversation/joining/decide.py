"""Answer "JOIN WORD": invite whoever is new, and change nothing for whoever is not. Pure."""

from dataclasses import replace

from coach.conversation.intentions import ForCoach, Intention, Invite, Reply
from coach.conversation.rules.danger import FLAGGING
from coach.conversation.rules.stops import answer_after_stop
from coach.conversation.state import Joining, State
from coach.understanding import Intent, Reading


def answer_join(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Answer who joins, by what their clinic knows of them; while texts are held, a coach looks first.

    JOIN after a stop is their own return, as START is; the carrier has not answered it.
    """
    join = state.join
    if join is None or reading.intent is not Intent.OPT_IN or not state.flagged.isdisjoint(FLAGGING):
        return None
    if join.status == "stopped" and state.suppressed:
        return answer_after_stop(replace(state, carrier_answers=False), reading._replace(keyword="START"))
    if state.person is not None and state.person.held_for is not None:
        return None
    return _new(join) if join.status is None else _known(join)


def _new(join: Joining) -> tuple[Intention, ...] | None:
    if join.pages_a_coach:
        return (Reply("join_other_phone"),)
    if not join.possible:
        return None
    if not join.room:
        return (ForCoach(),)
    return (Invite(join), Reply("welcome_joined", {"clinic": join.clinic, "zone": join.zone}))


def _known(join: Joining) -> tuple[Intention, ...]:
    if join.status == "active":
        return (Reply("already_joined", {"clinic": join.clinic}),)
    return (Reply("ask_yes"),) if join.status == "invited" else (ForCoach(), Reply("question_received"))

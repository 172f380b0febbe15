"""Build the columns that say how a text was read, what it was used for, and what later texts need to know of it."""

from collections.abc import Sequence
from datetime import datetime

from coach.alerts.calls import (
    AT_HAND,
    ATTACKED,
    MAY_CALL,
    NO_CALL,
    NO_REPLY,
    ONLY_MINE,
    OTHER_HAND,
    OWN_HAND,
    PRIVATE,
    SWALLOWED,
    TEXTED,
    UNDER_AGE,
    WHERE,
)
from coach.conversation.gather import Correspondent
from coach.conversation.gather_earlier import MAY_WRITE
from coach.conversation.gather_said import REMEMBERED, REPLIED
from coach.conversation.intentions import ForCoach, HelpAtNight, Intention, RecordAnswer, Reply, Volunteer, text_of
from coach.conversation.rules.answer_budget import is_in_vain
from coach.conversation.state import State
from coach.understanding import Reading, as_json
from schedules.timing.local_time import night_of


def as_kept(
    correspondent: Correspondent | None,
    state: State,
    reading: Reading,
    intentions: Sequence[Intention],
    answer: str | None,
    now: datetime,
) -> dict[str, object]:
    """Return the columns that say how a text was read, what it was used for, and the reply to it."""
    kinds = {type(intention) for intention in intentions}
    uses = ((RecordAnswer, "answer"), (Volunteer, "volunteered"), (HelpAtNight, "night_help"))
    used_as = next((name for kind, name in uses if kind in kinds), None)
    night = night_of(now, correspondent.enrolment.timing.time_zone) if correspondent else None
    return {
        "participant_id": correspondent.participant_id if correspondent else None,
        "check_in_id": correspondent.check_in_id if correspondent and RecordAnswer in kinds else None,
        "intent": reading.intent.value,
        "score": reading.score,
        "habit": reading.habit,
        "used_as": used_as,
        "night_on": night if used_as in ("volunteered", "night_help") else None,
        "reading": as_json(reading) | _marks(state, intentions),
        "answer": answer,
        "for_coach": ForCoach in kinds,
        "in_vain": is_in_vain(tuple(intentions)),
        "retry_at": None,
    }


def _marks(state: State, intentions: Sequence[Intention]) -> dict[str, object]:
    """Return what later texts need to know of this one, to be stored beside its reading."""
    marks = {
        PRIVATE: state.not_to_call,
        MAY_CALL: state.call_until.isoformat() if state.may_call and state.call_until else state.may_call,
        ONLY_MINE: state.only_mine,
        NO_CALL: state.wants_no_call,
        TEXTED: state.wants_texts,
        OTHER_HAND: state.people.is_another,
        OWN_HAND: state.people.mine and not state.people.is_another,
        NO_REPLY: state.asks_silence,
        ATTACKED: state.attacked,
        WHERE: state.whereabouts,
        MAY_WRITE: state.may_write or state.calls_us,
        REPLIED: [key for one in intentions if isinstance(one, Reply) and (key := text_of(one)) in REMEMBERED],
        AT_HAND: state.at_hand,
        SWALLOWED: state.swallowed and state.body_in_danger,
        UNDER_AGE: state.people.minor,
    }
    return {name: value for name, value in marks.items() if value}

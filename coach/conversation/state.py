"""The state a reply depends on: the sender, what they were last asked, and their week so far. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from coach.adherence.counts import DayTally
from coach.conversation.help_lines import Danger
from coach.conversation.joining.words import JoinWords
from coach.reflections.own_steps import OwnEffects
from coach.understanding import Asked
from coach.understanding.alarms.people import NOTHING_NOTICED, People
from schedules.decisions.care_texts import ONSET
from schedules.decisions.facts import StepOffer
from schedules.timing.slots import Timing


@dataclass(frozen=True, slots=True)
class OpenCheckIn:
    """The latest check-in that may have been read, and its answers so far.

    `step` is the strategy asked about, if the library still has it; `abstains`: it is to go without something.
    `scored_on` and `told_on` are the local days on which the score and the yes/no came. `overtaken`: a later check-in
    is in doubt, so a second answer may be meant for that one. `score_before` is the last score of the week before it.
    """

    asked_on: date
    asks_step: bool
    step: str | None = None
    abstains: bool = False
    score: int | None = None
    habit: bool | None = None
    scored_on: date | None = None
    told_on: date | None = None
    asked_again: bool = False
    overtaken: bool = False
    score_before: int | None = None

    def is_lapsed(self, today: date) -> bool:
        """Whether it is too late to answer: an answer counts until the end of the day after the question."""
        return today > self.asked_on + timedelta(days=1)

    @property
    def missing(self) -> Asked:
        """What is still unanswered."""
        score, habit = self.score is None, self.asks_step and self.habit is None
        return {
            (True, True): Asked.SCORE_AND_HABIT,
            (True, False): Asked.SCORE,
            (False, True): Asked.HABIT,
            (False, False): Asked.NONE,
        }[score, habit]


OFFERS = ("time", "another_step", ONSET)  # open questions that a bare yes or no answers


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question we asked apart from the check-in; a bare answer is taken as the answer to it until it lapses.

    `name` is pause, set_time, bedtime or cadence (details were missing), time (`value` is the time we offered, "HH:MM")
    another_step (a step was offered) or onset (whether symptoms have spread: `value` is the date it was asked on).
    """

    name: str
    value: str | None = None


# How long a question stays open; a later check-in closes it.
LAPSES = {"another_step": timedelta(hours=1)}
LAPSES_AFTER = timedelta(hours=12)


def lapses_after(question: str) -> timedelta:
    """How long a question of ours stays open."""
    return LAPSES.get(question, LAPSES_AFTER)


@dataclass(frozen=True, slots=True)
class SenderState:
    """What the rules know of a participant who writes.

    `another` is the step to offer on request, drawn only when they ask; None once the daily limit is reached.
    `question` is our open question, if any. `randomised`: their steps are chosen by chance. `lapsed`: the latest
    check-in may no longer be answered, and `check_in` is None. `question_due`: today's question is still to come.
    `someone_else`: texts are held because somebody else may have the phone, or the participant may have died, whatever
    else holds them; `stop_asked`: because "do you want us to stop?" is open. `own_effects` is loaded only when they ask
    what helps.
    """

    status: str
    held_for: str | None
    timing: Timing
    today: date
    check_in: OpenCheckIn | None = None
    week: DayTally = field(default_factory=DayTally)
    last_7_days: DayTally = field(default_factory=DayTally)
    another: StepOffer | None = None
    question: OpenQuestion | None = None
    exclude: frozenset[str] = frozenset()
    randomised: bool = False
    paused_until: date | None = None
    lapsed: bool = False
    question_due: bool = False
    someone_else: bool = False
    stop_asked: bool = False
    own_effects: OwnEffects | None = None

    @property
    def is_paused(self) -> bool:
        """Whether their evenings are skipped at their own wish."""
        return self.held_for is None and self.paused_until is not None and self.paused_until > self.today


@dataclass(frozen=True, slots=True)
class PagedCoach:
    """A sender who is a paged coach: their id, the open flags they were paged about by code, and the code texted."""

    coach_id: int
    flags: Mapping[str, int] = field(default_factory=dict)
    typed: str | None = None


@dataclass(frozen=True, slots=True)
class Joining:
    """Who texts "JOIN WORD": the clinic with that word, and what it knows of the number.

    `zone` is the area code's or else the clinic's. `status` is their enrollment's in this clinic, None for a new
    person. `possible`: the sender is somebody's own phone; `pages_a_coach`: a coach's; `room`: the clinic may welcome
    more people in this hour.
    """

    clinic_id: int
    clinic: str
    words: JoinWords
    zone: str
    status: str | None
    possible: bool
    pages_a_coach: bool
    room: bool


@dataclass(frozen=True, slots=True)
class PlanTalk:
    """What a text says of the sender's own plan, and what is known of it.

    `wish` is on, read, change, off or private; `words` a plan that was found and `beside` the rest, `unfit` why
    it cannot be kept; `places` are the steps, and `weekday` the day, that it may be for. `wanted`, `kept`
    and `asked` are as they were before.
    """

    wanted: str | None = None
    kept: str | None = None
    asked: str | None = None
    wish: str | None = None
    words: str | None = None
    beside: str = ""
    unfit: str | None = None
    places: frozenset[str] = frozenset()
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Everything a reply depends on. `person` is None for an unknown number, `paged_coach` for all but paged coaches.

    `carrier_answers`: the carrier answers its keywords (STOP, HELP ...) for us; `carrier_stopped`: it has blocked our
    texts to the number. `answerable`: the sender is a phone number, not a short code or a name. `in_vain_hour` and
    `in_vain_day` count recent replies of ours that led nowhere. `flagged` holds the kinds of flag this number opened
    within the hour. `media` counts pictures, `helped_tonight` requests for help with the legs. `invited_elsewhere`:
    another clinic's invitation awaits a YES. `wrote_lately`: the number texted within the last minutes.
    `questions_hour` counts the questions answered within the hour, `answered_hour` and `answered_day` our replies of
    that time, the former only since a crisis began; `answered_within_hour`, `answered_lately` and `answered_just_now`:
    one is from the last hour, quarter of an hour or minutes.

    What the text says. `says_shared`: somebody else reads the phone; `private`: somebody may, so we name nothing;
    `asks_silence`: we should not write back; `has_come`: because whoever is feared is here ("stop, he's here");
    `silent`: an earlier text said so; `calls_us`: this one wants an answer, help or the police all the same.
    `swallowed`: a text in danger names pills or a poison, and not only that they are `planned`; `whereabouts`: it says
    where they are; `body_in_danger`: it tells of an emergency of somebody's body, which no discretion may hide.
    `attacked`: a text in danger names a weapon or an assault; `at_hand`: in a crisis a weapon or another means is
    within reach; `worse`: that, or an overdose, is new, and pages again. `asks_plainly`: it is an everyday question
    about a medicine. `last_words`: in an open crisis, it may be the deed or a farewell. `wish`: a wish stands beside
    the answer; `about_another`: the score is another night's or person's; `tells_more`: other words stand beside the
    answer. `comes_back`: somebody paused is back; `stays_away`: the pause should be longer. `wants_back`: STOP was not
    meant, or the texts are wanted again. `goes_on`: what they answer to "do you want us to stop?"; `at_length`: in a
    sentence. `everyday`: while danger is open, it holds only words of every day. `says_yes`: it begins with a yes.
    `other_writes`: somebody else writes, or did within a day (`other_wrote`) and the participant has
    not said that they are back; `other_has_phone`: texts are held for it, however long ago. `not_to_call`: coaches
    should name nothing to whoever answers this phone. `may_call`:
    they ask for a call, or say that one is safe, `call_until` at the latest; `only_mine`: nobody else has this phone;
    `wants_texts`: they ask for texts instead of calls; `wants_no_call`: for no call and no answer. `told_violence`:
    violence was told before, and a flag of it is open. `says_start`: it is START and courtesy. `tells_death`: somebody
    has died, and it may be the participant; `people`: what the text says of people. `may_write`: they asked us not to
    write, and now say that we may. `join`: they join a clinic by its keyword. `plan`: it is about their own plan.

    Loaded only where a reply depends on it: `left_out`, the steps they left out by text; `replied`, how long ago we
    gave some replies; `news_lately`, whether grave news came in the last hours; `lately`, which dangers were told in
    the last hour, and `poison_open`, whether one was something swallowed; and `says_new`, whether it is in other words
    than the texts of that hour.
    """

    person: SenderState | None
    suppressed: bool
    carrier_answers: bool
    country: str
    paged_coach: PagedCoach | None = None
    carrier_stopped: bool = False
    answerable: bool = True
    in_vain_hour: int = 0
    in_vain_day: int = 0
    flagged: frozenset[str] = frozenset()
    questions_hour: int = 0
    answered_hour: int = 0
    answered_day: int = 0
    answered_lately: bool = False
    wrote_lately: bool = False
    media: int = 0
    helped_tonight: int = 0
    invited_elsewhere: bool = False
    says_shared: bool = False
    private: bool = False
    asks_silence: bool = False
    silent: bool = False
    has_come: bool = False
    calls_us: bool = False
    answered_within_hour: bool = False
    other_wrote: bool = False
    other_writes: bool = False
    other_has_phone: bool = False
    not_to_call: bool = False
    may_call: bool = False
    call_until: datetime | None = None
    only_mine: bool = False
    wants_texts: bool = False
    wants_no_call: bool = False
    told_violence: bool = False
    body_in_danger: bool = False
    attacked: bool = False
    at_hand: bool = False
    worse: bool = False
    asks_plainly: bool = False
    swallowed: bool = False
    planned: bool = False
    poison_open: bool = False
    lately: frozenset[Danger] = frozenset()
    says_new: bool = False
    answered_just_now: bool = False
    whereabouts: bool = False
    last_words: bool = False
    wants_back: bool = False
    says_start: bool = False
    tells_death: bool = False
    people: People = NOTHING_NOTICED
    may_write: bool = False
    replied: Mapping[str, timedelta] = field(default_factory=dict)
    news_lately: bool = False
    wish: bool = False
    goes_on: bool | None = None
    at_length: bool = False
    everyday: bool = False
    says_yes: bool = False
    comes_back: bool = False
    stays_away: bool = False
    about_another: bool = False
    tells_more: bool = False
    join: Joining | None = None
    plan: PlanTalk | None = None
    left_out: frozenset[str] = frozenset()

    def noting(self, **facts: Any) -> "State":
        """Return the state with these facts: itself where they add nothing, because a copy has sixty fields to set."""
        return self if all(getattr(self, name) == value for name, value in facts.items()) else replace(self, **facts)


ABSTENTIONS = {Asked.SCORE_AND_HABIT: Asked.SCORE_AND_ABSTENTION, Asked.HABIT: Asked.ABSTENTION}


def asked_of(person: SenderState | None) -> Asked:
    """What the person was last asked and has not answered, as context for reading a text."""
    if person and person.stop_asked:
        return Asked.HABIT  # "STOP or NO": a yes or no is what was asked for
    if person and person.status == "stopped":
        return Asked.HABIT  # nothing is asked; a yes or no is at most whether they want to come back
    if person and person.status == "invited":
        return Asked.CONSENT  # "Reply YES to start"
    missing = person.check_in.missing if person and person.check_in else Asked.NONE
    if person and person.question and person.question.name in OFFERS:
        return Asked.SCORE_AND_YES_OR_NO if missing.wants_score else Asked.HABIT
    return ABSTENTIONS.get(missing, missing) if person and person.check_in and person.check_in.abstains else missing


def was_replied(state: State, key: str, within: timedelta) -> bool:
    """Whether we replied with this text within a time; loaded only where a rule needs it."""
    return key in state.replied and state.replied[key] <= within

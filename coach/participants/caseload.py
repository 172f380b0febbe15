"""The participants a coach may see: search, order, count and load them a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, func, literal, or_, select, text, union_all

from coach.adherence.triage import FLAGGED, STATUSES
from coach.database.name_sheets import find_named
from coach.database.tables import Standing
from coach.inbox.attention import ATTENDED_FOR, is_due_again, waits_for_answer, was_attended
from coach.participants.list_rows import ListContext, ParticipantRow, load_rows
from schedules.database.prepared import in_numbers
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import MUTED, SOMEONE_ELSE, Flag
from schedules.enrolment.roster_file import read_phone

PER_PAGE = 50
NEEDING = tuple(STATUSES)[:8]  # crisis to not delivered: someone should act
RANKS = {status: rank for rank, status in enumerate(STATUSES)}
SORTS: Mapping[str, str] = {
    "need": "Who needs someone first",
    "legs": "Worst legs first",
    "answered": "Fewest answers first",
    "done": "Fewest steps done first",
    "next": "Next text first",
    "newest": "Newest first",
}
OF_ENROLMENT = ("legs", "answered", "done", "next")  # orders that look at it
# As in its partial index.
HELD = text("enrolment.held_for IS NOT NULL")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A request for a list: search words, a status of `coach.adherence.triage`, an order of `SORTS`, a page from 1.

    `today` is the coach's, for those to look at again. `coach` is an email address, or "nobody".
    """

    words: str = ""
    status: str = ""
    sort: str = "need"
    page: int = 1
    today: date = date.min
    coach: str = ""


@dataclass(frozen=True, slots=True)
class ParticipantPage:
    """One page of a list, and the total over all pages."""

    lines: Sequence[ParticipantRow]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class CaseloadCounts:
    """Counts over a caseload for the last seven days. `computed_at` is that of the oldest standing.

    `needing` have a status to act on, wait for an answer, or are due again; `waiting` is how many wait for an answer.
    """

    people: int
    needing: int
    waiting: int
    by_status: Mapping[str, int]
    prompted: int
    answered: int
    undelivered: int
    computed_at: datetime | None

    @property
    def undelivered_share(self) -> float | None:
        """Share of sent texts that were not delivered; None if none were sent."""
        sent = self.prompted + self.undelivered
        return self.undelivered / sent if sent else None

    def total_of(self, wanted: ListQuery) -> int | None:
        """Return how many a request finds in all; None if it searches, or is for one coach's, which is not counted."""
        if wanted.words or wanted.coach:
            return None
        if wanted.status == "needing":
            return self.needing
        return self.by_status.get(wanted.status, 0) if wanted.status else self.people


def _raised() -> Any:
    """Select the rank of whoever has an open flag, or is asked whether the texts should stop: few of a caseload.

    Or somebody else may have the phone, or reads it, so that they asked us not to write.
    """
    rank = case({kind: RANKS[kind] for kind in FLAGGED}, value=Flag.kind)
    flagged = select(Flag.participant_id, rank.label("rank")).where(
        Flag.acknowledged_at.is_(None), Flag.kind.in_(FLAGGED), Flag.participant_id.is_not(None)
    )
    held = Enrolment.held_for.in_(("stop_or_not", SOMEONE_ELSE, MUTED))
    waits = select(Enrolment.participant_id, literal(RANKS["read"]).label("rank")).where(
        HELD, held, Enrolment.status.in_(("invited", "active"))
    )
    both = union_all(flagged, waits).subquery()
    return select(both.c.participant_id, func.min(both.c.rank).label("rank")).group_by(both.c.participant_id).subquery()


def _ranked(scope: ColumnElement[bool]) -> tuple[Select[Any], Any]:
    """Select everyone in scope with the rank that orders lists; also return the rank expression."""
    raised = _raised()
    own = func.coalesce(Standing.rank, RANKS["new"])
    rank = case((raised.c.rank < own, raised.c.rank), else_=own)
    everyone = (
        select(Participant.id, rank.label("rank"))
        .outerjoin(Standing, Standing.participant_id == Participant.id)
        .outerjoin(raised, raised.c.participant_id == Participant.id)
        .where(scope, Participant.erased_at.is_(None))
    )
    return everyone, rank


def _needs(rank: Any, today: date) -> ColumnElement[bool]:
    return or_(rank <= RANKS[NEEDING[-1]], waits_for_answer(), is_due_again(today))


def count_caseload(connection: Connection, scope: ColumnElement[bool], today: date) -> CaseloadCounts:
    """Count a caseload in one aggregate query."""
    everyone, rank = _ranked(scope)
    people = (func.sum(case((wanted, 1), else_=0)) for wanted in (_needs(rank, today), waits_for_answer()))
    sums = [func.sum(func.coalesce(getattr(Standing, name), 0)) for name in ("prompted", "answered", "undelivered")]
    counted = everyone.with_only_columns(rank, func.count(), *sums, func.min(Standing.computed_at), *people)
    counted = counted.group_by(rank)
    rows = connection.execute(counted).all()
    by_status = {tuple(STATUSES)[row[0]]: row[1] for row in rows}
    prompted, answered, undelivered = (sum(int(row[place] or 0) for row in rows) for place in (2, 3, 4))
    return CaseloadCounts(
        people=sum(by_status.values()),
        needing=sum(int(row[6]) for row in rows),
        waiting=sum(int(row[7]) for row in rows),
        by_status=by_status,
        prompted=prompted,
        answered=answered,
        undelivered=undelivered,
        computed_at=min((row[5] for row in rows if row[5]), default=None),
    )


def load_page(
    connection: Connection,
    scope: ColumnElement[bool],
    wanted: ListQuery,
    context: ListContext,
    per_page: int = PER_PAGE,
    total: int | None = None,
) -> ParticipantPage:
    """Load a page of the participants in scope that match; `total` says how many, if they have been counted."""
    everyone, rank = _ranked(scope)
    if wanted.sort in OF_ENROLMENT:
        everyone = everyone.join(Enrolment, Enrolment.participant_id == Participant.id)
    if wanted.words:
        everyone = everyone.where(_matches_search(connection, wanted.words, context))
    if wanted.coach:
        everyone = everyone.where(_of_coach(wanted.coach))
    if wanted.status == "needing":
        everyone = everyone.where(_needs(rank, wanted.today))
    elif wanted.status:
        everyone = everyone.where(rank == RANKS.get(wanted.status, -1))
    if total is None:
        total = connection.execute(everyone.with_only_columns(func.count())).scalar_one()
    pages = max(1, -(-total // per_page))
    page = min(max(1, wanted.page), pages)
    order = _order(wanted.sort, rank)
    if wanted.status == "needing" and wanted.sort == "need":
        order = (*_pressing(rank, wanted.today, context.now), *order)
    ordered = everyone.order_by(*order, Participant.id)
    ids = list(connection.execute(ordered.limit(per_page).offset((page - 1) * per_page)).scalars())
    return ParticipantPage(load_rows(connection, ids, context), total, page, pages)


def _of_coach(email: str) -> ColumnElement[bool]:
    if email == "nobody":
        return Participant.coach_id.is_(None)
    return Participant.coach_id == select(CoachAccount.id).where(CoachAccount.email == email).scalar_subquery()


def load_coaches(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Load the email of each participant's coach, if they have one."""
    rows = connection.execute(
        select(Participant.id, CoachAccount.email)
        .join(CoachAccount, CoachAccount.id == Participant.coach_id)
        .where(Participant.id.in_(ids))
    )
    return {row[0]: row[1] for row in rows}


def _pressing(rank: Any, today: date, now: datetime) -> tuple[Any, ...]:
    """Flags first, then who waits or is due again; last those for whom a coach has just done something."""
    waits = or_(waits_for_answer(), is_due_again(today))
    done = and_(~waits, was_attended(now - ATTENDED_FOR))
    return (case((rank <= RANKS["read"], 0), (waits, 1), (done, 3), else_=2),)


def _order(sort: str, rank: object) -> tuple[Any, ...]:
    """Return the ORDER BY terms. Participants without a value come last, after them whoever has stopped."""
    stopped = Enrolment.status.in_(("stopped", "ended"))

    def share(part: Any, whole: object) -> object:
        return (1.0 * part / func.nullif(whole, 0)).nulls_last()

    return {
        "legs": (
            stopped,
            (1.0 * Standing.score_sum / func.nullif(Standing.score_n, 0)).desc().nulls_last(),
        ),
        "answered": (
            stopped,
            share(Standing.answered, Standing.prompted),
        ),
        "done": (
            stopped,
            share(Standing.done, Standing.steps_asked),
        ),
        "next": (Enrolment.next_due_at.nulls_last(),),
        "newest": (Participant.id.desc(),),
    }.get(sort, (rank,))


def _matches_search(connection: Connection, words: str, context: ListContext) -> ColumnElement[bool]:
    """Match an id, a whole phone number (by its keyed hash), or part of a first name."""
    if words.isdecimal() and len(words) < 7:
        return Participant.id == int(words)
    if sum(character.isdigit() for character in words) >= 7:
        try:
            return Participant.number_hash == context.keys.number_hash(read_phone(words, context.country))
        except ValueError:
            return false()
    return in_numbers(Participant.id, find_named(connection, words, context.clinic_id))

"""Concurrent edits by coaches, admins and imports, each in its own web process."""

from collections.abc import Callable
from datetime import time
from random import Random
from typing import Any

from sqlalchemy import update

from coach.accounts.scope import OPERATES
from coach.accounts.sign_ins import add_account, ensure_clinic
from coach.accounts.signed_in import SignedIn
from coach.inbox.answer import write
from coach.participants.apply_change import change_participant
from coach.participants.roster import import_roster
from coach.privacy.erase import erase
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from tests.simulation_engine.people import Person
from tests.simulation_engine.phones import COACH_PHONE, OTHER_COACH_PHONE
from tests.simulation_engine.plan import Event
from tests.support import enrol, person, roster, staff

COACH = SignedIn(1, "lead@x.example", OPERATES, None)
NARROW = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "09:00", "end": "20:30"}]


def row_of(one: Any) -> dict[str, Any]:
    """A roster row."""
    bedtime = {"bedtime": f"{one.bedtime_at:%H:%M}"} if one.bedtime_at else {}
    return person(one.number, time_zone=one.zone, evening_time=f"{one.evening_at:%H:%M}", **bedtime)


def enrol_all(world: Any) -> None:
    """Everybody of the plan, and a lead who is paged."""
    staff(world.runtime, lead=COACH_PHONE)
    if "unstaffed" not in world.plan.features:
        _lead_elsewhere(world)
    for one in world.plan.people:
        clinic = "Clinic" if one.clinic == "North" else one.clinic
        [id] = enrol(world.runtime, row_of(one), clinic=clinic, confirmed=one.confirmed)
        known = Person(one.phone, one.clinic, one.zone, one.evening_at, one.bedtime_at, one.confirmed, 0.0, id)
        known.status = "active" if one.confirmed else "invited"
        if not one.confirmed:
            known.barred["no consent yet"] = 0.0
        world.model.people.append(known)


def _lead_elsewhere(world: Any) -> None:
    """The other clinic has somebody who is paged, too."""
    runtime, phone = world.runtime, OTHER_COACH_PHONE
    with write_transaction(runtime.engine) as connection:
        clinic, _ = ensure_clinic(connection, "South", runtime.now())
        account = add_account(connection, "south@x.example", "lead", clinic, "four quiet words here", runtime.now())
        pager = {"phone": phone, "number_hash": runtime.keys.number_hash(phone), "phone_confirmed_at": runtime.now()}
        connection.execute(update(CoachAccount).where(CoachAccount.id == account.id).values(pager))


def make_edit(world: Any, event: Event) -> None:
    """One change, by a web process that may die over it; done or not, from then on either may hold."""
    whose = [one for one in world.model.people if one.phone.endswith(f"{event.who:04d}") and not one.erased]
    alive = [one for one in world.webs if one is not None and one.alive]
    if not whose or not alive:
        return
    them, drawn = whose[0], Random(f"{world.plan.seed}:edit:{event.key}:{event.at}")
    begun, result = world.stage.now, list[str]()
    them.changes.append((begun, begun + 30))

    def work() -> None:
        try:
            EDITS[event.what](world, them, drawn)
            result.append("done")
        except Exception as error:
            result.append(type(error).__name__)
            open_after(world, them, event.what, begun)
        world.say(f"edit {event.what} {them.phone} {result[0]}")

    world.stage.spawn(drawn.choice(alive), work)


def open_after(world: Any, them: Person, what: str, begun: float) -> None:
    """It may have taken effect or not: nothing is asked of this person from now on that depends on it."""
    them.changes.append((begun, float("inf")))
    them.pause_known = False


def _pause(world: Any, them: Person, drawn: Random) -> None:
    evenings, begun = drawn.randint(1, 2), world.stage.now
    _change(world, them, "pause", {"evenings": str(evenings)})
    world.model.paused_by_coach(them, evenings, begun, world.stage.now + 1)


def _resume(world: Any, them: Person, _drawn: Random) -> None:
    _change(world, them, "resume", {})
    them.paused_until = None


def _times(world: Any, them: Person, drawn: Random) -> None:
    wanted = drawn.choice((time(18, 30), time(19, 15), time(20)))
    _change(world, them, "times", {"evening_time": f"{wanted:%H:%M}", "bedtime": "22:15"})
    them.evening_at, them.bedtime_at = wanted, time(22, 15)
    them.changes.append((world.stage.now - 1, world.stage.now + 86_400))


def _change(world: Any, them: Person, what: str, form: dict[str, str]) -> None:
    with write_transaction(world.engine) as connection:
        runtime = world.runtime
        change_participant(connection, them.id, what, form, COACH, runtime.catalogue, runtime.now())


def _write(world: Any, them: Person, drawn: Random) -> None:
    with write_transaction(world.engine) as connection:
        once = f"form{drawn.getrandbits(40)}"
        write(connection, world.runtime.keys, them.id, "How are you getting on?", once, COACH, world.runtime.now())


def _narrow(world: Any, them: Person, _drawn: Random) -> None:
    with write_transaction(world.engine) as connection:
        connection.execute(update(Clinic).where(Clinic.id == 1).values(quiet_hours=NARROW))
    for one in world.model.people:
        if one.clinic == "North":
            world.model.hours["North"] = (time(9), time(20, 30))
            one.changes.append((world.stage.now - 1, world.stage.now + 60))


def _import(world: Any, them: Person, drawn: Random) -> None:
    """Some who are new, and some who have been imported before."""
    zone, begun = world.plan.people[0].zone, world.stage.now
    rows = [person(number, time_zone=zone, evening_time="19:00") for number in range(700, 700 + drawn.randint(1, 3))]
    known = {one.phone for one in world.model.people}
    added = [
        Person(row["phone"], "North", zone, time(19), None, False, begun, changes=[(begun, begun + 60)])
        for row in rows
        if row["phone"] not in known
    ]
    for one in added:
        one.barred["no consent yet"] = begun
    world.model.people += added
    with write_transaction(world.engine) as connection:
        runtime = world.runtime
        done = import_roster(connection, roster(*rows), 1, runtime.catalogue, runtime.keys, runtime.now())
    ids = {row["phone"]: one.id for row, one in zip(rows, done.enrolled, strict=True)}
    for one in added:
        one.id = ids[one.phone] or 0


def _erase(world: Any, them: Person, _drawn: Random) -> None:
    with write_transaction(world.engine) as connection:
        erase(connection, them.id, world.runtime.now(), actor="lead@x.example", at_provider=True)
    them.erased = True
    for one in world.model.having(them.phone):  # nobody here may text them again, in the other clinic neither
        world.model.wrote(one, "STOP", world.stage.now, world.stage.now + 1, clean=True)


EDITS: dict[str, Callable[[Any, Person, Random], None]] = {
    "pause": _pause,
    "resume": _resume,
    "times": _times,
    "write": _write,
    "narrow": _narrow,
    "import": _import,
    "erase": _erase,
}

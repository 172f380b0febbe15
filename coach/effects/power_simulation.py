"""Let made-up people live through a clinic's programme as it is now. Decides nothing: the figures are the outlook's.

They are of the kinds of those who take part, in turn, and their evenings are planned by the code that plans real ones.
"""

from collections import Counter
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from coach.effects.outlook import DAYS, PEOPLE, Outlook
from coach.effects.power import Simulated
from coach.simulation import PersonKind, Setup
from coach.simulation.living import simulate_person
from content.catalogue import Catalogue
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment, Participant


def load_outlook(connection: Connection, catalogue: Catalogue, clinic_id: int, programme: str) -> Outlook | None:
    """For those who take part now, by the policy that most of them have; None if nobody does."""
    present = _load_present(connection, clinic_id, programme)
    if not present or programme not in catalogue.programmes:
        return None
    switched_off = connection.execute(select(Clinic.switched_off).where(Clinic.id == clinic_id)).scalar_one()
    policy = Counter(one.policy for one in present).most_common(1)[0][0]
    kinds = tuple(map(_kind, present[:: max(1, len(present) // PEOPLE)]))
    if len(set(kinds)) == 1:
        kinds = kinds[:1]  # the same people, computed already for however many there are
    return replace(_look_ahead(catalogue, programme, policy, frozenset(switched_off or ()), kinds), people=len(present))


def _load_present(connection: Connection, clinic_id: int, programme: str) -> list[Any]:
    rows = connection.execute(
        select(Enrolment.policy, Enrolment.exclude, Enrolment.tags, Enrolment.cadence, Participant.language)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Participant.clinic_id == clinic_id, Enrolment.programme == programme, Enrolment.status == "active")
        .order_by(Enrolment.id)
    )
    return list(rows)


def _kind(one: Any) -> PersonKind:
    return PersonKind(one.language, frozenset(one.exclude), frozenset(one.tags), one.cadence)


@lru_cache(maxsize=32)
def _look_ahead(
    catalogue: Catalogue, programme: str, policy: str, switched_off: frozenset[str], kinds: tuple[PersonKind, ...]
) -> Outlook:
    """One to three seconds of work, whatever the clinic's size, and always the same: most weeks nothing has changed."""
    setup, simulated = Setup(PEOPLE, DAYS, programme, policy, switched_off=switched_off, kinds=kinds), Simulated()
    for number in range(1, PEOPLE + 1):
        simulated.add(simulate_person(setup, catalogue, number))
    return simulated.outlook(policy, PEOPLE)

"""Offers another step on request: a logged draw of its own, besides the evening's.

It uses separate slots, at most `len(ASKED_SLOTS)` a day. The check-in never asks about such a step, nothing is learned
from its night, and it is not in the decisions file: it was requested, not offered at random.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert

from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.evenings import Decision
from schedules.decisions.decide import choose_step
from schedules.decisions.eligibility import ASKED_SLOTS
from schedules.decisions.facts import StepOffer
from schedules.decisions.policies import CURRENT_VERSION
from schedules.planning.gather import ClinicRulesCache, facts_from, load_histories, load_row_at
from schedules.timing.local_time import local_date_of
from schedules.timing.slots import NextDue

# On request we always offer a step, and such steps are excluded from effect estimates.
POLICY = "rotation"


def find_offer(
    connection: Connection,
    enrolment_id: int,
    time_zone: str,
    catalogue: Catalogue,
    keys: InstallationKeys,
    now: datetime,
) -> StepOffer | None:
    """Gather the facts and draw; None if the daily limit is reached. Writes nothing."""
    today = local_date_of(now, time_zone)
    clinics = ClinicRulesCache(catalogue)
    row = load_row_at(connection, enrolment_id, NextDue(now, today, ASKED_SLOTS[0]))
    clinics.load(connection, [row])
    rules = clinics.rules[row.clinic_id]
    facts = facts_from(row, load_histories(connection, [row], catalogue).of(row), rules)
    free = [slot for slot in ASKED_SLOTS if (today, slot) not in facts.decided]
    if not free:
        return None
    facts = replace(facts, policy=POLICY, due=NextDue(now, today, free[0]))
    choice, words = choose_step(facts, rules.catalogue, lambda name: keys.draw(enrolment_id, free[0], today, name))
    return StepOffer(facts, choice, words)


def record_offer(connection: Connection, offer: StepOffer, now: datetime) -> None:
    """Record the decision."""
    facts, choice = offer.facts, offer.choice
    connection.execute(
        insert(Decision).values(
            enrolment_id=facts.enrolment_id,
            slot=facts.due.slot,
            local_on=facts.due.on,
            decided_at=now,
            programme=facts.timing.programme.id,
            available=True,
            eligible=list(choice.eligible),
            probabilities=choice.probabilities,
            policy=POLICY,
            policy_version=CURRENT_VERSION[POLICY],
            draw=choice.draw,
            action=choice.action,
            text_id=choice.text_id,
            text_version=choice.text_version,
            acts_on=choice.acts_on,
            covariates={
                "prior_score": facts.prior_score,
                "nights_since_start": (facts.due.on - facts.starts_on).days,
            },
            facts=dict(choice.facts),
        )
    )

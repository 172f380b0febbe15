"""A coach turns plans on, writes one down and ends them: one decider, audited without the words."""

import pytest
from sqlalchemy import update

from coach.accounts.signed_in import OPERATOR
from coach.database.tables import AuditEvent
from coach.participants.actions.change_many import change_many
from coach.participants.apply_change import change_participant
from coach.participants.changes import ChangeError
from coach.privacy.erase import erase
from coach.privacy.personal_data import export_person
from coach.privacy.retention import clear
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment, OwnPlan
from tests.support import TestClock, enrol, person, rows

PLAN = "After I brush my teeth I will stretch"


@pytest.fixture
def maria(runtime: Runtime) -> int:
    [id] = enrol(runtime, person(1))
    change(runtime, id, "plans", plans="on")
    return id


def change(runtime: Runtime, id: int, what: str, **form: str) -> None:
    with write_transaction(runtime.engine) as connection:
        change_participant(connection, id, what, form, OPERATOR, runtime.catalogue, runtime.now())


def test_each_change_is_in_the_audit_log_from_what_to_what_and_without_the_words(runtime: Runtime, maria: int) -> None:
    change(runtime, maria, "plan", plan=PLAN, plan_step="stretching")
    change(runtime, maria, "plans", plans="private")
    told = [one.detail for one in rows(runtime.engine, AuditEvent) if one.action == "changed"]
    assert (told[0]["plans_from"], told[0]["plans_to"]) == ("off", "on")
    assert told[1]["what"] == "plan"
    assert (told[2]["plans_from"], told[2]["plans_to"]) == ("on", "private")
    assert "teeth" not in str(told)


def test_a_plan_written_down_is_kept_with_its_step_and_empty_words_remove_it(runtime: Runtime, maria: int) -> None:
    change(runtime, maria, "plan", plan=f" {PLAN}. ", plan_step="stretching")
    [kept] = rows(runtime.engine, OwnPlan)
    assert (kept.words, kept.step, kept.weekday) == (PLAN, "stretching", None)
    change(runtime, maria, "plan", plan=PLAN, plan_step="")
    [kept] = rows(runtime.engine, OwnPlan)
    assert (kept.step, kept.weekday) == (None, 3)
    change(runtime, maria, "plan", plan="")
    assert not rows(runtime.engine, OwnPlan)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"plan": "After dinner I will take my meds"}, "without medicines"),
        ({"plan": "After dinner I will walk " * 5}, "at most 90"),
        ({"plan": PLAN, "plan_step": "juggling"}, "is no step"),
    ],
)
def test_what_may_not_stand_in_a_text_is_refused_in_one_sentence(
    runtime: Runtime, maria: int, form: dict[str, str], says: str
) -> None:
    with pytest.raises(ChangeError, match=says):
        change(runtime, maria, "plan", **form)
    assert not rows(runtime.engine, OwnPlan)


def test_a_wrong_choice_changes_nothing(runtime: Runtime, maria: int) -> None:
    given = {"plans": "maybe"}
    with pytest.raises(ChangeError, match="choose from off, on, private"), write_transaction(runtime.engine) as open_:
        list(change_many(open_, maria, given, OPERATOR, runtime.catalogue, runtime.keys, runtime.now()))
    assert rows(runtime.engine, Enrolment)[0].plans == "on"


def test_turned_off_nothing_is_asked_for(runtime: Runtime, maria: int) -> None:
    assert rows(runtime.engine, Enrolment)[0].plan_due_on.isoweekday() == 7
    change(runtime, maria, "plans", plans="off")
    [one] = rows(runtime.engine, Enrolment)
    assert (one.plans, one.plan_due_on) == (None, None)


def test_a_plan_is_handed_over_and_goes_with_the_texts_and_with_the_person(
    runtime: Runtime, maria: int, clock: TestClock
) -> None:
    change(runtime, maria, "plan", plan=PLAN, plan_step="stretching")
    with read_transaction(runtime.engine) as connection:
        told = export_person(connection, maria) or {}
    assert [one["words"] for one in told["own_plan"]] == [PLAN]
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).values(keep_texts_days=30))
    clock.forward(days=29)
    list(clear(runtime.engine, False, clock()))
    assert rows(runtime.engine, OwnPlan)
    clock.forward(days=2)
    list(clear(runtime.engine, False, clock()))
    assert not rows(runtime.engine, OwnPlan)
    change(runtime, maria, "plan", plan=PLAN, plan_step="stretching")
    with write_transaction(runtime.engine) as connection:
        erase(connection, maria, clock(), actor="test", at_provider=False)
    assert not rows(runtime.engine, OwnPlan)

"""Stop at somebody's word, hand over, pause until a date, a new number; and take a change back within a minute."""

from datetime import date

import pytest

from coach.accounts.sign_ins import AccountError, add_account, ensure_clinic
from coach.accounts.signed_in import SignedIn
from coach.cli.roster_commands import choose_step_of, hand_over_to, set_participant, stop_at_their_word
from coach.database.tables import AuditEvent
from coach.participants.actions.change_number import change_number
from coach.participants.actions.hand_over import hand_over
from coach.participants.actions.stop import stop_participant
from coach.participants.actions.undo import UndoError, snapshot, take_back, undo_token
from coach.participants.apply_change import change_participant
from coach.participants.changes import ChangeError
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant, Suppression
from tests.support import TestClock, enrol, everything, person, rows, say, tick

NEW = "+14155550777"


def account(runtime: Runtime, role: str, name: str = "") -> SignedIn:
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, "Clinic", runtime.now())
        email = f"{name or role}@x.example"
        made = add_account(connection, email, role, clinic_id, "four quiet words here", runtime.now())
    return SignedIn(made.id, email, role, clinic_id)


@pytest.fixture
def lead(runtime: Runtime) -> SignedIn:
    return account(runtime, "lead")


def change(runtime: Runtime, coach: SignedIn, what: str, **form: str) -> str | None:
    """Change participant 1 as a page does; what its undo button carries."""
    with write_transaction(runtime.engine) as connection:
        before = snapshot(connection, [1])
        change_participant(connection, 1, what, form, coach, runtime.catalogue, runtime.now())
        return undo_token(connection, before, what, coach, runtime.now())


def undo(runtime: Runtime, token: str | None, coach: SignedIn) -> None:
    assert token
    with write_transaction(runtime.engine) as connection:
        take_back(connection, token, coach, runtime.now())


def test_a_stop_at_their_word_is_final_and_its_reason_is_kept(runtime: Runtime, lead: SignedIn) -> None:
    enrol(runtime, person(1), clinic="Clinic")
    with write_transaction(runtime.engine) as connection:
        with pytest.raises(ChangeError, match="Write how they asked"):
            stop_participant(connection, 1, "  ", lead, runtime.now())
        assert stop_participant(connection, 1, "asked on the phone", lead, runtime.now())
        assert not stop_participant(connection, 1, "asked again", lead, runtime.now())
    assert rows(runtime.engine, Enrolment)[0].status == "stopped"
    assert len(rows(runtime.engine, Suppression)) == 1
    [event] = rows(runtime.engine, ConsentEvent, ConsentEvent.kind == "opted_out")
    assert (event.source, event.wording) == ("told a coach", "asked on the phone")
    assert [one.action for one in rows(runtime.engine, AuditEvent)].count("stopped") == 1


CHANGES = (
    ("name", {"first_name": "Ana"}),
    ("pause", {"evenings": "3"}),
    ("times", {"evening_time": "19:00", "bedtime": "22:00", "time_zone": "Chicago"}),
    ("language", {"language": "es"}),
    ("programme", {"programme": "evening-and-morning"}),
    ("policy", {"policy": "adaptive", "randomised_consent": "told them"}),
    ("exclusions", {"exclude": "fall_risk"}),
    ("tags", {"tags": "stockings_advised"}),
    ("cadence", {"cadence": "weekends"}),
)


@pytest.mark.parametrize(("what", "form"), CHANGES)
def test_a_change_taken_back_within_the_minute_leaves_everything_as_it_was(
    runtime: Runtime, clock: TestClock, lead: SignedIn, what: str, form: dict[str, str]
) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    before = everything(runtime)
    token = change(runtime, lead, what, **form)
    assert everything(runtime) != before
    clock.forward(seconds=59)
    undo(runtime, token, lead)
    assert everything(runtime) == before
    assert rows(runtime.engine, AuditEvent)[-1].action == "undid"


def test_nothing_is_taken_back_late_by_another_or_after_a_newer_change(
    runtime: Runtime, clock: TestClock, lead: SignedIn
) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    token = change(runtime, lead, "name", first_name="Ana")
    assert change(runtime, lead, "name", first_name="Ana") is None, "nothing changed, nothing to take back"
    with pytest.raises(UndoError, match="Only who made a change"):
        undo(runtime, token, account(runtime, "coach"))
    with pytest.raises(UndoError, match="cannot be undone"):
        undo(runtime, "rubbish", lead)
    change(runtime, lead, "name", first_name="Eva")
    with pytest.raises(UndoError, match="has changed again"):
        undo(runtime, token, lead)
    again = change(runtime, lead, "name", first_name="Zoe")
    clock.forward(seconds=61)
    with pytest.raises(UndoError, match="one minute only"):
        undo(runtime, again, lead)
    assert rows(runtime.engine, Participant)[0].first_name == "Zoe"


def test_many_are_handed_over_together_or_nobody(runtime: Runtime, lead: SignedIn) -> None:
    ids = enrol(runtime, *(person(number) for number in range(1, 41)))
    [stranger] = enrol(runtime, person(50), clinic="Elsewhere")
    ann, bob = account(runtime, "coach", "ann"), account(runtime, "coach", "bob")

    def give(to: str, coach: SignedIn, some: list[int]) -> int:
        with write_transaction(runtime.engine) as connection:
            return hand_over(connection, some, to, coach, runtime.now())

    assert give("ANN@x.example", lead, ids) == 40
    with pytest.raises(LookupError):
        give(bob.email, lead, [ids[0], stranger])
    with pytest.raises(LookupError):
        give(bob.email, bob, ids[:1])
    with pytest.raises(ChangeError, match="Choose a colleague"):
        give("nobody@x.example", lead, ids)
    with pytest.raises(ChangeError, match="Tick 1 to 500 people"):
        give(bob.email, lead, [])
    assert give(bob.email, ann, ids[:2]) == 2, "her own she may hand over"
    assert [one.coach_id for one in rows(runtime.engine, Participant)[:3]] == [bob.id, bob.id, ann.id]
    changed = [one.detail for one in rows(runtime.engine, AuditEvent) if one.action == "changed"]
    assert len(changed) == 42
    assert changed[-1] == {"what": "coach", "coach_id_from": ann.id, "coach_id_to": bob.id}


def test_a_pause_ends_on_the_date_that_is_chosen(runtime: Runtime, clock: TestClock, lead: SignedIn) -> None:
    enrol(runtime, person(1))
    change(runtime, lead, "pause", until="2026-03-09")
    assert rows(runtime.engine, Enrolment)[0].paused_until_on == date(2026, 3, 9)
    assert rows(runtime.engine, AuditEvent)[-1].detail == {
        "what": "pause",
        "paused_until_on_from": None,
        "paused_until_on_to": "2026-03-09",
    }
    for given in ("2026-03-02", "2026-05-02", "soon"):
        with pytest.raises(ChangeError, match="date"):
            change(runtime, lead, "pause", until=given)


def test_a_new_number_keeps_the_history_and_asks_for_consent_again(
    runtime: Runtime, clock: TestClock, lead: SignedIn
) -> None:
    enrol(runtime, person(1))
    with write_transaction(runtime.engine) as connection:
        change_number(connection, 1, NEW, lead, runtime.catalogue, runtime.keys, runtime.now())
    [enrolment] = rows(runtime.engine, Enrolment)
    assert (enrolment.status, enrolment.next_due_at) == ("invited", None)
    clock.forward(days=1)
    tick(runtime)
    assert [one.kind for one in rows(runtime.engine, OutboxMessage)] == ["welcome"], "no evening text before a YES"
    say(runtime, "+14155550001", "YES")
    assert rows(runtime.engine, Enrolment)[0].status == "invited", "the old number confirms nothing"
    say(runtime, NEW, "YES")
    [enrolment] = rows(runtime.engine, Enrolment)
    assert (enrolment.status, enrolment.starts_on) == ("active", date(2026, 3, 2))
    [given] = rows(runtime.engine, ConsentEvent, ConsentEvent.source.like("new number%"))
    assert (given.kind, given.source) == ("given", "new number, told lead@x.example")


def test_commands_do_the_same(runtime: Runtime, clock: TestClock, lead: SignedIn) -> None:
    first, second = enrol(runtime, person(1), person(2))
    assert hand_over_to(runtime, (first, second), lead.email) == 2
    assert {one.coach_id for one in rows(runtime.engine, Participant)} == {lead.id}
    set_participant(runtime, first, {"until": "2026-03-09"})
    assert rows(runtime.engine, Enrolment)[0].paused_until_on == date(2026, 3, 9)
    there = choose_step_of(runtime, second, "")
    chosen = choose_step_of(runtime, second, there.eligible[0])
    assert (chosen.on, rows(runtime.engine, Enrolment)[1].chosen_step) == (date(2026, 3, 2), there.eligible[0])
    assert stop_at_their_word(runtime, second, "told the nurse")
    for refused, sentence in (
        (lambda: hand_over_to(runtime, (first, 99), lead.email), "There is no such participant"),
        (lambda: hand_over_to(runtime, (first,), "x@x.example"), "--to: Choose a colleague"),
        (lambda: stop_at_their_word(runtime, 99, "x"), "There is no participant 99"),
        (lambda: stop_at_their_word(runtime, first, " "), "--reason: Write how they asked"),
        (lambda: choose_step_of(runtime, first, "nonsense"), "Choose one of the steps that are possible"),
        (lambda: set_participant(runtime, first, {"until": "soon"}), "--until: 'soon' is not a date"),
    ):
        with pytest.raises(AccountError, match=sentence):
            refused()

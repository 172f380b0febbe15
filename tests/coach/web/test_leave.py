"""Leave of a coach: who stands in, who is paged meanwhile, what the lead sees, and that it ends by itself."""

from datetime import date, timedelta

import pytest
from flask import Flask

from coach.accounts.staff.leave import AskedLeave, LeaveError, StaffLeave, plan_leave
from coach.alerts.escalation import OpenFlag, next_page
from coach.alerts.paging import PagingContext, page_open_flags
from coach.database.tables import AuditEvent, MailMessage
from coach.runtime import Runtime
from schedules.timing.local_time import local_date_of
from tests.coach.web.coaches import Browser, sign_in
from tests.support import TestClock, enrol, person, rows, say

MARIA = "+14155550001"


def team(app: Flask, runtime: Runtime) -> tuple[Browser, Browser, Browser]:
    """Dana, whose people are Maria and George, her colleague Sam, and their lead."""
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    dana = sign_in(app, runtime, email="dana@example.org")
    return dana, sign_in(app, runtime, email="sam@example.org"), sign_in(app, runtime, "lead")


def days(clock: TestClock, first: int, last: int) -> dict[str, str]:
    today = local_date_of(clock(), "America/New_York")
    return {"first": str(today + timedelta(days=first)), "last": str(today + timedelta(days=last))}


def paged(runtime: Runtime, clock: TestClock) -> list[int]:
    """Whom the next pass of paging mails."""
    before = len(rows(runtime.engine, MailMessage))
    page_open_flags(PagingContext(runtime.engine, runtime.catalogue, runtime.keys, "https://x.example/"), clock())
    return [one.coach_id for one in rows(runtime.engine, MailMessage)[before:]]


def test_the_stand_in_is_paged_and_sees_the_people_until_it_ends_by_itself(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    dana, sam, lead = team(app, runtime)
    asked = {"coach": dana.email, "stand_in": sam.email} | days(clock, 0, 1)
    assert "sam@example.org is alerted meanwhile" in dana.post("/leave/", asked)
    say(runtime, MARIA, "I want to kill myself")
    assert paged(runtime, clock) == [sam.id]
    assert "You stand in" in sam.get("/")
    assert "Maria" in sam.get("/participants/")
    sam.post("/flags/1/acknowledge", {"note": "She is safe."})
    clock.forward(days=2)
    assert "Maria" not in sam.get("/participants/")
    sam.get("/participants/1", 404)
    assert "on leave" not in lead.get("/")
    say(runtime, MARIA, "I want to kill myself tonight")
    assert paged(runtime, clock) == [dana.id]


def test_leave_that_has_not_begun_changes_nothing_yet(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    dana, sam, _ = team(app, runtime)
    dana.post("/leave/", {"coach": dana.email, "stand_in": sam.email} | days(clock, 1, 3))
    say(runtime, MARIA, "I want to kill myself")
    assert paged(runtime, clock) == [dana.id]
    sam.get("/participants/1", 404)


def test_without_a_stand_in_the_lead_is_paged_and_reads_it_on_home_and_at_the_hand_over(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    dana, sam, lead = team(app, runtime)
    assert "The leads are alerted meanwhile" in lead.post("/leave/", {"coach": dana.email} | days(clock, 0, 4))
    say(runtime, MARIA, "I want to kill myself")
    assert paged(runtime, clock) == [lead.id]
    for path in ("/", "/participants/"):
        assert "dana@example.org is on leave through Mar 6" in lead.get(path), path
    assert "dana@example.org (on leave through Mar 6)" in lead.get("/participants/")
    assert "You are on leave" in dana.get("/")
    assert "leave through" not in sam.get("/"), "which concerns them not"
    [leave] = [one for one in rows(runtime.engine, AuditEvent) if one.detail.get("what") == "leave"]
    assert (leave.actor, leave.subject) == ("lead@example.org", f"account {dana.id}")
    assert (leave.detail["last"], leave.detail["stand_in"]) == ("2026-03-06", None)


def test_a_coach_sets_and_ends_only_their_own(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    dana, sam, lead = team(app, runtime)
    sam.post("/leave/", {"coach": dana.email} | days(clock, 0, 4), 404)
    lead.post("/leave/", {"coach": dana.email} | days(clock, 0, 4))
    sam.post("/leave/end", {"leave": "1"}, 404)
    sign_in(app, runtime, "lead", email="other@example.org", clinic="Other").post("/leave/end", {"leave": "1"}, 404)
    assert "Your leave has ended" in dana.post("/leave/end", {"leave": "1"})
    say(runtime, MARIA, "I want to kill myself")
    assert paged(runtime, clock) == [dana.id]


def test_what_was_typed_comes_back_with_the_reason(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    dana, sam, _ = team(app, runtime)
    wrong = dana.post("/leave/", {"coach": dana.email, "stand_in": sam.email} | days(clock, 3, 1), 422)
    assert "Choose a last day that is not before the first one" in wrong


COACHES = {"dana@x.example": 7, "sam@x.example": 8, "lee@x.example": 9}
TODAY = date(2026, 3, 2)
SAM_AWAY = StaffLeave(1, 8, "sam@x.example", None, date(2026, 3, 9), date(2026, 3, 12), begun=False)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (AskedLeave("nobody@x.example", "2026-03-03", "2026-03-04"), "coach"),
        (AskedLeave("dana@x.example", "soon", "2026-03-04"), "first"),
        (AskedLeave("dana@x.example", "2026-03-01", "2026-03-04"), "first"),
        (AskedLeave("dana@x.example", "2026-03-03", "2028-03-04"), "last"),
        (AskedLeave("sam@x.example", "2026-03-12", "2026-03-14"), "first"),
        (AskedLeave("dana@x.example", "2026-03-03", "2026-03-04", "dana@x.example"), "stand_in"),
        (AskedLeave("dana@x.example", "2026-03-08", "2026-03-09", "sam@x.example"), "stand_in"),
    ],
)
def test_leave_that_cannot_be_is_refused_at_its_field(asked: AskedLeave, field: str) -> None:
    with pytest.raises(LeaveError) as refused:
        plan_leave(asked, COACHES, [SAM_AWAY], TODAY)
    assert refused.value.field == field


def test_a_stand_in_may_be_back_the_day_it_begins() -> None:
    asked = AskedLeave("Dana@x.example", "2026-03-13", "2026-03-13", "sam@x.example")
    plan = plan_leave(asked, COACHES, [SAM_AWAY], TODAY)
    assert (plan.coach_id, plan.stand_in_id, plan.first_on, plan.last_on) == (
        7,
        8,
        date(2026, 3, 13),
        date(2026, 3, 13),
    )


@pytest.mark.parametrize(
    ("away", "first", "escalated"),
    [
        ({7: 8}, (8,), (9, 10)),
        ({7: None}, (9, 10), (9, 10)),
        ({7: 8, 8: None}, (9, 10), (9, 10)),
        ({7: 99}, (9, 10), (9, 10)),
        ({7: None, 9: None}, (10,), (10,)),
        ({9: 8}, (7,), (8, 10)),
        ({7: None, 9: None, 10: None}, (8,), (8,)),
        ({7: 8, 8: 7, 9: None, 10: None}, (9, 10), (9, 10)),
    ],
)
def test_danger_always_reaches_somebody_and_never_only_somebody_on_leave_while_others_are_there(
    away: dict[int, int | None], first: tuple[int, ...], escalated: tuple[int, ...], clock: TestClock
) -> None:
    coaches, leads, now = (7, 8, 9, 10), (9, 10), clock()
    page = next_page(OpenFlag(1, "crisis", 1, 7, None, None), coaches, leads, now, away)
    later = next_page(OpenFlag(1, "crisis", 1, 7, now - timedelta(hours=1), None), coaches, leads, now, away)
    assert (page and page.coach_ids, later and later.coach_ids) == (first, escalated)

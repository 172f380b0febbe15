"""`coach participants set`: one person changes, audited, or nothing does."""

import json
from datetime import time
from typing import Any

import pytest

from coach.accounts.sign_ins import AccountError
from coach.cli.roster_commands import set_participant
from coach.database.tables import AuditEvent
from coach.export.write_export import export_clinic
from coach.runtime import Runtime
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from tests.commands import environment, run
from tests.support import TestClock, enrol, person, rows, say, staff, tick

PHONE = "+14155550001"


def changed(runtime: Runtime) -> list[dict[str, Any]]:
    return [one.detail for one in rows(runtime.engine, AuditEvent, AuditEvent.action == "changed")]


def everything(runtime: Runtime) -> list[Any]:
    tables = (Participant, Enrolment, ConsentEvent, OutboxMessage, AuditEvent)
    return [rows(runtime.engine, table) for table in tables]


def test_everything_given_is_changed_and_audited_without_names_numbers_or_tags(
    runtime: Runtime, clock: TestClock
) -> None:
    [id] = enrol(runtime, person(1, first_name="Maria", bedtime="22:30"))
    staff(runtime, coach="+14155550900")
    clock.forward(hours=1)
    given = {
        "first_name": "Ana",
        "phone": "(415) 555-0002",
        "evening_time": "19:00",
        "bedtime": "none",
        "time_zone": "America/Chicago",
        "language": "es",
        "coach": "coach@x.example",
        "programme": "evening-and-morning",
        "tag": ("stockings_advised", "fall_risk"),
    }
    assert set_participant(runtime, id, given) == []
    [one], [enrolment] = rows(runtime.engine, Participant), rows(runtime.engine, Enrolment)
    [account] = rows(runtime.engine, CoachAccount)
    assert (one.first_name, one.phone, one.language, one.time_zone, one.coach_id) == (
        *("Ana", "+14155550002", "es", "America/Chicago"),
        account.id,
    )
    assert (enrolment.evening_at, enrolment.bedtime_at, enrolment.tags, enrolment.exclude) == (
        *(time(19), None, ["stockings_advised"]),
        ["fall_risk"],
    )
    assert (enrolment.programme, enrolment.cadence, enrolment.policy_since_at) == (
        *("evening-and-morning", "daily"),
        clock(),
    )
    assert changed(runtime) == [
        {"what": "phone"},
        {"what": "programme", "programme_from": "evening", "programme_to": "evening-and-morning"},
        {
            "what": "times",
            **{"time_zone_from": "America/New_York", "time_zone_to": "America/Chicago"},
            **{"evening_time_from": "20:00", "evening_time_to": "19:00"},
            **{"bedtime_from": "22:30", "bedtime_to": None},
        },
        {"what": "name"},
        {"what": "language", "language_from": "en", "language_to": "es"},
        {"what": "coach", "coach_id_from": None, "coach_id_to": account.id},
        {"what": "tags"},
    ]
    set_participant(runtime, id, {"coach": "none", "no_tag": ("fall_risk",), "tag": ()})
    assert (rows(runtime.engine, Participant)[0].coach_id, rows(runtime.engine, Enrolment)[0].exclude) == (None, [])


REFUSED = (
    ({"phone": "12"}, "--phone: This is not a phone number"),
    ({"phone": "+1 800 555 0134"}, "--phone: This is a toll-free number"),
    ({"phone": PHONE}, "--phone: This is the number they have already"),
    ({"phone": "+14155550002"}, "--phone: Another participant of your clinic has this number."),
    ({"phone": "+14155550004"}, "--phone: This number has opted out"),
    ({"phone": "+14155550900"}, "--phone: This number is paged as a coach's"),
    ({"evening_time": "8pm"}, "--evening-time: '8pm' is not a time: write HH:MM"),
    ({"evening_time": "8:00"}, "--evening-time: 08:00 is not in the evening: an evening is between 16:00 and 20:45"),
    ({"evening_time": "22:00"}, "--evening-time: 22:00 is in quiet hours"),
    ({"bedtime": "19:30"}, "20:00 is not before the bedtime"),
    ({"time_zone": "EST"}, "--time-zone: 'EST' is not a place"),
    ({"language": "fr"}, "--language: 'fr' is not a language: choose from en, es, es-ES."),
    ({"coach": "nobody@x.example"}, "--coach: 'nobody@x.example' is not a coach of this clinic"),
    ({"programme": "daily"}, "--programme: 'daily' is not a programme: choose from evening, evening-and-morning."),
    ({"policy": "thompson"}, "--policy: 'thompson' is not a policy: choose from rotation, micro-randomised, adaptive."),
    ({"tag": ("caffeine",)}, "--tag: 'caffeine' is not a tag: choose from "),
    ({"tag": ("fall_risk",), "no_tag": ("fall_risk",)}, "--tag: 'fall_risk' is both added and removed"),
    ({"first_name": "x" * 61}, "--first-name: Longer than 60 characters: shorten it."),
)


def test_a_wrong_value_is_one_sentence_and_changes_nothing(runtime: Runtime) -> None:
    id, _, stopped = enrol(runtime, person(1), person(2), person(3))
    enrol(runtime, person(4), clinic="Other")
    staff(runtime, coach="+14155550900")
    for phone in ("+14155550003", "+14155550004"):
        say(runtime, phone, "STOP")
    before = everything(runtime)
    for given, sentence in REFUSED:
        with pytest.raises(AccountError) as refused:
            set_participant(runtime, id, {"language": "es", **given})
        assert sentence in str(refused.value)
        assert everything(runtime) == before
    with pytest.raises(AccountError, match="There is no participant 99"):
        set_participant(runtime, 99, {"language": "es"})
    with pytest.raises(AccountError, match="only they can start again"):
        set_participant(runtime, stopped, {"language": "es"})


def test_the_command_says_what_it_did_and_exits_2_for_a_wrong_value(runtime: Runtime) -> None:
    [id] = enrol(runtime, person(1))
    given = environment(runtime.settings.database_url)
    done = run(["participants", "set", str(id), "--evening-time", "19:00", "--tag", "stockings_advised"], given)
    assert (done.returncode, done.stdout) == (0, f"Participant {id}: done.\n")
    refused = run(["participants", "set", str(id), "--policy", "best"], given)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines()[-1].startswith("--policy: 'best' is not a policy: choose from rotation")
    assert run(["participants", "set", str(id)], given).returncode == 2
    kept = run(["participants", "set", str(id), "--policy", "adaptive"], given)
    sentence = "They stay on rotation, because no consent to be randomized is recorded."
    assert (kept.returncode, kept.stderr.splitlines()[-1]) == (0, f"Participant {id}: {sentence}")
    shown = json.loads(run(["participants", "show", str(id), "--json"], given).stdout)
    assert (shown["evening_time"], shown["programme"], shown["policy"]) == ("19:00", "evening", "rotation")
    assert shown["policy_since"].endswith("Z")


def test_a_randomized_policy_records_who_said_so_and_starts_anew(
    runtime: Runtime, clock: TestClock, tmp_path: Any
) -> None:
    [id] = enrol(runtime, person(1))
    began = clock()
    clock.shows = rows(runtime.engine, Enrolment)[0].next_due_at
    tick(runtime)
    clock.forward(hours=1)
    consent = {"policy": "micro-randomised", "randomised_consent": "nurse Ruiz, by phone", "tag": ("fall_risk",)}
    assert set_participant(runtime, id, consent) == []
    [event] = rows(runtime.engine, ConsentEvent, ConsentEvent.kind == "randomised")
    assert (event.source, event.at, event.participant_id) == ("nurse Ruiz, by phone", clock(), id)
    assert changed(runtime)[0] == {
        "what": "policy",
        "policy_from": "rotation",
        "policy_to": "micro-randomised",
        "randomised_consent": True,
    }
    since = clock()
    set_participant(runtime, id, {"policy": "micro-randomised"})
    assert rows(runtime.engine, Enrolment)[0].policy_since_at == since, "the same policy starts nothing"
    clock.shows = rows(runtime.engine, Enrolment)[0].next_due_at
    tick(runtime)
    made = [(one.policy, one.policy_since_at) for one in rows(runtime.engine, Decision)]
    assert made == [("rotation", began), ("micro-randomised", since)]
    export_clinic(runtime, 1, tmp_path, "command line", deidentified=False)
    header, first, second = (tmp_path / "decisions.csv").read_text().splitlines()
    assert header.endswith("nights_since_start,programme,policy_since,acts_on,outcome_on,tags")
    assert f",evening,{began:%Y-%m-%dT%H:%M:%SZ},tonight,2026-03-02," in first
    assert f",evening,{since:%Y-%m-%dT%H:%M:%SZ}," in second
    assert second.endswith(",fall_risk")
    assert (tmp_path / "check_ins.csv").read_text().splitlines()[1].endswith(",evening")


def test_who_is_put_back_on_rotation_is_asked_again_before_chance_decides(runtime: Runtime, clock: TestClock) -> None:
    [id] = enrol(runtime, person(1, randomised_consent="study form"))
    assert set_participant(runtime, id, {"policy": "adaptive", "programme": "evening-and-morning"}) == []
    clock.forward(days=1)
    set_participant(runtime, id, {"policy": "rotation"})
    [note] = set_participant(runtime, id, {"policy": "adaptive"})
    assert note.startswith("They stay on rotation")


def test_a_new_number_of_somebody_who_never_answered_is_welcomed_again(runtime: Runtime, clock: TestClock) -> None:
    [id] = enrol(runtime, person(1), confirmed=False)
    clock.forward(days=4)
    tick(runtime)
    set_participant(runtime, id, {"phone": "+14155550002"})
    assert [one.state for one in rows(runtime.engine, OutboxMessage)][-1] == "queued"
    say(runtime, "+14155550002", "YES")
    assert rows(runtime.engine, Enrolment)[0].status == "active"


def test_another_program_after_tonights_text_asks_no_night_twice(runtime: Runtime, clock: TestClock) -> None:
    [id] = enrol(runtime, person(1))
    clock.shows = rows(runtime.engine, Enrolment)[0].next_due_at
    tick(runtime)
    clock.forward(minutes=30)
    set_participant(runtime, id, {"programme": "evening-and-morning"})
    for _ in range(2):
        clock.shows = rows(runtime.engine, Enrolment)[0].next_due_at
        tick(runtime)
    clock.forward(minutes=30)
    set_participant(runtime, id, {"programme": "evening"})
    clock.shows = rows(runtime.engine, Enrolment)[0].next_due_at
    tick(runtime)
    decided = [(one.local_on.day, one.slot, one.programme) for one in rows(runtime.engine, Decision)]
    assert decided == [
        (2, "evening", "evening"),
        (3, "morning", "evening-and-morning"),
        (3, "evening", "evening-and-morning"),
        (4, "evening", "evening"),
    ]
    asked = [(one.asked_on.day, one.programme) for one in rows(runtime.engine, CheckIn)]
    assert asked == [(2, "evening"), (3, "evening-and-morning"), (4, "evening")]

"""Enrolling by form and by file: every wrong cell is told, and nothing is written until confirmed."""

import base64
import io
import re
import zlib
from zoneinfo import ZoneInfo

from flask import Flask

from coach.runtime import Runtime
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from tests.coach.web.coaches import Browser, sign_in, words
from tests.support import enrol, person, roster, rows, say, tick

GIVEN = {
    "phone": "(415) 555-0134",
    "first_name": "Maria",
    "time_zone": "America/Los_Angeles",
    "consent_source": "paper form",
    "consent_at": "2026-03-01T10:30",
}


def upload(browser: Browser, data: bytes, status: int = 200) -> tuple[str, str]:
    """What the preview says, and the file as its form carries it."""
    page = browser.html("/enrol/")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "file": (io.BytesIO(data), "people.csv")}
    answer = browser.client.post("/enrol/file", data=form, content_type="multipart/form-data")
    html = answer.get_data(as_text=True)
    assert answer.status_code == status, words(html)[:500]
    carried = re.search(r'name="packed" value="([^"]+)"', html)
    return words(html), carried[1] if carried else ""


def test_a_form_enrols_one_person_who_is_welcomed_and_nothing_more(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    page = browser.post("/enrol/one", GIVEN | {"exclude": ["fall_risk"]})
    assert "is enrolled. They get the welcome, and evening texts once they reply YES." in page
    assert "No texts until they answer the welcome with YES" in page
    [someone], [enrolment] = rows(runtime.engine, Participant), rows(runtime.engine, Enrolment)
    assert (someone.phone, someone.coach_id) == ("+14155550134", browser.id)
    assert (enrolment.status, enrolment.exclude) == ("invited", ["fall_risk"])
    assert [message.kind for message in rows(runtime.engine, OutboxMessage)] == ["welcome"]


def test_the_zone_is_suggested_and_never_assumed(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    page = browser.post("/enrol/one", GIVEN | {"time_zone": ""}, 400)
    assert "Numbers in this area are often in Pacific, Los Angeles" in page
    assert "Nobody was enrolled" in page
    assert not rows(runtime.engine, Participant)
    assert 'value="Maria"' in browser.client.post(
        "/enrol/one", data=GIVEN | {"time_zone": ""} | {"csrf_token": _token(browser)}
    ).get_data(as_text=True), "what was typed is kept"


def _token(browser: Browser) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.html("/enrol/"))
    assert found
    return found[1]


def test_consent_is_required_with_its_source_and_time(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    page = browser.post("/enrol/one", GIVEN | {"consent_source": "", "consent_at": "2030-01-01T10:00"}, 400)
    assert "Write how they agreed." in page
    assert "This is in the future" in page
    assert not rows(runtime.engine, ConsentEvent)


def test_whoever_has_opted_out_is_not_enrolled_again(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(134))
    browser = sign_in(app, runtime)
    say(runtime, "+14155550134", "STOP")
    assert "This number has opted out" in browser.post("/enrol/one", GIVEN, 400)
    assert rows(runtime.engine, Enrolment)[0].status == "stopped"


def test_every_bad_cell_of_a_file_is_told_by_row_and_nothing_is_written(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    bad = roster(person(1), person(2, time_zone="Mars/Base"), person(3, evening_time="25:00", phone="12"))
    page, carried = upload(browser, bad, 400)
    assert "Nothing was imported: 3 errors" in page
    assert "3 time_zone 'Mars/Base' is not a time zone" in page
    assert "4 phone This is not a phone number" in page
    assert "4 evening_time '25:00' is not a time" in page
    assert not carried
    assert not rows(runtime.engine, Participant)


def test_a_right_file_is_shown_first_and_written_when_confirmed(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    page, carried = upload(browser, roster(person(1, first_name="Maria"), person(2)))
    assert "2 to enroll, 0 to update, 0 to leave unchanged" in page
    assert not rows(runtime.engine, Participant)
    listed = browser.post("/enrol/confirm", {"packed": carried})
    assert "2 enrolled" in listed
    assert "Maria" in listed
    assert (
        "0 to enroll, 0 to update, 2 to leave" in upload(browser, roster(person(1, first_name="Maria"), person(2)))[0]
    )
    browser.post("/enrol/confirm", {"packed": "rubbish"}, 400)


def test_a_file_that_is_none_is_told_so(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    assert "it has binary content" in upload(browser, b"a\x00b\n", 400)[0]
    assert "Choose a CSV file first" in browser.get(
        browser.client.post("/enrol/file", data={"csrf_token": _token(browser)}).headers["Location"]
    )
    assert "first row must name the columns" in upload(browser, b"\n\n", 400)[0]


def test_a_coach_does_not_take_over_another_coachs_participant(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    sign_in(app, runtime, email="first@example.org")
    second = sign_in(app, runtime, email="second@example.org")
    page, _ = upload(second, roster(person(1, first_name="Renamed")), 400)
    assert "belongs to another coach's participant" in page
    assert rows(runtime.engine, Participant)[0].first_name == "Maria"


def test_the_example_file_is_a_right_one(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    example = browser.client.get("/enrol/example.csv").get_data()
    page, _ = upload(browser, example.replace(b"2026-11-02", b"2026-02-02"))
    assert "1 to enroll" in page


def many(count: int = 1_001) -> bytes:
    return roster(*(person(number) for number in range(1, count + 1)))


def test_a_long_file_is_written_by_a_worker_and_its_page_says_how_far(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime, "lead")
    page, carried = upload(browser, many())
    assert "1001 to enroll" in page
    assert "Waiting to be imported 1001 people" in browser.post("/enrol/confirm", {"packed": carried})
    assert browser.client.get("/enrol/imports/1").headers["Refresh"] == "2", "without a script"
    assert not rows(runtime.engine, Participant)
    assert tick(runtime)["rosters"] == 1
    written = browser.client.get("/enrol/imports/1")
    assert "1001 enrolled, 0 updated, 0 left unchanged" in words(written.get_data(as_text=True))
    assert "Refresh" not in written.headers
    assert len(rows(runtime.engine, Participant)) == 1001
    assert "1001 Imported" in browser.get("/enrol/")
    browser.post("/enrol/imports/1/cancel")
    assert "Imported" in browser.get("/enrol/imports/1"), "too late to stop it"


def test_a_long_file_may_be_stopped_and_is_nobody_elses(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    browser.post("/enrol/confirm", {"packed": upload(browser, many())[1]})
    for stranger in (
        sign_in(app, runtime, "lead", email="lead@elsewhere.example", clinic="Elsewhere"),
        sign_in(app, runtime, email="second@example.org"),
    ):
        stranger.get("/enrol/imports/1", 404)
        stranger.post("/enrol/imports/1/cancel", status=404)
    assert "Import canceled. Nothing was changed." in browser.post("/enrol/imports/1/cancel")
    assert tick(runtime)["rosters"] == 0
    assert not rows(runtime.engine, Participant)


def test_whoever_was_enrolled_since_the_preview_is_told_of(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime, "lead")
    _, carried = upload(browser, roster(person(1), person(2)))
    enrol(runtime, person(2))
    told = browser.post("/enrol/confirm", {"packed": carried, "created": "2"})
    assert "1 enrolled, 1 left unchanged. 1 of them were enrolled by someone else in the meantime" in told
    assert "Nothing was changed. Everyone in this file" in browser.post("/enrol/confirm", {"packed": carried})


def test_a_file_that_would_fill_a_process_is_refused_as_a_whole(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    assert "200000 columns are no roster" in upload(browser, b"," * 199_999 + b"x\nphone\n", 400)[0]
    assert "More than 10,000 people" in upload(browser, b"phone\n" + b"1\n" * 200_000, 400)[0]
    assert "not a well-formed CSV file" in upload(browser, b"phone\n" + b"x" * 200_000, 400)[0]
    bomb = base64.b64encode(zlib.compress(b"x" * 50_000_000)).decode()
    browser.post("/enrol/confirm", {"packed": bomb}, 400)
    cut = base64.b64encode(zlib.compress(many())[:-200]).decode()
    browser.post("/enrol/confirm", {"packed": cut}, 400)
    assert not rows(runtime.engine, Participant)


def test_a_known_number_is_refused_with_a_link_and_never_overwritten(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(134, first_name="Ana"))
    browser = sign_in(app, runtime)
    before = rows(runtime.engine, Participant), rows(runtime.engine, Enrolment)
    form = GIVEN | {"csrf_token": _token(browser)}
    answer = browser.client.post("/enrol/one", data=form)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "This number is enrolled already" in words(html)
    assert 'href="/participants/1">Open the person with this number' in html
    assert (rows(runtime.engine, Participant), rows(runtime.engine, Enrolment)) == before


def test_the_zone_is_a_choice_in_plain_words(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    now = runtime.now().astimezone(ZoneInfo("America/Chicago"))
    choice = f'value="America/Chicago">Central, Chicago, now {now:%H:%M}</option>'
    assert choice in re.sub(r"\s+", " ", browser.html("/enrol/"))
    browser.post("/enrol/one", GIVEN | {"time_zone": "America/Chicago", "evening_time": "20:00"})
    assert rows(runtime.engine, Participant)[0].time_zone == "America/Chicago"


def test_a_morning_is_no_evening_time(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    page = browser.post("/enrol/one", GIVEN | {"evening_time": "08:00"}, 400)
    assert "08:00 is not in the evening: an evening is between 16:00 and 20:45" in page
    assert not rows(runtime.engine, Participant)


def test_a_long_preview_is_a_summary(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(3))
    browser = sign_in(app, runtime)
    page, _ = upload(browser, roster(*(person(number) for number in range(1, 501))))
    assert "499 to enroll, 0 to update, 1 to leave unchanged" in page
    assert "Rows to look at Row What happens Why 4 Leave unchanged Nothing new. Import" in page


def test_a_file_as_a_spreadsheet_saves_it_is_read_and_its_rows_keep_their_numbers(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    lines = roster(person(1), person(2, time_zone="Central")).decode().splitlines()
    saved = "sep=,\r\n" + "\r\n".join(f"{line},," for line in ("," * 4, *lines)) + "\r\n,,,,,\r\n"
    page, _ = upload(browser, saved.encode("utf-16"))
    assert "2 to enroll" in page
    page, _ = upload(browser, saved.replace("Central", "Mars/Base").encode("utf-16"), 400)
    assert "4 time_zone 'Mars/Base' is not a time zone" in page


def test_an_empty_form_says_what_each_field_needs(app: Flask, runtime: Runtime) -> None:
    page = sign_in(app, runtime).post("/enrol/one", {"phone": "(415) 555-0134"}, 400)
    for said in ("Choose the time zone.", "Write how they agreed.", "Write when they agreed."):
        assert page.count(said) == 2, "above the form and at the field"
    assert "Enter the phone number." not in page

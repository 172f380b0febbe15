"""What coaches see of a doubtful stop and of a phone that somebody else may read."""

from flask import Flask

from coach.demo.phone import phone
from coach.runtime import Runtime
from coach.web.app import create_app
from tests.coach.web.coaches import sign_in
from tests.coach.web.evenings import MARIA, evenings
from tests.support import TestClock, enrol, person, say, tick

ASKED = "Asked whether to stop texts: no answer yet"


def test_a_doubtful_stop_needs_somebody_until_it_is_answered(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 1, "4 yes")
    assert "1 needs attention" not in browser.get("/")
    say(runtime, MARIA, "too many texts")
    for _ in range(2):  # before and after the stored standings are renewed
        home = browser.get("/")
        assert "1 needs attention" in home
        assert ASKED in home
        tick(runtime)
    assert "too many texts" in browser.get("/inbox/")
    say(runtime, MARIA, "no")
    home = browser.get("/")
    assert ASKED not in home
    assert "too many texts" in home, "their words wait for an answer all the same"


def test_a_stop_answers_it_too(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    say(runtime, MARIA, "too many texts")
    assert ASKED in browser.get("/")
    say(runtime, MARIA, "STOP")
    assert ASKED not in browser.get("/")


def test_home_inbox_and_the_persons_page_say_not_to_call_a_shared_phone(app: Flask, runtime: Runtime) -> None:
    [maria] = enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    say(runtime, MARIA, "he has a gun and says he will kill me. don't call me")
    say(runtime, MARIA, "STOP")
    for path in ("/", f"/participants/{maria}", "/inbox/"):
        shown = browser.get(path).lower()
        assert "do not call or text details: somebody else may read or answer this phone" in shown, path
        assert "then call" not in shown, path


def test_the_phone_of_the_demo_says_that_texts_are_paused_while_they_are_held(
    runtime: Runtime, clock: TestClock
) -> None:
    [maria] = enrol(runtime, person(1, first_name="Maria"))
    app = create_app(runtime)
    app.register_blueprint(phone)
    browser = sign_in(app, runtime)
    assert "Next text:" in browser.get(f"/phone/{maria}")
    say(runtime, MARIA, "too many texts")
    assert "Texts are paused: we asked whether to stop them" in browser.get(f"/phone/{maria}")
    say(runtime, MARIA, "I want to kill myself")
    shown = browser.get(f"/phone/{maria}")
    assert "Texts are paused until a coach has looked." in shown
    assert "Next text:" not in shown

"""New passwords: long enough, not common however spelled, not made of what others know of their owner."""

import pytest
from flask import Flask

from coach.accounts.passwords import why_not
from coach.runtime import Runtime
from coach.web.app import create_app
from tests.coach.web.signing_in import PASSWORD, Visitor, add_coach
from tests.commands import environment, run

OWN = ("annabel.lee@northclinic.example", "North Clinic")


@pytest.mark.parametrize(
    "password",
    [
        *("password", "12345678", "password1234", "P@ssw0rd2024!", "passwordpassword", "123456789012", "qwertyuiop12"),
        *("aaaaaaaaaaaaaa", "abcabcabcabc", "iloveyou2024!", "Summer2025!!!", "letmein12345", "welcome12345!"),
        *("Contrase\u00f1a2024!", "tequiero12345", "adminadmin123", "hospital2026!", "restlesslegs1", "98765432109876"),
        *("annabel.lee@northclinic.example", "northclinic2026", "AnnabelLee1987", "four words"),
        "x" * 1001,
    ],
)
def test_what_is_easy_to_guess_is_refused(password: str) -> None:
    assert why_not(password, OWN)


@pytest.mark.parametrize(
    "password",
    [
        *(
            "correct horse battery",
            PASSWORD,
            "a long password",
            "plato gato nube siete",
            "kQ9vw2mZ4xTb",
            "839201748362",
        ),
        *(
            "annabel likes wet gravel",
            "p\u00e4\u00dfe \u00fcber \u00d6sen",
            "sleepless in a canoe",
            "\U0001f9b5" * 3 + "walks briskly",
        ),
    ],
)
def test_what_is_not_is_taken(password: str) -> None:
    assert why_not(password, OWN) is None


@pytest.fixture
def app(sqlite_runtime: Runtime) -> Flask:
    return create_app(sqlite_runtime)


def test_the_page_and_the_command_refuse_alike(app: Flask, sqlite_runtime: Runtime, sqlite_url: str) -> None:
    email = "annabel@clinic.example"
    add_coach(sqlite_runtime, email)
    visitor = Visitor.of(app)
    visitor.sign_in_first(email)
    add = ["coaches", "add", "annabel@north.example", "--role", "admin", "--password-stdin"]
    for bad, why in (
        ("annabel@clinic.example", "own name"),
        ("password12345", "easy to guess"),
        ("short", "at least 12"),
    ):
        form = {"password": PASSWORD, "new_password": bad, "new_password_confirm": bad}
        assert why in visitor.submit("/account/password", **form).get_data(as_text=True)
        told = run(add, environment(sqlite_url), stdin=bad)
        assert (told.returncode, told.stdout) == (2, "")
        assert why in told.stderr or bad == email

"""The demo's phones show the link to a person's own page as the person would get it."""

import re

from coach.demo.phone import phone
from coach.runtime import Runtime
from coach.web.app import create_app
from tests.coach.web.coaches import sign_in
from tests.support import enrol, person, say


def test_the_link_on_the_phone_opens_their_page(runtime: Runtime) -> None:
    app = create_app(runtime)
    app.register_blueprint(phone)
    [id] = enrol(runtime, person(1))
    say(runtime, person(1)["phone"], "my page")
    shown = sign_in(app, runtime, "admin").client.get(f"/phone/{id}").text
    [link] = re.findall(r"/me/[\w-]+", shown)
    assert "[link]" not in shown
    assert app.test_client().get(link).status_code == 200

"""What every answer says to the browser, and what a cookie may do."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.datastructures import Headers

from coach.runtime import Runtime
from coach.web.app import create_app
from tests.coach.web.signing_in import Visitor, add_coach

COOKIE = "__Host-coach"  # of an installation whose PUBLIC_URL is https
PAGES = ("/sign-in", "/", "/no/such/page", "/healthz", "/static/coach.css", "/sms/inbound")
HEADERS = {
    "Strict-Transport-Security": r"max-age=31536000\b",
    "Content-Security-Policy": r"default-src 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin|no-referrer",
    "Permissions-Policy": r"geolocation=\(\), microphone=\(\), camera=\(\)",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def headers_of(app: Flask, path: str) -> Headers:
    with app.test_client().get(path) as answer:
        return answer.headers


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_every_answer_carries_it(app: Flask, name: str) -> None:
    for path in PAGES:
        assert re.match(HEADERS[name], headers_of(app, path)[name]), path


def test_the_policy_allows_no_inline_script_no_frame_and_no_other_host(app: Flask) -> None:
    policy = headers_of(app, "/sign-in")["Content-Security-Policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert {rules["frame-ancestors"], rules["base-uri"]} == {"'none'"}
    assert rules["form-action"] == rules["script-src"] == "'self'"
    assert not re.search(r"unsafe|\*|https?:|data:", policy)


def test_no_page_is_kept_by_a_cache_and_the_style_may_be(app: Flask) -> None:
    for path in PAGES:
        kept = headers_of(app, path).get("Cache-Control", "")
        assert ("no-store" in kept) is not path.startswith("/static/"), path


def test_the_session_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(runtime: Runtime) -> None:
    app = create_app(replace(runtime, settings=runtime.settings.model_copy(update={"public_url": "https://x.test"})))
    [cookie] = app.test_client().get("/sign-in", base_url="https://x.test").headers.getlist("Set-Cookie")
    name, _, rest = cookie.partition("=")
    assert name == COOKIE
    assert "Domain" not in rest
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in rest.split(";")[1:]}


def test_a_session_planted_before_signing_in_is_not_the_one_after_it(app: Flask, runtime: Runtime) -> None:
    add_coach(runtime, "ann@example.org")
    visitor = Visitor.of(app)
    visitor.open("/sign-in")
    planted = visitor.client.get_cookie(COOKIE)
    visitor.sign_in_first("ann@example.org")
    assert planted is not None
    other = Visitor.of(app)
    other.client.set_cookie(COOKIE, planted.value)
    assert visitor.is_signed_in()
    assert not other.is_signed_in()


@pytest.mark.parametrize("path", ["/sign-in", "/forgotten-password", "/no/such/page"])
def test_a_host_that_is_not_ours_gets_no_page(runtime: Runtime, path: str) -> None:
    settings = runtime.settings.model_copy(update={"trusted_hosts": "inside.example, other.example"})
    client = create_app(replace(runtime, settings=settings)).test_client()
    assert client.get(path, base_url="https://evil.example").status_code == 400
    for host in ("coach.test", "COACH.test:443", "inside.example", "localhost", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get(path, base_url=f"https://{host}").status_code in (200, 404), host
    assert client.get("/healthz", base_url="http://10.1.2.3:8000").status_code == 200, "probes use an address"

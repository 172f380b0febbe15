"""Architecture rules: pure modules stay pure, modules stay short, every page is guarded."""

import ast
import tomllib
from pathlib import Path

import pytest

from coach.runtime import Runtime
from coach.web.app import create_app

ROOT = Path(__file__).parents[2]
IMPURE_CALLS = {"now", "utcnow", "today", "urandom", "getenv", "uuid4", "SystemRandom", "time_ns", "monotonic"}
LONGEST_MODULE = 300
ROOMS = ("content", "schedules", "coach", "tests")
# Whoever needs no sign-in: machines, the sign-in itself, and what it looks like.
PUBLIC = {
    "static",
    "security.static",
    "security.login",
    "security.logout",
    "security.verify",
    "security.forgot_password",
    "security.reset_password",
    "security.two_factor_setup",
    "security.two_factor_token_validation",
    "security.two_factor_rescue",
    "security.tf_select",
    "security.mf_recovery",
    "security.wan_signin",
    "health.healthz",
    "health.readyz",
}
GUARDED_OTHERWISE = {
    "metrics.show": "a token",
    "unsubscribe.ask": "the token of the link",
    "unsubscribe.end": "the token of the link",
    "join_form.show": "nothing: it is public, and shows nobody",
    "join_form.ask": "limits by network, number and clinic",
    "join_form.thanks": "nothing: it is public, and shows nobody",
    "own_page.show": "the token of the link",
    "own_page.change": "the token of the link",
    "own_page.stop": "the token of the link",
    "own_page.data": "the token of the link",
}
SIGNED = {"webhooks.inbound", "webhooks.status"}


def pure_files() -> list[Path]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    names = next(one["source_modules"] for one in contracts if one["name"].startswith("Pure"))
    files: list[Path] = []
    for name in names:
        path = ROOT / name.replace(".", "/")
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return files


@pytest.mark.parametrize("path", pure_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pure_module_reads_no_clock_environment_or_randomness(path: Path) -> None:
    tree = ast.parse(path.read_text())
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
    assert not names & IMPURE_CALLS


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > LONGEST_MODULE and "migrations/versions" not in str(path)
    }
    assert not long


def test_every_route_is_signed_in_or_signed_or_listed_as_public(runtime: Runtime) -> None:
    app = create_app(runtime)
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC or rule.endpoint in GUARDED_OTHERWISE:
            continue
        path = rule.rule
        for argument in rule.arguments:
            path = (
                path.replace(f"<int:{argument}>", "1").replace(f"<path:{argument}>", "x").replace(f"<{argument}>", "x")
            )
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = client.open(path, method=method)
            refused = answer.status_code in (302, 303) and "/sign-in" in answer.headers["Location"]
            assert refused or answer.status_code in (400, 401, 403), f"{method} {rule.rule} is open to everyone"
    hooks = app.extensions["webhooks"].url_map
    assert {rule.endpoint for rule in hooks.iter_rules()} == SIGNED
    for rule in hooks.iter_rules():
        assert client.post(rule.rule).status_code == 403, f"{rule.rule} takes what nobody signed"


def test_every_route_of_the_interface_for_other_systems_needs_a_key(runtime: Runtime) -> None:
    app = create_app(runtime)
    for rule in app.extensions["api"].url_map.iter_rules():
        path = rule.rule.replace("<", "").replace(">", "")
        for method in (rule.methods or set()) - {"HEAD"}:
            answer = app.test_client().open(path, method=method)
            expected = 200 if rule.endpoint == "openapi" else 401  # the description names nobody
            assert answer.status_code == expected, f"{method} {rule.rule}"


def test_the_demo_exists_only_in_the_demo(runtime: Runtime) -> None:
    assert not [rule for rule in create_app(runtime).url_map.iter_rules() if "phone" in rule.rule]
